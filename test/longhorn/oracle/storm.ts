/**
 * Four storage nodes in a storm: disks that fail and recover, agents that fall silent, say something else or know nothing, machines that boot, a feed that
 * is lost, people who switch, tag and bring back what their page had, cordons and nodes that are away. The real reconciler decides, plans and writes at
 * every turn, everything enforced and nothing braked; each of its writes is judged by the oracle.
 */
import { AppError } from "@nodekeeper/shared";
import type { JsonPatchOperation } from "../../../collector/src/clients/kubernetes/object-kind.ts";
import type { Policy } from "../../../collector/src/policy/policy.ts";
import { createLonghornDisks } from "../../../collector/src/reconcile/longhorn-disks.ts";
import { aClusterNode, worldOf } from "../../../collector/src/reconcile/test-support/world-of.ts";
import type { World } from "../../../collector/src/reconcile/world.ts";
import { startMs } from "../../../collector/src/test-support/states.ts";
import { at, type RawDisk, rawNode } from "./raw-node.ts";
import type { Snapshot } from "./snapshot.ts";
import { type DiskState, diskUuid, StormAgents } from "./storm-agents.ts";
import { type FeedState, StormCluster } from "./storm-cluster.ts";
import { judgeWrite } from "./storm-judge.ts";

/** Something that happens. Nodes and disks are counted, and counted round. */
export type Happening =
  | { readonly kind: "disk"; readonly node: number; readonly disk: number; readonly state: DiskState }
  | {
      readonly kind: "silence" | "speak" | "boot" | "cordon" | "away" | "page" | "save page" | "no ledger";
      readonly node: number;
    }
  | { readonly kind: "switch" | "tag" | "full" | "replace"; readonly node: number; readonly disk: number }
  | { readonly kind: "feed"; readonly state: FeedState }
  | { readonly kind: "wait"; readonly minutes: number };

/** What there is at the beginning. */
export interface StormInit extends Omit<Snapshot, "nodes"> {
  readonly nodes: readonly { readonly zone: string; readonly disks: readonly Omit<RawDisk, "name">[] }[];
  readonly policy: Policy;
  /** What the reconciler is not shown of Longhorn; to see that the judge sees it then. */
  readonly blind?: (snapshot: Snapshot) => Snapshot;
}

const minuteMs = 60_000;

/** The storm. */
export class Storm {
  readonly complaints: string[] = [];
  /** How many writes took something away. */
  restrictions = 0;
  /** How many wishes were held because replicas would find too few places. */
  refusals = 0;
  readonly #policy: Policy;
  readonly #cluster: StormCluster;
  readonly #agents = new StormAgents();
  readonly #reconciler: ReturnType<typeof createLonghornDisks>;
  readonly #cordoned = new Set<string>();
  readonly #pages = new Map<string, unknown>();
  /** Tags that people set, by "node/disk/tag". */
  readonly #theirs = new Set<string>();
  /** Disks that people put in and did not open yet, by "node/disk". */
  readonly #closedByPeople = new Set<string>();
  readonly #names: readonly string[];
  #nowMs = startMs + minuteMs;

