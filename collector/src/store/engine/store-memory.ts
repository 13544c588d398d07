/**
 * The memory of the worker: streams, epochs, and what changed in them since it was last written (folded). The journal is the truth of what
 * is committed; all of this is read from the tables and from the rows of the journal that came after the last fold.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { ObservationSchema, Outcome } from "@nodekeeper/proto";
import { freeFormer, nameOfFormer } from "../former-node.ts";
import { SequenceSpans } from "../sequence-spans.ts";
import { unitStart } from "../tables/chunks-table.ts";
import type { JournalRow } from "../tables/journal-table.ts";
import type { LatestObservation } from "../tables/latest-table.ts";
import type { StoreTables } from "./store-tables.ts";
import { type Epoch, isLater, type Stream } from "./stream.ts";
import { streamOfRow } from "./stream-of-row.ts";

/** Outcome and interval of a row of the journal, which its payload holds. */
export interface RowSummary {
  readonly isOk: boolean;
  readonly intervalMs: number;
}

/** What of a stream is to be written with the next fold. */
export interface StreamChanges {
  readonly succeeded: LatestObservation | undefined;
  readonly other: LatestObservation | undefined;
  /** True when the other that was written is not the latest any more. */
  readonly isOtherGone: boolean;
}

/** Rows of the journal that are read at once. */
const replayRows = 1000;

/** Reads itself from the tables when it is made. */
export class StoreMemory {
  /** Id of the next row of the journal. */
  nextId = 1;
  readonly #tables: StoreTables;
  readonly #streams = new Map<number, Stream>();
  readonly #streamsByNode = new Map<string, Map<string, Stream>>();
  readonly #epochs = new Map<string, Epoch>();
  readonly #epochsById = new Map<number, Epoch>();
  /** By name of a node, those under which what was stored of other machines that bore it is set aside. */
  readonly #formers = new Map<string, Set<string>>();
  readonly #dirtyStreams = new Map<Stream, StreamChanges>();
  readonly #dirtyEpochs = new Set<Epoch>();
  #foldedThroughId = 0;

  constructor(tables: StoreTables) {
    this.#tables = tables;
    this.#load();
    this.#replay();
  }

  streams(): IterableIterator<Stream> {
    return this.#streams.values();
  }

  epochs(): IterableIterator<Epoch> {
    return this.#epochs.values();
  }

