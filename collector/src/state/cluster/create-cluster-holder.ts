/** Holds what is known of the cluster's Nodes. The only mutable thing of it; as state/holder.ts is of what agents say. */
import type { ClusterHolder, ClusterKnowledge } from "./cluster-holder.ts";
import type { ClusterNode } from "./cluster-node.ts";

/** A holder that knows nothing yet. */
export function createClusterHolder(): ClusterHolder {
  let byName = new Map<string, ClusterNode>();
  const listeners = new Set<(changedNodes: readonly string[]) => void>();
  const changed = new Set<string>();
  let snapshot: readonly ClusterNode[] | undefined;
  let times: { readonly listedAtMs: number; readonly heardAtMs: number } | undefined;
  let problem: string | undefined;
  let version: string | undefined;

  return {
    get knowledge(): ClusterKnowledge {
      return times === undefined ? { kind: "unknown", problem } : { kind: "known", ...times, problem };
    },
    get version() {
      return version;
    },
    node: (name) => byName.get(name),
    nodes() {
      snapshot ??= [...byName.values()];
      return snapshot;
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    replaceAll(nodes, atMs) {
      const before = byName;
      byName = new Map(nodes.map((node) => [node.name, newerOf(before.get(node.name), node)]));
      for (const [name, node] of byName) if (before.get(name) !== node) change(name);
      for (const name of before.keys()) if (!byName.has(name)) change(name);
      times = { listedAtMs: atMs, heardAtMs: atMs };
    },
    put(node, atMs) {
      heard(atMs);
      const before = byName.get(node.name);
      if (newerOf(before, node) === before) return;
      byName.set(node.name, node);
      change(node.name);
    },
    remove(name, atMs) {
      heard(atMs);
      if (byName.delete(name)) change(name);
    },
    heard,
    setVersion(next) {
      version = next;
    },
    setProblem(next) {
      problem = next;
    },
  };

  function heard(atMs: number): void {
    if (times !== undefined) times = { ...times, heardAtMs: atMs };
  }

  function change(name: string): void {
    snapshot = undefined;
    if (changed.size === 0) setImmediate(notify);
    changed.add(name);
  }

  function notify(): void {
    const names = [...changed];
    changed.clear();
    for (const listener of listeners) listener(names);
  }
}

/** The one before where nothing was written since: whoever holds it sees that it is the same. */
function newerOf(before: ClusterNode | undefined, node: ClusterNode): ClusterNode {
  return before?.resourceVersion === node.resourceVersion && before.uid === node.uid ? before : node;
}
