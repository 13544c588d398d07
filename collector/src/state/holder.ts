/** The only mutable thing of the state: which immutable picture of each node is the present one. */
import type { StateEvent } from "./event.ts";
import type { NodeState } from "./node-state.ts";
import { reduce } from "./reduce.ts";

/** Holds the present state and tells listeners of changes. */
export interface StateHolder {
  /** Grows by one with each change. */
  readonly version: number;
  /** A node, or undefined when none of that name was ever seen. */
  node(name: string): NodeState | undefined;
  /** All nodes, in the order in which they were first seen. The array is a snapshot. */
  nodes(): readonly NodeState[];
  /** Reduces one event; the cost does not depend on the number of nodes. */
  apply(event: StateEvent): void;
  /** Calls the listener at most once per turn of the event loop, with the names of the nodes that changed since its last call. */
  subscribe(listener: (changedNodes: readonly string[]) => void): Disposable;
}

/** A holder that begins with these nodes. */
export function createStateHolder(initial: readonly NodeState[]): StateHolder {
  const byName = new Map(initial.map((node) => [node.name, node]));
  const listeners = new Set<(changedNodes: readonly string[]) => void>();
  const changed = new Set<string>();
  let version = 0;
  let snapshot: readonly NodeState[] | undefined;

  function notify(): void {
    const names = [...changed];
    changed.clear();
    for (const listener of listeners) listener(names);
  }

  return {
    get version() {
      return version;
    },
    node: (name) => byName.get(name),
    nodes() {
      snapshot ??= [...byName.values()];
      return snapshot;
    },
    apply(event) {
      const before = byName.get(event.node);
      const after = reduce(before, event);
      if (after === before) return;
      if (after === undefined) byName.delete(event.node);
      else byName.set(event.node, after);
      version += 1;
      snapshot = undefined;
      if (changed.size === 0) setImmediate(notify);
      changed.add(event.node);
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
