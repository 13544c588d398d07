/** The nodes of the fleet. Only those that changed, or that grew old by themselves, are made anew. */
import type { Finding } from "@nodekeeper/shared/api";
import type { NodeState } from "../../state/node-state.ts";
import { createDeparted } from "./departed.ts";
import { type FleetEntry, makeEntry } from "./fleet-entry.ts";

/** What a refresh looks at. */
export interface NodesRefresh {
  readonly nodes: readonly NodeState[];
  /** Names of nodes whose findings changed. */
  readonly dueNames: ReadonlySet<string>;
  readonly ofNode: (name: string) => readonly Finding[];
  readonly nowMs: number;
  /** The version to come, if anything changed. */
  readonly version: number;
}

/** The nodes. */
export interface FleetNodes {
  /** Version at which the list last changed. */
  readonly changedVersion: number;
  /** When the first of them grows old by itself. */
  readonly nextChangeAtMs: number;
  /** Deltas can be told from this version on. */
  readonly horizon: number;
  /** Takes in the present nodes; true when anything that is shown of any may have changed. */
  refresh(refresh: NodesRefresh): boolean;
  entry(name: string): FleetEntry | undefined;
  /** By name. */
  entries(): readonly FleetEntry[];
  changedSince(version: number): readonly FleetEntry[];
  removedSince(version: number): readonly string[];
}

/** No nodes yet. `departedCapacity` removed ones are remembered for clients that resume. */
export function createFleetNodes(departedCapacity: number): FleetNodes {
  const entries = new Map<string, FleetEntry>();
  const departed = createDeparted<string>(departedCapacity);
  let sortedNames: readonly string[] | undefined;
  let changedVersion = 0;
  let nextChangeAtMs = 0;
  let refreshedAtMs = 0;

  function removeMissing(nodes: readonly NodeState[], version: number): boolean {
    if (entries.size === nodes.length) return false;
    const present = new Set(nodes.map((node) => node.name));
    for (const name of [...entries.keys()]) {
      if (present.has(name)) continue;
      entries.delete(name);
      departed.add(name, name, version);
    }
    changedVersion = version;
    sortedNames = undefined;
    return true;
  }

  return {
    get changedVersion() {
      return changedVersion;
    },
    get nextChangeAtMs() {
      return nextChangeAtMs;
    },
    get horizon() {
      return departed.horizon;
    },
    refresh({ nodes, dueNames, ofNode, nowMs, version }) {
      const isWallBack = nowMs < refreshedAtMs; // ages were judged by a clock that was wrong: all of them anew
      refreshedAtMs = nowMs;
      nextChangeAtMs = Number.POSITIVE_INFINITY;
      let isTouched = false;
      for (const node of nodes) {
        let entry = entries.get(node.name);
        if (
          entry === undefined ||
          entry.node !== node ||
          entry.nextChangeAtMs <= nowMs ||
          isWallBack ||
          dueNames.has(node.name)
        ) {
          if (entry === undefined) {
            departed.remove(node.name);
            sortedNames = undefined;
          }
          entry = makeEntry(entry, node, ofNode(node.name), nowMs, version);
          entries.set(node.name, entry);
          if (entry.changedVersion === version) changedVersion = version;
          isTouched = true;
        }
        nextChangeAtMs = Math.min(nextChangeAtMs, entry.nextChangeAtMs);
      }
      return removeMissing(nodes, version) || isTouched;
    },
    entry: (name) => entries.get(name),
    entries() {
      sortedNames ??= [...entries.keys()].sort();
      return sortedNames.flatMap((name) => entries.get(name) ?? []);
    },
    changedSince: (version) => [...entries.values()].filter((entry) => entry.changedVersion > version),
    removedSince: (version) => departed.since(version),
  };
}
