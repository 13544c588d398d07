/** Conditions of Nodes on a real API server: who owns them, what kubelets and people do beside us, and the Events that tell of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNodeConditions } from "../../collector/src/reconcile/node-conditions.ts";
import type { Operation } from "../../collector/src/reconcile/reconciler.ts";
import { noGpus, toldAbsent, toldDisks, toldGpu, toldHealth } from "../../collector/src/reconcile/test-support/told-machine.ts";
import { aPolicy, findingsOf, type WorldInit, worldOf } from "../../collector/src/reconcile/test-support/world-of.ts";
import { clusterNodeOf } from "../../collector/src/state/cluster/cluster-node-of.ts";
import { machineThatSaid } from "../../collector/src/test-support/judge-machine.ts";
import { FakeClock } from "../../packages/shared/src/test-support/index.ts";
import type { KubernetesObject } from "./cluster-api.ts";
import { createNode } from "./cluster-objects.ts";
import { type House, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const path = "/api/v1/nodes/neko";
const domain = "nodekeeper.axiomlayer.com";
const policy = aPolicy({ domain });
const startAtMs = Date.UTC(2026, 10, 23, 12);
const minuteMs = 60_000;

const disks = toldDisks("nvme.1");
const others = [toldAbsent("tailscale"), noGpus, toldAbsent("longhorn")];
const well = machineThatSaid(disks, toldHealth(), ...others);
const bad = machineThatSaid(disks, toldHealth(4), ...others);
const withGpu = machineThatSaid(disks, toldHealth(), toldAbsent("tailscale"), toldGpu({}), toldAbsent("longhorn"));
const isWell: WorldInit = { node: well };
const isBad: WorldInit = { node: bad, findings: findingsOf(bad) };
const isSilent: WorldInit = { node: well, afterMs: 10 * minuteMs };

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastHeartbeatTime: string;
  readonly lastTransitionTime: string;
}

describe.skipIf(missing !== undefined)(`feature 68: conditions of nodes${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let clock: FakeClock;
  let reconciler: ReturnType<typeof createNodeConditions>;

  beforeAll(async () => {
    house = await startHouse();
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    const { admin } = house.cluster;
    await admin.delete(path);
    await createNode(admin, "neko");
    await patchStatus("kubelet", [ready("True"), { ...ready("False"), type: "DiskPressure" }]);
    clock = new FakeClock(startAtMs);
    reconciler = createNodeConditions({ client: house.client, policy: { current: policy }, clock });
  });

  const node = (): Promise<KubernetesObject> => house.cluster.admin.get(path);
  const version = async (): Promise<string | undefined> => (await node()).metadata.resourceVersion;

  async function conditions(): Promise<Readonly<Record<string, Condition>>> {
    const { conditions: live = [] } = (await node())["status"] as { readonly conditions?: readonly Condition[] }; // NodeStatus
    return Object.fromEntries(live.map((condition) => [condition.type, condition]));
  }

  /** As kubelets and others write: a strategic merge of what they mention. */
  async function patchStatus(manager: string, written: readonly object[]): Promise<void> {
    const body = { status: { conditions: written } };
    const answer = await house.cluster.admin.ask("PATCH", `${path}/status?fieldManager=${manager}`, body, strategic);
    expect(answer).toMatchObject({ status: 200 });
  }

  /** As kubectl replace does with managedFields: [{}]. */
  async function wipeManagers(): Promise<void> {
    const body = { metadata: { managedFields: [{}] } };
    expect(await house.cluster.admin.ask("PATCH", path, body, "application/merge-patch+json")).toMatchObject({ status: 200 });
    expect((await node()).metadata["managedFields"]).toBeUndefined();
  }

  async function planned(init: WorldInit): Promise<readonly Operation[]> {
    const seen = await reconciler.observe("neko", never);
    const live = clusterNodeOf(await node());
    if (seen === undefined || live === undefined) throw new Error("there is no Node");
    return reconciler.plan(reconciler.decide(worldOf({ ...init, live, policy }), "neko"), seen);
  }

  /** Observes, plans and writes, as the controller does. */
  async function settle(init: WorldInit): Promise<readonly Operation[]> {
    const operations = await planned(init);
    const seen = await reconciler.observe("neko", never);
    if (seen === undefined || operations.length === 0) return operations;
    await reconciler.apply("neko", operations, seen, never);
    await reconciler.tell?.("neko", operations, seen, never);
    return operations;
  }

  async function prune(): Promise<void> {
    const seen = await reconciler.observe("neko", never);
    if (seen === undefined) throw new Error("there is no Node");
    await reconciler.apply("neko", reconciler.planPrune(seen), seen, never);
  }

  async function events(): Promise<readonly KubernetesObject[]> {
    const { uid = "" } = (await node()).metadata;
    const list = await house.cluster.admin.get(`/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid%3D${uid}`);
    return list["items"] as readonly KubernetesObject[]; // EventList
  }

  it("are set beside the kubelet's, as rules of the node-readiness-controller read them", async () => {
    const before = await conditions();

    await settle({ node: withGpu });

    const after = await conditions();
    expect(after).toEqual({
      ...before,
      DiskHealthy: { ...said("DiskHealthy", "True"), reason: "NoFaultKnown", message: "no fault of its disks is known" },
      GPUHealthy: { ...said("GPUHealthy", "True"), reason: "NoFaultKnown", message: "no fault of its GPUs is known" },
    });
    const { managedFields } = (await node()).metadata;
    expect(managedFields).toContainEqual(
      expect.objectContaining({ manager: "nodekeeper-conditions", operation: "Apply", subresource: "status" }),
    );
  });

  it("that are as they are to be are written by nobody, and what is only planned is not written", async () => {
    await settle(isWell);
    const before = await version();

    expect(await settle(isWell)).toEqual([]);
    expect(await planned(isBad)).toMatchObject([{ item: "DiskHealthy", kind: "change" }]);
    expect(await version()).toBe(before);
  });

  it("keep the time of their last transition while only their words change, and take no other with them", async () => {
    await settle({ node: withGpu });
    await clock.advance(minuteMs);
    await settle({ node: withGpu, findings: findingsOf(bad) });
    await clock.advance(minuteMs);

    const finding = findingsOf(bad).map((each) => ({ ...each, text: "A disk (/dev/nvme.1): it is worse" }));
    await settle({ node: withGpu, findings: finding });

    expect(await conditions()).toMatchObject({
      DiskHealthy: {
        ...{ status: "False", reason: "NvmeCriticalWarning", message: "A disk (/dev/nvme.1): it is worse" },
        ...{ lastTransitionTime: "2026-11-23T12:01:00Z", lastHeartbeatTime: "2026-11-23T12:02:00Z" },
      },
      GPUHealthy: said("GPUHealthy", "True"),
    });
  });

  it("outlive what kubelets write, and leave what they write alone", async () => {
    await settle(isWell);
    const ours = (await conditions())["DiskHealthy"];

    await patchStatus("kubelet", [ready("False")]);
    const untouched = (await conditions())["DiskHealthy"];
    const again = await settle(isWell);
    await settle(isBad);

    expect(untouched).toEqual(ours);
    expect(again).toEqual([]);
    expect(await conditions()).toMatchObject({
      Ready: { status: "False", reason: "KubeletReady" },
      DiskPressure: { status: "False" },
      DiskHealthy: { status: "False" },
    });
  });

  it("are Unknown of a silent node, and made by silence nowhere", async () => {
    expect(await settle(isSilent)).toEqual([]);
    await settle(isWell);

    await settle(isSilent);

    expect((await conditions())["DiskHealthy"]).toMatchObject({ status: "Unknown", reason: "NotReporting" });
  });

  it("of somebody else are left alone, now and at a prune", async () => {
    await patchStatus("node-problem-detector", [{ ...ready("False"), type: "DiskHealthy" }]);
    const before = await version();

    const done = await settle(isWell);
    await prune();

    expect(done).toEqual([]);
    expect((await conditions())["DiskHealthy"]).toMatchObject({ status: "False", reason: "KubeletReady" });
    expect(await version()).toBe(before);
  });

  it("that somebody changes are put back, and it is known who it was", async () => {
    await settle(isWell);
    await patchStatus("kubectl-edit", [{ type: "DiskHealthy", status: "False" }]);

    const seen = await reconciler.observe("neko", never);
    const done = await settle(isWell);

    expect(seen?.items.get("DiskHealthy")).toMatchObject({ owner: "shared", others: [{ manager: "kubectl-edit" }] });
    expect(done).toMatchObject([{ kind: "repair", before: expect.stringMatching(/^False/) }]);
    expect((await conditions())["DiskHealthy"]).toMatchObject({ status: "True" });
    expect((await reconciler.observe("neko", never))?.items.get("DiskHealthy")?.owner).toBe("ours");
  });

  it("stay ours where somebody wiped who wrote what: none stands for ever that nobody looks after", async () => {
    await settle(isWell);
    await wipeManagers();

    const done = await settle(isBad);
    const again = await settle(isWell);
    await prune();

    expect(done).toMatchObject([{ item: "DiskHealthy", after: expect.stringMatching(/^False/) }]);
    expect(again).toMatchObject([{ item: "DiskHealthy", kind: "change" }]);
    expect(Object.keys(await conditions()).sort()).toEqual(["DiskPressure", "Ready"]);
  });

  it("that somebody removes are put back", async () => {
    await settle(isWell);
    await patchStatus("kubectl-edit", [{ $patch: "delete", type: "DiskHealthy" }]);

    expect(await settle(isWell)).toMatchObject([{ kind: "set" }]);
    expect((await conditions())["DiskHealthy"]).toMatchObject({ status: "True" });
  });

  it("go when the machine has the thing no more", async () => {
    await settle({ node: withGpu });

    expect(await settle(isWell)).toMatchObject([{ item: "GPUHealthy", kind: "remove" }]);
    expect(Object.keys(await conditions()).sort()).toEqual(["DiskHealthy", "DiskPressure", "Ready"]);
  });

  it("are not written on an object that is not as it was seen, nor on another Node of the same name", async () => {
    await settle(isWell);
    const seen = await reconciler.observe("neko", never);
    if (seen === undefined) throw new Error("there is no Node");
    const operations = await planned(isBad);
    await patchStatus("kubelet", [ready("False")]);

    await expect(reconciler.apply("neko", operations, seen, never)).rejects.toMatchObject({ code: "CONFLICT" });
    await house.cluster.admin.delete(path);
    await expect(reconciler.apply("neko", operations, seen, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await house.cluster.admin.ask("GET", path)).toMatchObject({ status: 404 });
    const { resourceVersion = "" } = (await createNode(house.cluster.admin, "neko")).metadata;
    await expect(reconciler.apply("neko", operations, { ...seen, resourceVersion }, never)).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });

  it("leave a Node as it was when they are pruned", async () => {
    const before = withoutBookkeeping(await node());
    await settle({ node: withGpu, findings: findingsOf(bad) });
    await settle({ node: withGpu });

    await prune();

    expect(withoutBookkeeping(await node())).toEqual(before);
    expect(JSON.stringify((await node()).metadata["managedFields"])).not.toContain("nodekeeper-conditions");
  });

  it("are gone after a prune also where somebody changed a word of them", async () => {
    await settle(isWell);
    await patchStatus("kubectl-edit", [{ type: "DiskHealthy", message: "I know better" }]);

    await prune();

    expect(Object.keys(await conditions())).not.toContain("DiskHealthy");
  });

  it("tell of a change by one Event, of flapping by no more than one a minute, and of nothing at the start", async () => {
    await settle(isWell);
    const first = await events();
    await settle(isBad);
    await settle(isWell);
    const flapped = await events();
    await clock.advance(minuteMs);
    await settle(isSilent);

    expect(first).toEqual([]);
    expect(flapped).toMatchObject([
      {
        involvedObject: { apiVersion: "v1", kind: "Node", name: "neko", uid: (await node()).metadata.uid },
        ...{ type: "Warning", reason: "DiskUnhealthy", reportingComponent: "nodekeeper", source: { component: "nodekeeper" } },
        ...{ message: expect.stringMatching(/^A disk \(\/dev\/nvme.1\): /), count: 1, firstTimestamp: "2026-11-23T12:00:00Z" },
      },
    ]);
    const all = await events();
    expect(all.map(({ type, reason }) => `${type} ${reason}`).sort()).toEqual([
      "Normal DiskHealthUnknown",
      "Warning DiskUnhealthy",
    ]);
  });

  it("are told of at once when the first word is a bad one", async () => {
    await settle(isBad);

    expect(await events()).toMatchObject([{ type: "Warning", reason: "DiskUnhealthy" }]);
  });
});

const strategic = "application/strategic-merge-patch+json";

function ready(status: string): Omit<Condition, "lastHeartbeatTime" | "lastTransitionTime"> {
  return { type: "Ready", status, reason: "KubeletReady", message: "" };
}

function said(type: string, status: string): Pick<Condition, "type" | "status" | "lastHeartbeatTime" | "lastTransitionTime"> {
  const at = "2026-11-23T12:00:00Z";
  return { type, status, lastHeartbeatTime: at, lastTransitionTime: at };
}

function withoutBookkeeping({ metadata, ...rest }: KubernetesObject): object {
  const { managedFields: _, resourceVersion: __, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
