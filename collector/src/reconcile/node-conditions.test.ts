import type { Fields } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { machineThatSaid } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { dwellEndsAtMs, followWishes, nothingWanted } from "./controller/dwell.ts";
import { createNodeConditions, type SeenConditions } from "./node-conditions.ts";
import type { Decision, Operation, Wanted } from "./reconciler.ts";
import { noGpus, toldAbsent, toldDisks, toldHealth } from "./test-support/told-machine.ts";
import { aClusterNode, aPolicy, findingsOf, type WorldInit, worldOf } from "./test-support/world-of.ts";

const unused = (): Promise<never> => Promise.reject(new Error("nothing is asked"));
const reconciler = createNodeConditions({
  client: { readNode: unused, applyNode: unused, patchNode: unused, createEvent: unused },
  policy: { current: aPolicy() },
  clock: new FakeClock(startMs),
});
const well = machineThatSaid(toldDisks("nvme.1"), toldHealth(), toldAbsent("tailscale"), noGpus, toldAbsent("longhorn"));
const bad = machineThatSaid(toldDisks("nvme.1"), toldHealth(4));
const healthy = "True NoFaultKnown: no fault of its disks is known";
const ours = "nodekeeper-conditions";
const overdueMs = 120_001;

/** A Node with one condition, which these wrote. */
function nodeWith(
  text: {
    readonly type?: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastHeartbeatTime?: string;
  },
  ...writers: readonly (string | { readonly name: string; readonly time: string })[]
): ClusterNode {
  const { type = "DiskHealthy", reason = "NoFaultKnown", message = "no fault of its disks is known", ...others } = text;
  const fieldsV1 = { "f:status": { "f:conditions": { [`k:{"type":"${type}"}`]: { ".": {}, "f:status": {} } } } };
  const managedFields = writers.map((writer): Fields => {
    const { name, time } = typeof writer === "string" ? { name: writer, time: "2026-11-22T11:00:00Z" } : writer;
    return { manager: name, operation: "Apply", subresource: "status", time, fieldsV1 };
  });
  return aClusterNode({
    metadata: { managedFields },
    status: { conditions: [{ type, reason, message, ...others }] },
  });
}

function decide(init: WorldInit): ReadonlyMap<string, Wanted> {
  const decision = reconciler.decide(worldOf(init), "neko");
  return decision.kind === "items" ? decision.items : new Map();
}

function seen(live: ClusterNode): SeenConditions {
  const found = reconciler.seen(worldOf({ live }), "neko");
  if (found === undefined) throw new Error("it is there");
  return found;
}

function plan(init: WorldInit & { readonly live: ClusterNode }): readonly Operation[] {
  return reconciler.plan(reconciler.decide(worldOf(init), "neko"), seen(init.live));
}

