import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createNodeLabels } from "./node-labels.ts";
import type { Change, Reconciler, Seen, Why } from "./reconciler.ts";
import { aClusterNode, aPolicy, domain, worldOf } from "./test-support/world-of.ts";

const nothing: Why = { text: "", place: "", expression: "", facts: [] };
const never = new AbortController().signal;

function nodeLabels(events: object[] = []): Reconciler {
  const refuse = (): Promise<never> => Promise.reject(new Error("nothing is to be written here"));
  const createEvent = async (_: string, event: object): Promise<void> => void events.push(event);
  const client = { applyNode: refuse, patchNode: refuse, readNode: async () => undefined, createEvent };
  return createNodeLabels({ client, policy: { current: aPolicy() }, clock: systemClock });
}

function seenBy(events: object[]): readonly [Reconciler, Seen] {
  const reconciler = nodeLabels(events);
  const seen = reconciler.seen(worldOf(), "neko");
  if (seen === undefined) throw new Error("the Node is there");
  return [reconciler, seen];
}

describe("node-labels", () => {
  it.each<{ readonly change: Change; readonly keys: readonly string[] | "all" }>([
    { change: { kind: "node", name: "neko" }, keys: ["neko"] },
    { change: { kind: "node", name: "siberian" }, keys: [] },
    { change: { kind: "cluster-node", name: "neko" }, keys: ["neko"] },
    { change: { kind: "findings", node: "neko" }, keys: [] },
    { change: { kind: "policy" }, keys: "all" },
    { change: { kind: "decisions" }, keys: "all" },
  ])("is concerned by $change: $keys", ({ change, keys }) => {
    expect(nodeLabels().affects(change, worldOf())).toEqual(keys);
  });

  it("looks after every Node of the cluster, and sees none where there is none", async () => {
    expect(nodeLabels().keys(worldOf())).toEqual(["neko"]);
    expect(nodeLabels().seen(worldOf({ live: undefined }), "neko")).toBeUndefined();
    expect(await nodeLabels().observe("neko", never)).toBeUndefined();
  });

  it("sees that it is paused on a Node, and what is wrong with the ledger there", () => {
    const annotations = { [`${domain}/paused`]: "true", [`${domain}/owned`]: "{" };
    const world = worldOf({ live: aClusterNode({ metadata: { annotations } }) });

    expect(nodeLabels().seen(world, "neko")).toMatchObject({
      isPaused: true,
      problem: expect.stringContaining(`${domain}/owned`),
    });
    expect(nodeLabels().seen(worldOf(), "neko")).toMatchObject({ isPaused: false, problem: undefined });
  });

  it.each(["yes", "True", "2026-11-23"])("is paused by a Node that says %s, too: whoever writes it means it", (text) => {
    const paused = (value: string) =>
      worldOf({ live: aClusterNode({ metadata: { annotations: { [`${domain}/paused`]: value } } }) });

    expect(nodeLabels().seen(paused(text), "neko")?.isPaused).toBe(true);
    expect(nodeLabels().seen(paused("False"), "neko")?.isPaused).toBe(false);
  });

  it("takes no annotation for a proof that a label of Kubernetes is ours, also where nobody knows any more who wrote it", () => {
    const ledger = JSON.stringify({ nodekeeper: 1, "node-labels": { zone: { wrote: "a", was: "b" } } });
    const see = (of: string) => {
      const metadata = { labels: { [`${of}/zone`]: "a" }, annotations: { [`${of}/owned`]: ledger } };
      return nodeLabels().seen(worldOf({ live: aClusterNode({ metadata }) }), "neko")?.ledger.size;
    };

    expect(["former.example", "topology.kubernetes.io", "home.node-restriction.kubernetes.io"].map(see)).toEqual([1, 0, 0]);
  });

  it("tells what went away and why, and what came back", async () => {
    const events: object[] = [];
    const [reconciler, seen] = seenBy(events);
    const common = { class: "restrict", why: { ...nothing, text: "no GPU is left", place: "policy.yaml:7:3" } } as const;

    await reconciler.tell?.(
      "neko",
      [
        { ...common, kind: "remove", item: "d/gpu", before: "rtx", after: undefined },
        { ...common, kind: "restore", item: "d/class", before: "nvme", after: "floppy" },
      ],
      seen,
      never,
    );

    const message =
      "d/gpu=rtx was removed: no GPU is left (policy.yaml:7:3); " +
      'd/class=nvme gave way to "floppy", which was there before us: no GPU is left (policy.yaml:7:3)';
    expect(events).toMatchObject([
      { reason: "LabelRemoved", message, type: "Normal", involvedObject: { name: "neko", uid: "uid-1" } },
    ]);
  });

  it("does not tell of what it noted only", async () => {
    const events: object[] = [];
    const [reconciler, seen] = seenBy(events);
    const common = { item: `${domain}/a`, class: "describe", before: "x", after: "x", why: nothing } as const;

    await reconciler.tell?.(
      "neko",
      [
        { ...common, kind: "repair" },
        { ...common, kind: "restore" },
        { ...common, kind: "set" },
      ],
      seen,
      never,
    );

    expect(events).toEqual([]);
  });
});