  constructor({ nodes, policy, blind = (snapshot) => snapshot, ...rest }: StormInit) {
    this.#policy = policy;
    this.#names = nodes.map((_, index) => `n${index}`);
    const raw = nodes.map(({ zone, disks }, index) => {
      const named = disks.map((disk, place) => ({ ...disk, name: `d${place}` }));
      for (const { name, tags } of named) for (const tag of tags) this.#theirs.add(`n${index}/${name}/${tag}`);
      for (const { name } of named) this.#agents.setDisk(`n${index}`, name, { type: "nvme", fault: "none" });
      return [`n${index}`, rawNode(`n${index}`, zone, named)] as const;
    });
    this.#cluster = new StormCluster(new Map(raw), rest, blind);
    const client = {
      readOne: async (_: unknown, name: string) => this.#cluster.object(name),
      patchOne: async (_: unknown, name: string, patch: readonly JsonPatchOperation[]) => {
        await Promise.resolve(); // others may begin theirs meanwhile
        return this.#write(name, patch);
      },
    };
    this.#reconciler = createLonghornDisks({
      ...{ client, longhornNamespace: "longhorn-system", policy: { current: policy }, longhorn: this.#cluster.view },
      cluster: { node: (name) => this.#clusterNode(name) },
      clock: { monotonicMs: () => this.#nowMs },
    });
  }

  /** Something happens, and the reconciler has its turns. */
  async take(happening: Happening): Promise<void> {
    this.#happen(happening);
    const isNews = ["disk", "speak", "boot", "replace"].includes(happening.kind);
    for (let turn = 0; turn < 2; turn++) {
      this.#nowMs += 1_000;
      for (const name of this.#names) this.#agents.speak(name, this.#cluster.disks(name), { nowMs: this.#nowMs, isNews });
      this.#cluster.tell();
      await Promise.all(this.#names.map((name) => this.#reconcile(name)));
    }
  }

  #happen(happening: Happening): void {
    if (happening.kind === "feed") this.#cluster.setFeed(happening.state);
    else if (happening.kind === "wait") this.#nowMs += happening.minutes * minuteMs;
    else this.#happenOn(`n${happening.node % this.#names.length}`, happening);
  }

  #happenOn(name: string, happening: Extract<Happening, { readonly node: number }>): void {
    const cluster = this.#cluster;
    const disks = cluster.disks(name);
    const disk = "disk" in happening ? (disks[happening.disk % disks.length] ?? "") : "";
    const path = ["spec", "disks", disk];
    switch (happening.kind) {
      case "disk":
        this.#agents.setDisk(name, disk, { ...happening.state, generation: this.#agents.disk(name, disk)?.generation ?? 0 });
        break;
      case "silence":
        this.#agents.setSilent(name, true);
        break;
      case "speak":
        this.#agents.setSilent(name, false);
        break;
      case "boot":
        this.#agents.boot(name, this.#nowMs);
        break;
      case "cordon":
        if (!this.#cordoned.delete(name)) this.#cordoned.add(name);
        break;
      case "away": {
        const isBack = JSON.stringify(at(cluster.object(name), ["status", "conditions"])).includes("False");
        cluster.edit(name, ["status", "conditions"], conditions({ Ready: isBack, Schedulable: isBack }));
        break;
      }
      case "full":
        cluster.edit(name, ["status", "diskStatus", disk, "storageAvailable"], 0);
        cluster.edit(name, ["status", "diskStatus", disk, "conditions"], conditions({ Ready: true, Schedulable: false }));
        break;
      case "switch": {
        const isOpen = at(cluster.object(name), [...path, "allowScheduling"]) === true;
        cluster.edit(name, [...path, "evictionRequested"], false);
        cluster.edit(name, [...path, "allowScheduling"], !isOpen);
        this.#closedByPeople.delete(`${name}/${disk}`);
        break;
      }
      case "tag":
        this.#tag(name, disk);
        break;
      case "replace":
        this.#replace(name, disk);
        break;
      case "no ledger":
        cluster.edit(name, ["metadata", "annotations"], undefined);
        for (const each of disks) this.#lose(name, each);
        break;
      case "page":
        this.#pages.set(name, at(cluster.object(name), ["spec", "disks"]));
        break;
      case "save page":
        if (this.#pages.has(name)) cluster.edit(name, ["spec", "disks"], this.#pages.get(name));
        for (const each of disks) if (this.#pages.has(name)) this.#closedByPeople.delete(`${name}/${each}`);
        break;
    }
  }

  /** Somebody takes a disk out and puts another one in under the same name and in the same folder, closed for now, and with tags of his own. */
  #replace(name: string, disk: string): void {
    const { generation = 0 } = this.#agents.disk(name, disk) ?? {};
    this.#agents.setDisk(name, disk, { type: "ssd", fault: "none", generation: generation + 1 });
    const path = ["spec", "disks", disk];
    this.#cluster.edit(name, [...path, "allowScheduling"], false);
    this.#cluster.edit(name, [...path, "evictionRequested"], false);
    this.#cluster.edit(name, [...path, "tags"], ["nvme"]);
    this.#cluster.edit(name, ["status", "diskStatus", disk, "diskUUID"], diskUuid(name, disk, generation + 1));
    this.#lose(name, disk);
    this.#pages.delete(name); // Longhorn takes no other disk under a name that is in use
  }

  /** Whatever is there now, is people's. */
  #lose(name: string, disk: string): void {
    const fieldOf = (field: string): unknown => at(this.#cluster.object(name), ["spec", "disks", disk, field]);
    if (fieldOf("allowScheduling") === false) this.#closedByPeople.add(`${name}/${disk}`);
    const tags = fieldOf("tags");
    for (const tag of Array.isArray(tags) ? tags : []) this.#theirs.add(`${name}/${disk}/${tag}`);
  }

  /** Somebody gives a disk the tag that we would give it. One that is there is nobody's but its first giver's. */
  #tag(name: string, disk: string): void {
    const path = ["spec", "disks", disk, "tags"];
    const tags = at(this.#cluster.object(name), path);
    if (!Array.isArray(tags) || tags.includes("nvme")) return;
    this.#theirs.add(`${name}/${disk}/nvme`);
    this.#cluster.edit(name, path, [...tags, "nvme"].sort());
  }

  async #reconcile(name: string): Promise<void> {
    const { signal } = new AbortController();
    const decision = this.#reconciler.decide(this.#world(), name);
    if (decision.kind === "hold") return;
    const held = [...decision.items.values()].filter((wish) => wish.kind === "hold" && wish.reason.includes("too few places"));
    this.refusals += held.length;
    const seen = await this.#reconciler.observe(name, signal);
    const operations = seen === undefined ? [] : this.#reconciler.plan(decision, seen);
    if (seen === undefined || operations.length === 0) return;
    try {
      await this.#reconciler.apply(name, operations, seen, signal);
    } catch (thrown) {
      if (AppError.from(thrown).code !== "CONFLICT") throw thrown;
    }
  }

  #write(name: string, patch: readonly JsonPatchOperation[]): ReturnType<StormCluster["write"]> {
    return this.#cluster.write(name, patch, (before, after, known) => {
      const judged = judgeWrite({
        ...{ name, before, after, known, theirs: this.#theirs, closedByPeople: this.#closedByPeople },
        isFeedLost: this.#cluster.feed === "lost",
        isSilent: this.#agents.isSilent(name, this.#nowMs),
        isInLoop: this.#agents.isInLoop(name),
        disk: (disk) => this.#agents.disk(name, disk),
      });
      this.complaints.push(...judged.complaints);
      if (judged.isRestricting) this.restrictions += 1;
    });
  }

  #world(): World {
    const base = worldOf({ policy: this.#policy });
    return {
      ...{ ...base, nowMs: this.#nowMs, startedAtMs: startMs, longhorn: this.#cluster.view },
      cluster: { ...base.cluster, node: (name) => this.#clusterNode(name) },
      node: (name) => this.#agents.state(name),
      findings: (name) => this.#agents.findings(name),
    };
  }

  #clusterNode(name: string): ReturnType<typeof aClusterNode> {
    return aClusterNode({ metadata: { name, uid: `node-${name}` }, spec: { unschedulable: this.#cordoned.has(name) } });
  }
}

function conditions(all: Readonly<Record<string, boolean>>): readonly object[] {
  return Object.entries(all).map(([type, is]) => ({ type, status: is ? "True" : "False" }));
}
