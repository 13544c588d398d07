import type { Decommission } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { aNode } from "../longhorn/test-support/made-longhorn.ts";
import { blastRadiusOf } from "./test-support/blast-scene.ts";
import type { ClusterInit } from "./test-support/cluster-init.ts";
import { home } from "./test-support/clusters/home.ts";
import { unreadable } from "./test-support/clusters/others.ts";
import { longhornOn, nodesOwn, server, worker } from "./test-support/parts.ts";

const ask = (init: ClusterInit, node: string): Promise<Decommission> =>
  blastRadiusOf(init).decommission(node, new AbortController().signal);
const states = ({ steps }: Decommission): readonly string[] => steps.map(({ name, state }) => `${state} ${name}`);
const step = ({ steps }: Decommission, wanted: string) => steps.find(({ name }) => name === wanted);

/** Three servers of which one is to go, as far as it is. */
function leaving(longhorn: Parameters<typeof aNode>[1], more: Partial<ClusterInit> = {}): ClusterInit {
  return {
    title: "a server that goes",
    nodes: [server("s1", undefined, { isCordoned: true }), server("s2"), server("s3")],
    longhorn: { nodes: [aNode("s1", longhorn), longhornOn("s2"), longhornOn("s3")], volumes: [] },
    pods: nodesOwn("s1"),
    ...more,
  };
}

describe("decommission", () => {
  it("lists what must be done with neko in Longhorn's order, and only the first undone step is next", async () => {
    const answer = await ask(home, "neko");

    expect(answer.isSafe).toBe(false);
    expect(states(answer)).toEqual([
      "next cordoned",
      "later drained",
      "later longhorn-scheduling-off",
      "later replicas-elsewhere",
      "later local-claims-gone",
      "later etcd-majority",
      "later backups-elsewhere",
      "later stopped",
      "later retired",
      "later node-deleted",
      "later longhorn-node-deleted",
      "unknown node-password-deleted",
    ]);
    expect(step(answer, "drained")?.text).toBe(
      "move its work away: argocd/argocd-server, authentik/authentik-db, backups/nfs-proxy, monitoring/loki and monitoring/prometheus; nowhere else can run backups/nfs-proxy",
    );
    expect(step(answer, "etcd-majority")?.command).toBe("kubectl annotate node neko etcd.k3s.cattle.io/remove=true");
    expect(step(answer, "stopped")).toMatchObject({
      command: "sudo systemctl disable --now k3s && sudo k3s-killall.sh",
      on: "neko",
    });
  });

  it("calls a node safe that is drained and empty, and goes on with what is to be tidied up", async () => {
    const answer = await ask(leaving({ allowScheduling: false, evictionRequested: true }), "s1");

    expect(answer).toMatchObject({ isSafe: true, unknown: [] });
    expect(states(answer)).toEqual([
      ...["cordoned", "drained", "longhorn-scheduling-off", "replicas-elsewhere", "local-claims-gone", "etcd-majority"].map(
        (name) => `done ${name}`,
      ),
      ...["done backups-elsewhere", "next stopped", "done retired", "later node-deleted", "later longhorn-node-deleted"],
      "unknown node-password-deleted",
    ]);
  });

  it("finds replicas on a disk that is not ready, of which Longhorn's node says that it has none", async () => {
    const volumes = [{ name: "v", of: "a/b", on: ["s1/d", "s2/root"], state: "detached" }];
    const longhorn = { nodes: [aNode("s1", { allowScheduling: false, evictionRequested: true }), longhornOn("s2")], volumes };
    const answer = await ask(leaving({}, { longhorn }), "s1");

    expect(answer.isSafe).toBe(false);
    expect(step(answer, "replicas-elsewhere")).toMatchObject({
      state: "next",
      text: expect.stringMatching(/^wait until its disks are empty; left: 1 replica of a\/b/),
    });
  });

  it("is not safe while anything that matters could not be looked at", async () => {
    const answer = await ask(unreadable, "u2");

    expect(answer.isSafe).toBe(false);
    expect(states(answer).filter((text) => text.startsWith("unknown"))).toEqual([
      ...["drained", "longhorn-scheduling-off", "replicas-elsewhere", "local-claims-gone", "backups-elsewhere"].map(
        (name) => `unknown ${name}`,
      ),
      ...["unknown longhorn-node-deleted", "unknown node-password-deleted"],
    ]);
    expect(answer.unknown).toContain("pods on u2: pods is forbidden");
    expect(states(answer)).not.toContain("next node-deleted");
  });

  it("asks for another server before the only one goes", async () => {
    const answer = await ask({ title: "alone", nodes: [server("s1"), worker("w")] }, "s1");

    expect(step(answer, "etcd-majority")).toMatchObject({
      state: "later",
      text: "it is the cluster's only server: let another one join first",
      command: "sudo k3s etcd-snapshot save",
    });
  });

  it("knows no node that nobody knows", async () => {
    await expect(ask(home, "neko3")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining('did you mean "neko'),
    });
  });
});