describe("node-conditions", () => {
  it("sets what is true, and nothing that the node cannot have", () => {
    expect(plan({ node: well, live: aClusterNode() })).toMatchObject([
      { item: "DiskHealthy", kind: "set", class: "describe", before: undefined, after: healthy },
    ]);
    expect([...decide({ node: well })].map(([type, { kind }]) => `${type} ${kind}`)).toEqual([
      ...["DiskHealthy value", "TailnetConnected absent", "GPUHealthy absent", "StoragePrerequisites absent"],
    ]);
  });

  it("does nothing when it is so already, also where somebody else wrote the same too", () => {
    expect(plan({ node: well, live: nodeWith({ status: "True" }, ours) })).toEqual([]);
    expect(plan({ node: well, live: nodeWith({ status: "True" }, ours, "kubectl-edit") })).toEqual([]);
  });

  it("changes what is not true any more: a bad finding without any more waiting, a good one with", () => {
    const falls = plan({ node: bad, findings: findingsOf(bad), live: nodeWith({ status: "True" }, ours) });
    const rises = plan({ node: well, live: nodeWith({ status: "False" }, ours) });

    expect(falls).toMatchObject([
      {
        kind: "change",
        after: expect.stringMatching(/^False NvmeCriticalWarning: A disk/),
        why: { isDeclared: true, place: "nvme-critical-warning" },
      },
    ]);
    expect(rises).toMatchObject([
      { kind: "change", after: healthy, why: { isDeclared: false, place: "conditions.DiskHealthy" } },
    ]);
  });

  it("repairs what somebody changed, and knows who it was", () => {
    const live = nodeWith({ status: "False" }, ours, "kubectl-edit");

    expect(plan({ node: well, live })).toMatchObject([{ kind: "repair", class: "describe", after: healthy }]);
    expect(seen(live).items.get("DiskHealthy")).toMatchObject({ owner: "shared", others: [{ manager: "kubectl-edit" }] });
  });

  it("leaves alone what somebody else wrote, and says so", () => {
    const live = nodeWith({ status: "False" }, "node-problem-detector");

    expect(decide({ node: well, live }).get("DiskHealthy")).toMatchObject({
      ...{ kind: "hold", reason: expect.stringContaining("node-problem-detector writes this condition") },
    });
    expect(plan({ node: well, live })).toEqual([]);
    expect(reconciler.plan(decisionOf("DiskHealthy", { kind: "value", value: healthy }), seen(live))).toEqual([]);
    expect(reconciler.plan(decisionOf("DiskHealthy", { kind: "absent" }), seen(live))).toEqual([]);
    expect(reconciler.planPrune(seen(live))).toEqual([]);
  });

  it("makes no condition from silence, and lets none that is there say anything else than Unknown", () => {
    const live = nodeWith({ status: "True" }, ours);

    expect(decide({ afterMs: overdueMs }).get("DiskHealthy")).toMatchObject({ kind: "hold" });
    expect(plan({ afterMs: overdueMs, live })).toMatchObject([
      { kind: "change", after: "Unknown NotReporting: nothing is heard of its agent" },
    ]);
  });

  it("holds everything just after a start", () => {
    const live = nodeWith({ status: "True" }, ours);

    expect(plan({ node: well, live, startedAfterMs: 1, afterMs: 2 })).toEqual([]);
    expect(plan({ node: well, live, isEvaluated: false })).toEqual([]);
    expect(plan({ node: well, live, isProven: false })).toEqual([]);
  });

  it("takes away what the machine has no more, what the policy names no more, and at a prune all that is ours", () => {
    const gpu = nodeWith({ type: "GPUHealthy", status: "True" }, ours);
    const without = { node: well, live: nodeWith({ status: "True" }, ours), policy: { conditions: [] } };

    expect(plan({ node: well, live: gpu })).toMatchObject([
      { item: "DiskHealthy" },
      { item: "GPUHealthy", kind: "remove", class: "describe" },
    ]);
    expect(plan(without)).toMatchObject([
      { item: "DiskHealthy", kind: "remove", class: "describe", why: { place: "conditions" } },
    ]);
    expect(reconciler.planPrune(seen(gpu))).toMatchObject([{ item: "GPUHealthy", kind: "remove", after: undefined }]);
  });

  it("lets what the policy names no more wait for its dwell, and then go", () => {
    const live = nodeWith({ status: "True" }, ours);
    const world = worldOf({ node: well, live, policy: { conditions: [] } });
    const decision = reconciler.decide(world, "neko");
    const [removal] = reconciler.plan(decision, seen(live));
    if (removal === undefined) throw new Error("nothing is planned");

    const wanted = followWishes(nothingWanted, decision, [removal], 1_000);
    const muchLater = followWishes(wanted, decision, [removal], 5_000_000);

    expect(dwellEndsAtMs(removal, muchLater, world.policy.dwell, 5_000_000)).toBe(1_000 + world.policy.dwell.removeMs);
  });

  it("writes other words of a fault at once, but no more often than once a minute", () => {
    const lastHeartbeatTime = (secondsAgo: number): string => new Date(startMs - secondsAgo * 1_000).toISOString();
    const isDeclared = (status: string, secondsAgo: number): boolean | undefined => {
      const live = nodeWith({ status, lastHeartbeatTime: lastHeartbeatTime(secondsAgo) }, ours);
      return plan({ node: bad, findings: findingsOf(bad), live })[0]?.why.isDeclared;
    };

    expect([isDeclared("True", 1), isDeclared("False", 61), isDeclared("False", 59), isDeclared("False", -3_600)]).toEqual([
      ...[true, true, false, false],
    ]);
  });

  it("knows by whose word was the last whether somebody edited it, or it is to be changed", () => {
    const later = { name: "kubectl-edit", time: "2026-11-22T11:00:01Z" };
    const earlier = { name: "kubectl-edit", time: "2026-11-22T10:59:59Z" };

    expect(plan({ node: well, live: nodeWith({ status: "False" }, ours, later) })).toMatchObject([{ kind: "repair" }]);
    expect(plan({ node: well, live: nodeWith({ status: "False" }, ours, earlier) })).toMatchObject([{ kind: "change" }]);
    expect(plan({ node: well, live: nodeWith({ status: "False" }) })).toMatchObject([{ kind: "repair" }]);
  });

  it("knows its own words where nobody is noted as their writer, and takes no others for its own", () => {
    const live = (reason: string, ...writers: readonly string[]): ClusterNode =>
      nodeWith({ status: "False", reason }, ...writers);
    const owner = (node: ClusterNode): unknown => seen(node).items.get("DiskHealthy")?.owner;

    expect([owner(live("NoFaultKnown")), owner(live("NvmeCriticalWarning")), owner(live("NotReporting"))]).toEqual([
      ...["ours", "ours", "ours"],
    ]);
    expect([owner(live("DiskIsFine")), owner(live("NoFaultKnown", "node-problem-detector"))]).toEqual(["foreign", "foreign"]);
  });

  it("says what an agent said in one line of bounded length, in characters that come back as they were written", () => {
    const word = `so long\n\ud800 ${"and thanks for all the fish ".repeat(500)}`;
    const away = { ...well, connection: { kind: "disconnected", sinceMs: startMs, goodbye: word } as const };
    const [operation] = plan({ node: away, afterMs: overdueMs, live: nodeWith({ status: "True" }, ours) });

    expect(Buffer.byteLength(operation?.after ?? "")).toBeLessThan(1_100);
    expect(operation?.after).toMatch(/^Unknown NodeOffline: .*so long \ufffd and .*…$/);
    expect(operation?.after?.isWellFormed()).toBe(true);
  });

  it("is concerned by what happens to a node that the cluster has, and by the object's end", () => {
    const world = worldOf({ node: well });
    const without = worldOf({ node: well, live: undefined });

    expect(reconciler.affects({ kind: "findings", node: "neko" }, world)).toEqual(["neko"]);
    expect(reconciler.affects({ kind: "node", name: "neko" }, without)).toEqual([]);
    expect(reconciler.affects({ kind: "cluster-node", name: "neko" }, without)).toEqual(["neko"]);
    expect(reconciler.affects({ kind: "policy" }, world)).toBe("all");
    expect(reconciler.keys(world)).toEqual(["neko"]);
    expect(reconciler.decide(without, "neko")).toMatchObject({ kind: "hold" });
  });

  it("sees a pause, a cordon, and no condition of the kubelet's", () => {
    const annotations = { "nodekeeper.example/paused": "true" };
    const status = { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }] };

    expect(seen(aClusterNode({ metadata: { annotations }, spec: { unschedulable: true }, status }))).toMatchObject({
      ...{ isPaused: true, isCordoned: true, items: new Map(), conditions: [] },
    });
  });
});

type WantedInit = { readonly kind: "value"; readonly value: string } | { readonly kind: "absent" };

function decisionOf(item: string, wanted: WantedInit): Decision {
  return { kind: "items", items: new Map([[item, { ...wanted, why: { text: "", place: "", expression: "", facts: [] } }]]) };
}
