/** Details of the nodes that are looked at, as JSON: made once a change, for all who look. */
import type { NodeDetail } from "@nodekeeper/shared/api";
import type { FleetEntry } from "./fleet-entry.ts";

/** The cache. */
export interface DetailCache {
  json(entry: FleetEntry): string;
}

/** Details that are kept, those looked at last; a detail is some ten to a hundred kB. */
const capacity = 64;

/** A cache in front of the function that makes a detail. */
export function createDetailCache(make: (entry: FleetEntry) => NodeDetail): DetailCache {
  const held = new Map<string, { readonly touchedVersion: number; readonly json: string }>();

  return {
    json(entry) {
      const { name } = entry.node;
      const known = held.get(name);
      const item =
        known?.touchedVersion === entry.touchedVersion
          ? known
          : { touchedVersion: entry.touchedVersion, json: JSON.stringify(make(entry)) };
      held.delete(name); // the order is that of looking
      held.set(name, item);
      const oldest = held.keys().next().value;
      if (held.size > capacity && oldest !== undefined) held.delete(oldest);
      return item.json;
    },
  };
}
