/** State, stock taker and store put together as ingest does it, with crashes: what is not committed is lost, and sent again. */
import { type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type BlockDeviceSchema,
  type DiskHealthSchema,
  FactsSchema,
  type Observation,
  type ObservationSchema,
  Outcome,
  type SubjectSchema,
} from "@nodekeeper/proto";
import type { Change } from "@nodekeeper/shared/api";
import { createStateHolder, type StateHolder } from "../../state/holder.ts";
import type { CounterTrack, NodeInventory } from "../../state/node-inventory.ts";
import { type NodeView, viewNode } from "../../state/node-view.ts";
import { restoreNodes } from "../../state/restore.ts";
import type { StoredObservation } from "../../store/store.ts";
import { FakeStore } from "../../test-support/fake-store.ts";
import { type FactsInit, factsHash, list, observation } from "../../test-support/observations.ts";
import { hello, startMs } from "../../test-support/states.ts";
import { createStockTaker, type StockTaker } from "../stock-taker.ts";

type SubjectInit = MessageInitShape<typeof SubjectSchema>;

/** A fleet of which stock is taken. */
export class StockScene {
  readonly #store = new FakeStore();
  #state: StateHolder = createStateHolder([]);
  #stockTaker: StockTaker = createStockTaker(this.#state);
  #uncommitted: StoredObservation[] = [];
  readonly #sequences = new Map<string, number>();

  /** A node's agent connects. */
  connect(node = "neko", machineId: string = "1".repeat(32), epoch = "epoch-1"): void {
    this.#state.apply({ kind: "connected", node, hello: hello({ nodeName: node, machineId, epoch }), atMs: startMs });
    this.#store.nodes.set(node, {
      ...{ name: node, machineId, bootId: "", epoch, agentVersion: "", firstSeenAtMs: startMs, lastContactAtMs: startMs },
    });
  }

  /** An observation comes, so many seconds after the start. Its number is the next one of the node, unless it is given. */
  observe(atSeconds: number, facts: FactsInit, overrides: MessageInitShape<typeof ObservationSchema> = {}, node = "neko"): void {
    const sequence = overrides.sequence ?? (this.#sequences.get(node) ?? 0) + 1;
    this.#sequences.set(node, Math.max(sequence, this.#sequences.get(node) ?? 0));
    this.deliver(hashed(observation(facts, { ...overrides, sequence })), startMs + atSeconds * 1_000, node);
  }

  /** An observation of its own number comes. */
  deliver(sent: Observation, observedAtMs: number, node = "neko"): void {
    const known = this.#state.node(node);
    if (known === undefined) throw new Error(`${node} is not connected`);
    const placed = { node, epoch: known.epoch, observation: sent, observedAtMs, receivedAtMs: observedAtMs };
    this.#state.apply({ kind: "observed", ...placed });
    const stock = this.#stockTaker.observe(node, sent.probe, known.probes.get(sent.probe));
    this.#uncommitted.push({ ...placed, ...(stock === undefined ? {} : { stock }) });
  }

  async commit(): Promise<void> {
    await this.#store.commit(this.#uncommitted);
    this.#uncommitted = [];
  }

  /** The collector is killed, and starts from what was committed. */
  async crash({ keepInventories = true }: { readonly keepInventories?: boolean } = {}): Promise<void> {
    this.#uncommitted = [];
    if (!keepInventories) this.#store.inventories.clear();
    const { nodes, observations, inventories } = await this.#store.restore();
    this.#state = createStateHolder(restoreNodes(nodes, observations, inventories));
    this.#stockTaker = createStockTaker(this.#state);
  }

  /** What somebody who may do so makes of a counter of a disk of neko. */
  changeCounter(id: string, name: string, change: (track: CounterTrack) => CounterTrack): void {
    const inventory = this.inventory();
    const counters = inventory?.counters[id];
    const track = counters?.tracks[name];
    if (inventory === undefined || counters === undefined || track === undefined) throw new Error(`no ${name} of ${id}`);
    const tracks = { ...counters.tracks, [name]: change(track) };
    const changed = { ...inventory, counters: { ...inventory.counters, [id]: { ...counters, tracks } } };
    this.#state.apply({ kind: "inventoried", node: "neko", inventory: changed });
  }

  inventory(node = "neko"): NodeInventory | undefined {
    return this.#state.node(node)?.inventory;
  }

  view(atSeconds: number, node = "neko"): NodeView {
    const state = this.#state.node(node);
    if (state === undefined) throw new Error(`${node} is not known`);
    return viewNode(state, startMs + atSeconds * 1_000);
  }

  /** All changes that are derived, committed or not, in their order. */
  changes(): readonly Omit<Change, "id">[] {
    const waiting = this.#uncommitted.flatMap(({ stock }) => stock?.changes ?? []);
    return [...this.#store.changes.map(({ id: _, ...change }) => change), ...waiting];
  }

  /** Their sentences, with the node where it is not neko. */
  texts(): readonly string[] {
    return this.changes().map(({ node, text }) => (node === "neko" ? text : `${node}: ${text}`));
  }
}

/** Facts of the probe disks: these block devices, in a list that is whole unless said otherwise. */
export function disks(subjects: readonly SubjectInit[], isWhole = true): FactsInit {
  return { subjects, lists: [list("block_device", isWhole)] };
}

/** A disk that was read: an NVMe drive that is built in, unless said otherwise. */
export function aDisk(id: string, overrides: MessageInitShape<typeof BlockDeviceSchema> = {}): SubjectInit {
  const value = {
    name: id,
    model: "An SSD",
    serial: id.toUpperCase(),
    firmwareRevision: "1.0",
    bus: "nvme",
    isVirtual: false,
    sizeBytes: 1_000n,
  };
  return { kind: "block_device", id, outcome: Outcome.OK, value: { case: "blockDevice", value: { ...value, ...overrides } } };
}

/** A disk of which nothing could be told. */
export function anUnreadDisk(id: string): SubjectInit {
  return { kind: "block_device", id, outcome: Outcome.FAILED, failure: { code: "HOST_READ_FAILED", message: "EIO" } };
}

/** Facts of the probe smart about one disk. */
export function health(id: string, value: MessageInitShape<typeof DiskHealthSchema>, readAtUnixMs?: bigint): FactsInit {
  const known = { device: "/dev/nvme0", modelName: "An SSD", serialNumber: id.toUpperCase(), ...value };
  const readAt = readAtUnixMs === undefined ? {} : { readAtUnixMs };
  return {
    subjects: [{ kind: "disk_health", id, outcome: Outcome.OK, ...readAt, value: { case: "diskHealth", value: known } }],
    lists: [list("disk_health", true)],
  };
}

/** As an agent makes it: equal facts have equal hashes. */
function hashed(sent: Observation): Observation {
  if (sent.body.case !== "full") return { ...sent, factsHash: new Uint8Array() };
  let hash = 7;
  for (const byte of toBinary(FactsSchema, sent.body.value)) hash = (Math.imul(hash, 31) + byte) | 0;
  return { ...sent, factsHash: factsHash(`${sent.probe} ${hash}`) };
}
