/** A node of Longhorn for tests as the API server has it, the machine behind it, and the reconciler that writes it. */
import { AppError, type Fields, fieldsAt } from "@nodekeeper/shared";
import type { ActionClass, Finding, Mode } from "@nodekeeper/shared/api";
import { aLonghorn, aNode, type VolumeInit } from "../../longhorn/test-support/made-longhorn.ts";
import type { Decided } from "../../policy/expression.ts";
import type { StoragePolicy, TagRule } from "../../policy/policy.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import { longhornNodeOf } from "../../state/longhorn/longhorn-node-of.ts";
import { noLonghorn } from "../../state/longhorn/no-longhorn.ts";
import { machineThatSaid, type Said, type Thing } from "../../test-support/judge-machine.ts";
import { aFinding } from "../../test-support/rules.ts";
import type { LonghornDisksSeen } from "../longhorn/see-longhorn-disks.ts";
import { createLonghornDisks } from "../longhorn-disks.ts";
import type { Decision, Operation, Reconciler, Wanted } from "../reconciler.ts";
import type { World } from "../world.ts";
import { applyJsonPatch } from "./apply-json-patch.ts";
import { toldHealth } from "./told-machine.ts";
import { aClusterNode, aPolicy, domain, worldOf } from "./world-of.ts";

/** What tests change between looks. */
export class LonghornStage {
  object: Fields = aLonghornObject();
  findings: readonly Finding[] = [];
  storage: StoragePolicy = { diskTags: [], nodeTags: [], defaultDisks: [] };
  modes: Readonly<Record<ActionClass, Mode>> = { describe: "enforce", restrict: "enforce", move: "plan" };
  settings: Readonly<Record<string, string>> = {};
  others: readonly LonghornNode[] = ["b", "c", "d"].map((name) => aNode(name));
  volumes: readonly VolumeInit[] = [];
  version = "v1.12.1";
  problem: string | undefined;
  said: readonly Said[] = [aMachine("nvme.1"), toldHealth()];
  cordoned = false;
  boots: readonly number[] = [];
  /** Refuses the next write. */
  refusal: AppError | undefined;
  readonly reconciler: Reconciler<LonghornDisksSeen>;

  constructor() {
    this.reconciler = createLonghornDisks({
      client: {
        readOne: async () => this.object,
        patchOne: async (_kind, _name, operations) => {
          if (this.refusal !== undefined) throw this.refusal;
          this.object = applyJsonPatch(this.object, operations);
          return this.object;
        },
      },
      longhornNamespace: "longhorn-system",
      policy: { current: aPolicy() },
      cluster: { node: () => undefined },
      longhorn: new Proxy(noLonghorn, { get: (_, name) => Reflect.get(this.world().longhorn, name) }),
      clock: { monotonicMs: () => 0 },
    });
  }

  world(): World {
    const node = longhornNodeOf(this.object);
    if (node === undefined) throw new Error("it lacks what every object has");
    const machine = machineThatSaid(...this.said);
    const bootsSeen = this.boots.map((atMs, index) => ({ atMs, bootId: index === 0 ? machine.bootId : `boot-${index}` }));
    const { storage, modes, settings, volumes, version, problem } = this;
    return worldOf({
      node: { ...machine, bootsSeen },
      live: aClusterNode({ spec: { unschedulable: this.cordoned } }),
      findings: this.findings,
      policy: { storage, modes },
      longhorn: aLonghorn({
        ...{ settings, volumes, version },
        nodes: [node, ...this.others],
        ...(problem === undefined ? {} : { problem }),
      }),
    });
  }

  decide(): Decision {
    return this.reconciler.decide(this.world(), "neko");
  }

  wanted(item: string): Wanted | undefined {
    const decision = this.decide();
    return decision.kind === "items" ? decision.items.get(item) : undefined;
  }

  /** Why an item is held; undefined: it is not. */
  held(item: string): string | undefined {
    const decision = this.decide();
    if (decision.kind === "hold") return decision.reason;
    const wish = decision.items.get(item);
    return wish?.kind === "hold" ? wish.reason : undefined;
  }

  plan(): readonly Operation[] {
    const world = this.world();
    const seen = this.reconciler.seen(world, "neko");
    return seen === undefined ? [] : this.reconciler.plan(this.reconciler.decide(world, "neko"), seen);
  }

