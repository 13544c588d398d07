/** What would break, by real pods and volumes of a real API server, with the collector's own rights: over HTTP, and as the CLI shows it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { type Blast, createApiClient, type Decommission } from "../../packages/shared/src/api/index.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { until } from "../ollama/until.ts";
import { createNamespace, createServiceAccount, requestAccountToken } from "./cluster-objects.ts";
import { type House, names, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const signal = new AbortController().signal;
const container = { name: "app", image: "app" };

describe.skipIf(missing !== undefined)(`what would break${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let collector: CollectorUnderTest;

  /** A claim that is bound to a folder of a node, as local-path does it. */
  async function localClaim(namespace: string, name: string, node: string): Promise<void> {
    const { admin } = house.cluster;
    const capacity = { storage: "1Gi" };
    const shared = { accessModes: ["ReadWriteOnce"], storageClassName: "local-path" };
    const key = "kubernetes.io/hostname";
    const required = { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: [node] }] }] };
    await admin.create(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
      metadata: { name },
      spec: { ...shared, resources: { requests: capacity }, volumeName: `pv-${name}` },
    });
    await admin.create("/api/v1/persistentvolumes", {
      metadata: { name: `pv-${name}` },
      spec: {
        ...{ ...shared, capacity, claimRef: { namespace, name }, hostPath: { path: `/data/${name}` } },
        nodeAffinity: { required },
      },
    });
  }

  async function pod(name: string, node: string, replicaSet: string, spec: object): Promise<void> {
    const controller = { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${replicaSet}-abc`, uid: "1", controller: true };
    await house.cluster.admin.create("/api/v1/namespaces/media/pods", {
      metadata: { name, labels: { "pod-template-hash": "abc" }, ownerReferences: [controller] },
      spec: { nodeName: node, containers: [container], ...spec },
    });
  }

  const api = () =>
    createApiClient({
      place: collector.url,
      async send({ method, path }) {
        const response = await fetch(`${collector.url}${path}`, { method });
        return { status: response.status, text: await response.text() };
      },
    });
  const ask = (name: string): Promise<Blast> => api().blast(name, undefined, signal);

  beforeAll(async () => {
    house = await startHouse();
    const { admin } = house.cluster;
    await createNamespace(admin, "media");
    await createServiceAccount(admin, { namespace: "media", name: "default" });
    await localClaim("media", "library", "badger");
    const volumes = [{ name: "library", persistentVolumeClaim: { claimName: "library" } }];
    await pod("player-abc-1", "badger", "player", { volumes, nodeSelector: { "kubernetes.io/hostname": "badger" } });
    await pod("web-abc-1", "badger", "web", {});
    await pod("web-abc-2", "otter", "web", {});
    for (const node of ["badger", "otter"]) {
      const now = new Date().toISOString();
      const ready = { type: "Ready", status: "True", reason: "", message: "", lastHeartbeatTime: now, lastTransitionTime: now };
      await admin.ask(
        "PATCH",
        `/api/v1/nodes/${node}/status`,
        { status: { conditions: [ready] } },
        "application/merge-patch+json",
      );
    }
    const token = await requestAccountToken(admin, names.collector, { lifetimeSeconds: 3600 });
    const kubeconfig = await house.cluster.kubeconfig(token);
    collector = await aCollector({ args: ["--kubernetes=on", `--kubeconfig=${kubeconfig}`] });
    await until(async () => (await ask("badger").catch(() => undefined)) !== undefined);
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await collector?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  it("names the claim that lives nowhere else, what stands still with it, and what moves", async () => {
    const answer = await ask("badger");
    const shown = answer.items.map(({ kind, severity, name }) => `${severity} ${kind} ${name}`);

    expect(shown).toEqual([
      "lost local-claim-lost media/library",
      "outage workload-stuck media/player",
      "moves workload-moves media/web",
    ]);
    expect(answer.next[0]?.command).toBe("ssh badger sudo tar -C /data/library -czf - . > media_library.tar.gz");
    expect(answer.items[2]?.text).toBe("comes back on otter 5 min after the node fell silent");
    expect((await ask("otter")).items.map(({ name }) => name)).toEqual(["media/web"]);
  });

  it("is shown by the CLI, whose exit code says whether anything would be lost", async () => {
    let out = "";
    const io = { env: {}, isTerminal: false, columns: undefined, nowMs: Date.now(), signal };
    const run = (...args: readonly string[]): Promise<number> =>
      runCli({
        ...{ ...io, args: [...args, "--collector", collector.url], writeError: () => undefined },
        writeOut: (text) => {
          out += text;
        },
      });

    expect([await run("blast", "badger"), await run("blast", "beaver")]).toEqual([1, 66]);
    expect(out).toContain("if badger died now: 1 lost, 1 stands still, 1 comes back elsewhere");
    expect(await run("decommission", "otter")).toBe(1);
    expect(out).toContain("kubectl cordon otter");
  });

  it("lists what must be done before the node goes", async () => {
    const answer: Decommission = await api().decommission("badger", signal);

    expect(answer.isSafe).toBe(false);
    expect(answer.steps.find(({ state }) => state === "next")?.command).toBe("kubectl cordon badger");
    expect(answer.steps.find(({ name }) => name === "local-claims-gone")?.text).toContain("media/library");
  });

  it("says what it may not look at, and takes nothing for empty", async () => {
    const { admin } = house.cluster;
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${names.collector.name}`;
    const { rules } = (await admin.get(path)) as unknown as {
      readonly rules: readonly { readonly resources?: readonly string[] }[];
    };
    const fewer = rules.filter(({ resources = [] }) => !resources.includes("persistentvolumes"));
    await admin.ask("PATCH", path, { rules: fewer }, "application/merge-patch+json");
    const answer = await until(async () => {
      const now = await ask("badger");
      return now.unknown.some((text) => text.startsWith("local volumes: ")) ? now : undefined;
    });

    expect(answer.items).toEqual([]);
    expect(answer.unknown.join("\n")).toMatch(/local volumes: .*forbidden/);
    expect(answer.unknown.join("\n")).toMatch(/pods on badger: .*forbidden/);
  });
});
