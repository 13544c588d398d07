/** The verdicts on all nodes under a version that grows when one of them changes: numbers that come with each word of a node are no change here. */
import type { NodeVerdict } from "@nodekeeper/proto/health";
import type { HealthLine } from "@nodekeeper/shared/api";
import { createDeparted } from "../fleet/departed.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { FleetEntry } from "../fleet/fleet-entry.ts";
import { type HealthFindings, healthLineOf } from "../health-of.ts";
import { verdictMessage } from "./health-messages.ts";

/** What changed after a version. */
export interface VerdictChanges {
  readonly nodes: readonly NodeVerdict[];
  readonly removedNodes: readonly string[];
}

/** The verdicts. */
export interface VerdictFeed {
  readonly version: number;
  /** Takes in what has happened until now. */
  refresh(): void;
  /** By name. */
  all(): readonly NodeVerdict[];
  /** Undefined when the version lies too far back. */
  changesSince(version: number): VerdictChanges | undefined;
}

/** A verdict as it was told. */
interface Told {
  /** What makes another verdict of it; that something was heard since does not. */
  readonly mark: string;
  readonly message: NodeVerdict;
  readonly version: number;
}

/** Retired nodes that are remembered for clients that are behind. */
const departedCapacity = 4096;

/** Follows the fleet. */
export function createVerdictFeed(fleet: Fleet, findings: HealthFindings): VerdictFeed {
  const told = new Map<string, Told>();
  const departed = createDeparted<string>(departedCapacity);
  let version = 0;
  let seen: number | undefined;

  /** True when it is another one than before. */
  function take(entry: FleetEntry, next: number): boolean {
    const line = healthLineOf(entry, findings);
    const mark = markOf(line);
    const known = told.get(line.node);
    if (known?.mark === mark) return false;
    if (known === undefined) departed.remove(line.node);
    told.set(line.node, { mark, message: verdictMessage(line), version: next });
    return true;
  }

  function remove(name: string, next: number): boolean {
    if (!told.delete(name)) return false;
    departed.add(name, name, next);
    return true;
  }

  return {
    get version() {
      return version;
    },
    refresh() {
      fleet.refresh();
      if (fleet.version === seen) return;
      const changes = seen === undefined ? undefined : fleet.changesSince(seen);
      seen = fleet.version;
      const next = version + 1;
      const gone = changes?.removedNodes ?? [...told.keys()].filter((name) => fleet.entry(name) === undefined);
      const hasGone = gone.filter((name) => fleet.entry(name) === undefined && remove(name, next)).length > 0;
      const hasNew = (changes?.nodes ?? fleet.entries()).filter((entry) => take(entry, next)).length > 0;
      if (hasGone || hasNew) version = next;
    },
    all: () => [...told.values()].map(({ message }) => message).sort((a, b) => (a.node < b.node ? -1 : 1)),
    changesSince(since) {
      if (since < departed.horizon) return undefined;
      return {
        nodes: [...told.values()].filter((each) => each.version > since).map(({ message }) => message),
        removedNodes: departed.since(since),
      };
    },
  };
}

function markOf({ lastContactAt: _, ...rest }: HealthLine): string {
  return JSON.stringify(rest);
}