  /** In short: "set restrict disks/d/tags/nvme: ? -> true". */
  steps(): readonly string[] {
    return this.plan().map(
      ({ kind, class: of, item, before = "-", after = "-" }) => `${kind} ${of} ${item}: ${before} > ${after}`,
    );
  }

  /** Does what is planned, on the object as it is; twice, where something comes after something else. */
  async reconcile(): Promise<void> {
    for (let round = 0; round < 2; round++) await this.apply(this.plan());
  }

  async apply(operations: readonly Operation[]): Promise<void> {
    const seen = await this.observe();
    if (operations.length > 0) await this.reconciler.apply("neko", operations, seen, new AbortController().signal);
  }

  async observe(): Promise<LonghornDisksSeen> {
    const seen = await this.reconciler.observe("neko", new AbortController().signal);
    if (seen === undefined) throw new AppError("NOT_FOUND", "there is no node");
    return seen;
  }

  async prune(): Promise<void> {
    await this.apply(this.reconciler.planPrune(await this.observe()));
  }

  /** The disk as it is wanted. */
  disk(name = "d"): Fields {
    return fieldsAt(fieldsAt(fieldsAt(this.object, "spec"), "disks"), name);
  }

  /** Somebody else writes. */
  edit(fields: Fields, name = "d"): void {
    const spec = fieldsAt(this.object, "spec");
    const disks = { ...fieldsAt(spec, "disks"), [name]: { ...this.disk(name), ...fields } };
    this.object = { ...this.object, spec: { ...spec, disks } };
  }

  get ledger(): string | undefined {
    const text = fieldsAt(fieldsAt(this.object, "metadata"), "annotations")[`${domain}/owned`];
    return typeof text === "string" ? text : undefined;
  }
}

/** A fault that the disk declares. */
export function aFault(overrides: Partial<Finding> = {}): Finding {
  const subject = { kind: "disk_health", id: "nvme.1" };
  return aFinding({
    rule: "nvme-critical-warning",
    severity: "high",
    subject,
    text: "A disk (/dev/nvme0): it is broken",
    ...overrides,
  });
}

/** A tag that is there while the test says so; undefined: it cannot be told. */
export function aTag(tag: string, value: boolean | undefined): TagRule {
  const decided: Decided =
    value === undefined
      ? { kind: "undecided", reason: "the disks are not known", reads: [] }
      : { kind: "value", value, reads: [] };
  return { tag, when: { text: "disk.type", place: `policy.yaml:1:${tag.length}`, evaluate: () => decided } };
}

/** A machine on whose disks Longhorn's folder lies. */
export function aMachine(...disks: readonly string[]): Said {
  const devices = disks.map((id): Thing => ({ kind: "block_device", id, value: { case: "blockDevice", value: { name: id } } }));
  const folder = { diskUuid: "neko/d", mountPoint: "/", physicalBlockDeviceIds: [...disks], isMountPoint: false };
  const filesystem = { mountPoint: "/", physicalBlockDeviceIds: [...disks] };
  return {
    probe: "disks",
    things: [
      ...devices,
      { kind: "filesystem", id: "/", value: { case: "filesystem", value: filesystem } },
      { kind: "longhorn_disk", id: "/var/lib/longhorn", value: { case: "longhornDisk", value: folder } },
    ],
    whole: ["block_device", "filesystem", "longhorn_disk"],
  };
}

/** Longhorn's node "neko" with the disk "d", as the API server says it. */
export function aLonghornObject(disk: Fields = {}, name = "d"): Fields {
  const holds = (type: string): Fields => ({ type, status: "True", reason: "", message: "" });
  const status = {
    ...{ diskUUID: "neko/d", storageMaximum: 100e9, storageAvailable: 90e9, storageScheduled: 0 },
    conditions: [holds("Ready"), holds("Schedulable")],
  };
  const wanted = {
    path: "/var/lib/longhorn/",
    diskType: "filesystem",
    allowScheduling: true,
    evictionRequested: false,
    tags: [],
  };
  return {
    metadata: { name: "neko", uid: "uid-l", resourceVersion: "1" },
    spec: { name: "neko", allowScheduling: true, evictionRequested: false, tags: [], disks: { [name]: { ...wanted, ...disk } } },
    status: { conditions: [holds("Ready"), holds("Schedulable")], diskStatus: { [name]: status } },
  };
}