  streamsOfNode(node: string): readonly Stream[] {
    return [...(this.#streamsByNode.get(node)?.values() ?? [])];
  }

  /** Streams of the machine that bore the name of a node last, where what was stored of it is set aside. */
  streamsOfLastFormer(node: string): readonly Stream[] {
    const formers = [...(this.#formers.get(node) ?? [])].map((name) => this.streamsOfNode(name));
    const lastAtMs = (streams: readonly Stream[]): number => Math.max(0, ...streams.map((stream) => stream.lastObservedMs));
    return formers.reduce((last, streams) => (lastAtMs(streams) >= lastAtMs(last) ? streams : last), []);
  }

  findStream(node: string, probe: string): Stream | undefined {
    return this.#streamsByNode.get(node)?.get(probe);
  }

  findEpoch(node: string, epoch: string): Epoch | undefined {
    return this.#epochs.get(epochKey(node, epoch));
  }

  epochName(id: number): string {
    return this.#epochsById.get(id)?.epoch ?? "";
  }

  /** Rows that are committed but not folded. */
  unfoldedCount(): number {
    return this.nextId - 1 - this.#foldedThroughId;
  }

  /** Under which name an observation of an epoch is stored: that of a machine that lost the node's name may still be on its way. */
  ownerOf(node: string, epoch: string): string {
    if (this.findEpoch(node, epoch) !== undefined) return node;
    return [...(this.#formers.get(node) ?? [])].find((former) => this.findEpoch(former, epoch) !== undefined) ?? node;
  }

  /**
   * All of a node is another's; but for an epoch that goes on under the name. What is there already under that name (of a machine that could not say its
   * id, or that uses the epoch of another) makes room: an agent can bring that about, and nothing it does may fail for all nodes.
   */
  renameNode(from: string, to: string, keptEpoch?: string): void {
    for (const stream of this.streamsOfNode(from)) {
      const other = this.findStream(to, stream.probe);
      if (other !== undefined)
        this.#renameStream(
          other,
          freeFormer(to, (name) => this.findStream(name, other.probe) === undefined),
        );
      this.#renameStream(stream, to);
    }
    for (const epoch of [...this.#epochs.values()]) {
      if (epoch.node !== from || epoch.epoch === keptEpoch) continue;
      const other = this.findEpoch(to, epoch.epoch);
      if (other !== undefined)
        this.#renameEpoch(
          other,
          freeFormer(to, (name) => this.findEpoch(name, other.epoch) === undefined),
        );
      this.#renameEpoch(epoch, to);
    }
  }

  /** A stream whose first observation was received at a time. */
  createStream(node: string, probe: string, receivedAtMs: number): Stream {
    const fiveMinutesThroughMs = unitStart("5m", receivedAtMs);
    const hoursThroughMs = unitStart("1h", receivedAtMs);
    const id = this.#tables.streams.insert(node, probe, fiveMinutesThroughMs, hoursThroughMs);
    const stream = { id, node, probe, headId: 0, compactedThroughId: 0, fiveMinutesThroughMs, hoursThroughMs };
    const unknown = { facts: undefined, succeeded: undefined, other: undefined, lastObservedMs: 0, intervalMs: 0 };
    return this.#rememberStream({ ...stream, ...unknown });
  }

  createEpoch(node: string, epoch: string, usedAtMs: number): Epoch {
    const id = this.#tables.epochs.insert(node, epoch, usedAtMs);
    return this.#rememberEpoch({ id, node, epoch, spans: new SequenceSpans(), lastUsedMs: usedAtMs });
  }

  /** Notes a row that is in the journal. */
  note(row: JournalRow, stream: Stream, epoch: Epoch, summary: RowSummary): void {
    stream.headId = row.id;
    stream.intervalMs = summary.intervalMs;
    stream.lastObservedMs = Math.max(stream.lastObservedMs, row.observedAtMs);
    epoch.spans.add(row.sequence);
    epoch.lastUsedMs = Math.max(epoch.lastUsedMs, row.receivedAtMs);
    this.nextId = row.id + 1;
    this.#dirtyEpochs.add(epoch);
    this.#noteLatest(row, stream, epoch.epoch, summary);
  }

  /** Streams that changed since they were last written. */
  dirtyStreams(): readonly Stream[] {
    return [...this.#dirtyStreams.keys()];
  }

  /** Epochs that changed since they were last written. */
  dirtyEpochs(): readonly Epoch[] {
    return [...this.#dirtyEpochs];
  }

  /** What of a stream is to be written; undefined when nothing is. */
  changesOf(stream: Stream): StreamChanges | undefined {
    return this.#dirtyStreams.get(stream);
  }

  /** The stream is written as it is now. */
  settleStream(stream: Stream): void {
    this.#dirtyStreams.delete(stream);
  }

  /** The epoch is written as it is now. */
  settleEpoch(epoch: Epoch): void {
    this.#dirtyEpochs.delete(epoch);
  }

  /** All that the journal says up to a row is written. */
  noteFolded(throughId: number): void {
    this.#foldedThroughId = throughId;
  }

  forgetStream(stream: Stream): void {
    this.#streams.delete(stream.id);
    this.#forgetName(stream);
    this.#dirtyStreams.delete(stream);
  }

  forgetEpoch(epoch: Epoch): void {
    this.#epochs.delete(epochKey(epoch.node, epoch.epoch));
    this.#epochsById.delete(epoch.id);
    this.#dirtyEpochs.delete(epoch);
  }

  #renameStream(stream: Stream, to: string): void {
    this.#tables.streams.rename(stream.id, to);
    this.#forgetName(stream);
    stream.node = to;
    this.#rememberStream(stream);
  }

  #renameEpoch(epoch: Epoch, to: string): void {
    this.#tables.epochs.rename(epoch.id, to);
    this.#epochs.delete(epochKey(epoch.node, epoch.epoch));
    epoch.node = to;
    this.#rememberEpoch(epoch);
  }

  #forgetName(stream: Stream): void {
    const ofNode = this.#streamsByNode.get(stream.node);
    ofNode?.delete(stream.probe);
    if (ofNode?.size === 0) this.#streamsByNode.delete(stream.node);
  }

  #load(): void {
    for (const row of this.#tables.streams.list()) this.#rememberStream(streamOfRow(row));
    for (const { spans, ...row } of this.#tables.epochs.list()) {
      this.#rememberEpoch({ ...row, spans: SequenceSpans.fromBytes(spans) });
    }
    this.#foldedThroughId = this.#tables.meta.get("folded_through_id");
    this.nextId = this.#foldedThroughId + 1;
  }

  #replay(): void {
    for (;;) {
      const rows = this.#tables.journal.after(this.nextId - 1, replayRows);
      for (const row of rows) this.#replayRow(row);
      if (rows.length < replayRows) return;
    }
  }

  #replayRow(row: JournalRow): void {
    const stream = this.#streams.get(row.streamId);
    const epoch = this.#epochsById.get(row.epochId);
    if (stream === undefined || epoch === undefined) return; // Both were pruned: it was of a node that is gone.
    const { outcome, intervalMs } = fromBinary(ObservationSchema, row.payload);
    this.note(row, stream, epoch, { isOk: outcome === Outcome.OK, intervalMs });
    if (row.factsId === null) return;
    const facts = row.factsId === stream.facts?.id ? stream.facts : this.#tables.facts.get(row.factsId);
    stream.facts = facts === undefined ? undefined : { ...facts, lastSeenMs: Math.max(facts.lastSeenMs, row.observedAtMs) };
  }

  #noteLatest(row: JournalRow, stream: Stream, epoch: string, { isOk, intervalMs }: RowSummary): void {
    const { sequence, observedAtMs, receivedAtMs, factsId, payload } = row;
    const latest = { epoch, sequence, observedAtMs, receivedAtMs, intervalMs, factsId, payload };
    let changes = this.#dirtyStreams.get(stream) ?? { succeeded: undefined, other: undefined, isOtherGone: false };
    if (isOk && isLater(latest, stream.succeeded)) {
      stream.succeeded = { epoch, sequence, observedAtMs };
      changes = { ...changes, succeeded: latest };
      if (isLater(latest, stream.other)) {
        stream.other = undefined;
        changes = { ...changes, other: undefined, isOtherGone: true };
      }
    } else if (!isOk && isLater(latest, stream.succeeded) && isLater(latest, stream.other)) {
      stream.other = { epoch, sequence, observedAtMs };
      changes = { ...changes, other: latest };
    }
    this.#dirtyStreams.set(stream, changes);
  }

  #rememberStream(stream: Stream): Stream {
    this.#streams.set(stream.id, stream);
    this.#noteFormer(stream.node);
    const ofNode = this.#streamsByNode.get(stream.node) ?? new Map<string, Stream>();
    this.#streamsByNode.set(stream.node, ofNode.set(stream.probe, stream));
    return stream;
  }

  #rememberEpoch(epoch: Epoch): Epoch {
    this.#epochs.set(epochKey(epoch.node, epoch.epoch), epoch);
    this.#noteFormer(epoch.node);
    this.#epochsById.set(epoch.id, epoch);
    return epoch;
  }

  #noteFormer(node: string): void {
    const name = nameOfFormer(node);
    if (name !== undefined) this.#formers.set(name, (this.#formers.get(name) ?? new Set()).add(node));
  }
}

function epochKey(node: string, epoch: string): string {
  return `${node}\0${epoch}`;
}
