/**
 * A cluster of Nodes in memory, for tests of the controller: what is there (with resourceVersions and owners), what the collector's feed has of it, and
 * answers that go wrong on demand. The real API server is met in test/kubernetes.
 */
import type { AppError } from "@nodekeeper/shared";
import { AppError as Failure } from "@nodekeeper/shared";
import type { ClusterHolder } from "../../state/cluster/cluster-holder.ts";
import type { ClusterNode, FieldManager } from "../../state/cluster/cluster-node.ts";

/** How a write goes wrong: before it is done, or when it was done already. */
export interface Mishap {
  /** Undefined: nobody ever hears of it. */
  readonly error: AppError | undefined;
  readonly isDone: boolean;
}

/** A write of labels and of the ledger. Undefined takes a label away. */
export interface FakeWrite {
  readonly labels: ReadonlyMap<string, string | undefined>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The cluster. */
export class FakeNodes {
  readonly live: Map<string, ClusterNode> = new Map();
  /** Requests, e.g. "read neko", "write neko". */
  readonly requests: string[] = [];
  /** Writes that changed something, with who made them. */
  readonly writes: { readonly name: string; readonly manager: string; readonly write: FakeWrite }[] = [];
  /** Is told of each write before it is done. */
  onWrite: (manager: string, before: ClusterNode, write: FakeWrite) => void = () => undefined;
  /** While false, the collector hears nothing. */
  isFollowed = true;
  readonly #holder: ClusterHolder;
  readonly #nowMs: () => number;
  #version = 0;
  #mishaps: (Mishap | undefined)[] = [];
  #mood: AppError | undefined;
  #gate: Promise<void> | undefined;

  constructor(holder: ClusterHolder, nowMs: () => number) {
    this.#holder = holder;
    this.#nowMs = nowMs;
  }

  /** A Node; one that is there is made anew, under another uid. */
  add(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#version += 1;
    const kubelet = { ...noFields, name: "kubelet", labels: Object.keys(labels) };
    this.#keep({
      ...{ name, uid: `uid-${this.#version}`, resourceVersion: "", createdAtMs: this.#nowMs() },
      ...{ labels, annotations: {}, isCordoned: false, taints: [], conditions: [], addresses: [], managers: [kubelet] },
      info: { machineId: "", bootId: "", kubeletVersion: "v1.33.6" },
    });
  }

  remove(name: string): void {
    this.live.delete(name);
    if (this.isFollowed) this.#holder.remove(name, this.#nowMs());
  }

  /** Everything is told at once, as after a list. */
  list(): void {
    this.#holder.replaceAll([...this.live.values()], this.#nowMs());
  }

  node(name: string): ClusterNode {
    const node = this.live.get(name);
    if (node === undefined) throw new Error(`there is no Node ${name}`);
    return node;
  }

  labels(name: string): Readonly<Record<string, string>> {
    return this.node(name).labels;
  }

  /** Somebody else writes. */
  edit(name: string, labels: Readonly<Record<string, string | undefined>>, manager = "kubectl-label"): void {
    this.#write(name, manager, { labels: new Map(Object.entries(labels)), annotations: {} });
  }

  /** Somebody puts a Node in its place that has none of our traces. */
  forget(name: string): void {
    this.#keep({ ...this.node(name), labels: {}, annotations: {}, managers: [] });
  }

  cordon(name: string, isCordoned: boolean): void {
    this.#keep({ ...this.node(name), isCordoned });
  }

  pause(name: string, isPaused: boolean): void {
    this.#keep({ ...this.node(name), annotations: { ...this.node(name).annotations, "d/paused": String(isPaused) } });
  }

  /** What happens to the next writes, one after the other; undefined: nothing. */
  plan(...mishaps: readonly (Mishap | undefined)[]): void {
    this.#mishaps.push(...mishaps);
  }

  /** What was planned and did not happen yet, does not. */
  unplan(): void {
    this.#mishaps = [];
  }

  /** From now on every request fails so; undefined ends it. */
  fail(error: AppError | undefined): void {
    this.#mood = error;
  }

  /** Until the function it gives is called, every write waits before it is done. */
  block(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return () => {
      this.#gate = undefined;
      resolve();
    };
  }

  async read(name: string): Promise<ClusterNode | undefined> {
    this.requests.push(`read ${name}`);
    if (this.#mood !== undefined) throw this.#mood;
    return this.live.get(name);
  }

  /** Done only where the Node is still as it was read. */
  async write(name: string, before: Pick<ClusterNode, "uid" | "resourceVersion">, write: FakeWrite): Promise<void> {
    this.requests.push(`write ${name}`);
    await this.#gate;
    if (this.#mood !== undefined) throw this.#mood;
    const mishap = this.#mishaps.shift();
    if (mishap?.isDone === false) await failed(mishap);
    const now = this.live.get(name);
    if (now === undefined) throw new Failure("NOT_FOUND", `nodes "${name}" not found`);
    if (now.uid !== before.uid || now.resourceVersion !== before.resourceVersion)
      throw new Failure("CONFLICT", `the Node ${name} has been modified`);
    this.#write(name, "nodekeeper", write);
    if (mishap !== undefined) await failed(mishap);
  }

  #write(name: string, manager: string, write: FakeWrite): void {
    const node = this.node(name);
    const labels = { ...node.labels };
    let managers = node.managers;
    for (const [label, value] of write.labels) {
      const isSame = labels[label] === value;
      if (value === undefined) delete labels[label];
      else labels[label] = value;
      managers = managers.map((each) => (isSame && value !== undefined ? each : without(each, label)));
      if (value !== undefined) managers = withLabel(managers, manager, label, this.#nowMs());
    }
    this.onWrite(manager, node, write);
    this.writes.push({ name, manager, write });
    this.#keep({ ...node, labels, managers, annotations: { ...node.annotations, ...write.annotations } });
  }

  #keep(node: ClusterNode): void {
    this.#version += 1;
    const kept = { ...node, resourceVersion: `${this.#version}` };
    this.live.set(node.name, kept);
    if (this.isFollowed) this.#holder.put(kept, this.#nowMs());
  }
}

const noFields: FieldManager = {
  ...{ name: "", operation: "Update", subresource: "", atMs: undefined, labels: [], annotations: [], conditions: [] },
};

function failed({ error }: Mishap): Promise<never> {
  return error === undefined ? new Promise(() => undefined) : Promise.reject(error);
}

function without(manager: FieldManager, label: string): FieldManager {
  return { ...manager, labels: manager.labels.filter((each) => each !== label) };
}

function withLabel(managers: readonly FieldManager[], name: string, label: string, atMs: number): readonly FieldManager[] {
  const before = managers.find((each) => each.name === name) ?? { ...noFields, name };
  const after = { ...without(before, label), atMs, labels: [...without(before, label).labels, label] };
  return [...managers.filter((each) => each !== before), after];
}
