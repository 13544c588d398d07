/** A store in memory that keeps the contract of the real one, and that a test can make slow or full. */
import type { Facts } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Change, Finding, History } from "@nodekeeper/shared/api";
import { spansOf } from "../ingest/sequence-set.ts";
import type { RememberedInventory } from "../state/restore.ts";
import type {
  ChangesQuery,
  RestoredState,
  SequenceSpan,
  Store,
  StoredNode,
  StoredObservation,
  StoreStatus,
} from "../store/store.ts";

/** The store. Everything that was written can be looked at. */
export class FakeStore implements Store {
  readonly nodes: Map<string, StoredNode> = new Map();
  /** In the order of their commits; each once. */
  readonly observations: StoredObservation[] = [];
  readonly findings: Map<string, Finding> = new Map();
  readonly inventories: Map<string, RememberedInventory> = new Map();
  /** In the order in which they were recorded. */
  readonly changes: Change[] = [];
  /** Commits that were asked for, by their number of observations. */
  readonly commits: number[] = [];
  /** It is never lost. */
  readonly failed: Promise<AppError> = new Promise(() => undefined);
  readonly #keys = new Set<string>();
  readonly #facts = new Map<string, Facts>();
  #failure: AppError | undefined;
  #gate: Promise<void> = Promise.resolve();

  /** From now on every write fails so; undefined ends it. */
  fail(failure: AppError | undefined): void {
    this.#failure = failure;
  }

  /** Until the function it gives is called, every call waits. */
  block(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async restore(): Promise<RestoredState> {
    const latest = new Map<string, StoredObservation>();
    for (const stored of this.observations) {
      const key = `${stored.node} ${stored.observation.probe}`;
      const known = latest.get(key);
      const isNewer =
        known === undefined || known.epoch !== stored.epoch || known.observation.sequence < stored.observation.sequence;
      if (isNewer) latest.set(key, { ...stored, observation: this.#withFacts(stored) });
    }
    return {
      nodes: [...this.nodes.values()],
      observations: [...latest.values()],
      inventories: [...this.inventories.values()],
      findings: [...this.findings.values()].filter((finding) => finding.state !== "resolved"),
    };
  }

  async commit(observations: readonly StoredObservation[]): Promise<void> {
    await this.#pass();
    this.commits.push(observations.length);
    for (const stored of observations) {
      const key = `${stored.node} ${stored.epoch} ${stored.observation.sequence}`;
      for (const inventory of stored.stock?.inventories ?? []) this.inventories.set(inventory.node, inventory);
      for (const change of stored.stock?.changes ?? []) this.changes.push({ id: this.changes.length + 1, ...change });
      if (this.#keys.has(key)) continue;
      if (!this.nodes.has(stored.node)) throw new AppError("STORE_FAILED", `${stored.node} is not known`);
      this.#withFacts(stored);
      this.#keys.add(key);
      this.observations.push(stored);
    }
  }

  async saveNodes(nodes: readonly StoredNode[]): Promise<void> {
    await this.#pass();
    for (const node of nodes) this.nodes.set(node.name, node);
  }

  async committedSpans(node: string, epoch: string): Promise<readonly SequenceSpan[]> {
    await this.#gate;
    return spansOf(
      this.observations
        .filter((stored) => stored.node === node && stored.epoch === epoch)
        .map((stored) => stored.observation.sequence),
    );
  }

  async saveFindings(findings: readonly Finding[]): Promise<void> {
    await this.#pass();
    for (const finding of findings) this.findings.set(finding.id, finding);
  }

  async listFindings(options: Parameters<Store["listFindings"]>[0]): Promise<readonly Finding[]> {
    return [...this.findings.values()]
      .filter((finding) => options.node === undefined || finding.node === options.node)
      .filter((finding) => options.includeResolved || finding.state !== "resolved")
      .toSorted((a, b) => b.pendingSince.localeCompare(a.pendingSince))
      .slice(0, options.limit);
  }

  async listChanges({ node, before, limit }: ChangesQuery): Promise<readonly Change[]> {
    const order = ({ at, id }: Change): readonly [number, number] => [Date.parse(at), id];
    return this.changes
      .filter((change) => node === undefined || change.node === node)
      .filter((change) => before === undefined || isBefore(order(change), [before.atMs, before.id]))
      .toSorted((a, b) => (isBefore(order(a), order(b)) ? 1 : -1))
      .slice(0, limit);
  }

  async history(): Promise<History> {
    throw new AppError("STORE_FAILED", "this store has no history");
  }

  async maintain(): Promise<void> {}

  async status(): Promise<StoreStatus> {
    return {
      databaseBytes: 0,
      observationCount: this.observations.length,
      commitCount: this.commits.length,
      problem: this.#failure?.message,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #pass(): Promise<void> {
    await this.#gate;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Facts must be whole, or known by their hash. */
  #withFacts({ node, observation }: StoredObservation): StoredObservation["observation"] {
    const key = `${node} ${observation.probe} ${Buffer.from(observation.factsHash).toString("hex")}`;
    if (observation.body.case === "full") this.#facts.set(key, observation.body.value);
    if (observation.body.case !== "unchanged") return observation;
    const facts = this.#facts.get(key);
    if (facts === undefined) throw new AppError("STORE_FAILED", `the facts of ${key} are not known`);
    return { ...observation, body: { case: "full", value: facts } };
  }
}

function isBefore([atMs, id]: readonly [number, number], [otherAtMs, otherId]: readonly [number, number]): boolean {
  return atMs < otherAtMs || (atMs === otherAtMs && id < otherId);
}
