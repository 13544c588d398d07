/** A store in memory that keeps the contract of the real one, and that a test can make slow or full. */
import type { Facts } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { AuditRecord, Change, Finding, History } from "@nodekeeper/shared/api";
import { spansOf } from "../ingest/sequence-set.ts";
import type { RememberedInventory } from "../state/restore.ts";
import type {
  AuditQuery,
  ChangesQuery,
  DocumentKind,
  NewAuditRecord,
  RestoredState,
  SequenceSpan,
  Store,
  StoredDocument,
  StoredNode,
  StoredObservation,
  StoredOnboarding,
  StoredStock,
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
  readonly onboardingsByNode: Map<string, StoredOnboarding> = new Map();
  readonly documentsByKind: Map<DocumentKind, Map<string, StoredDocument>> = new Map();
  /** In the order in which they were written. */
  readonly audit: AuditRecord[] = [];
  /** Where backups were asked for; nothing is written there. */
  readonly backups: string[] = [];
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

  async saveStock({ inventories, changes }: StoredStock): Promise<void> {
    await this.#pass();
    for (const inventory of inventories) this.inventories.set(inventory.node, inventory);
    for (const change of changes) this.changes.push({ id: this.changes.length + 1, ...change });
  }

  async saveNodes(nodes: readonly StoredNode[]): Promise<void> {
    await this.#pass();
    for (const node of nodes) this.nodes.set(node.name, node);
  }

  async forgetNode(name: string): Promise<void> {
    await this.#pass();
    this.nodes.delete(name);
    this.inventories.delete(name);
    this.onboardingsByNode.delete(name);
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
      .filter((finding) => options.id === undefined || finding.id === options.id)
      .filter((finding) => options.resolved === undefined || finding.state === "resolved")
      .toSorted((a, b) => b.pendingSince.localeCompare(a.pendingSince))
      .slice(0, options.limit);
  }

  async listChanges({ node, before, limit }: ChangesQuery): Promise<readonly Change[]> {
    return newestFirst(
      this.changes.filter((change) => node === undefined || change.node === node),
      before,
    ).slice(0, limit);
  }

  async appendAudit(records: readonly NewAuditRecord[]): Promise<void> {
    await this.#pass();
    for (const record of records) this.audit.push({ id: this.audit.length + 1, ...record });
  }

  async listAudit({ node, id, before, limit }: AuditQuery): Promise<readonly AuditRecord[]> {
    if (id !== undefined) return this.audit.filter((record) => record.id === id);
    const isOfNode = ({ actor, target }: AuditRecord): boolean =>
      node === undefined || (actor.kind === "agent" && actor.name === node) || (target.kind === "node" && target.name === node);
    return newestFirst(this.audit.filter(isOfNode), before).slice(0, limit);
  }

  async saveOnboardings(onboardings: readonly StoredOnboarding[]): Promise<void> {
    await this.#pass();
    for (const onboarding of onboardings) this.onboardingsByNode.set(onboarding.node, onboarding);
  }

  async onboardings(): Promise<readonly StoredOnboarding[]> {
    return [...this.onboardingsByNode.values()];
  }

  async saveDocuments(kind: DocumentKind, put: readonly StoredDocument[], removed: readonly string[]): Promise<void> {
    await this.#pass();
    const ofKind = this.documentsByKind.get(kind) ?? new Map<string, StoredDocument>();
    for (const id of removed) ofKind.delete(id);
    for (const document of put) ofKind.set(document.id, structuredClone(document));
    this.documentsByKind.set(kind, ofKind);
  }

  async documents(kind: DocumentKind): Promise<readonly StoredDocument[]> {
    return [...(this.documentsByKind.get(kind)?.values() ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
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

  async backup(file: string): Promise<{ readonly file: string; readonly bytes: number }> {
    await this.#pass();
    this.backups.push(file);
    return { file, bytes: 0 };
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

function newestFirst<Row extends { readonly at: string; readonly id: number }>(
  rows: readonly Row[],
  before: { readonly atMs: number; readonly id: number } | undefined,
): readonly Row[] {
  const order = ({ at, id }: Row): readonly [number, number] => [Date.parse(at), id];
  return rows
    .filter((row) => before === undefined || isBefore(order(row), [before.atMs, before.id]))
    .toSorted((a, b) => (isBefore(order(a), order(b)) ? 1 : -1));
}

function isBefore([atMs, id]: readonly [number, number], [otherAtMs, otherId]: readonly [number, number]): boolean {
  return atMs < otherAtMs || (atMs === otherAtMs && id < otherId);
}
