/** Finds the node that a request names. */
import { AppError, inWords, nearest } from "@nodekeeper/shared";
import type { NodeState } from "../state/node-state.ts";
import type { FleetEntry } from "./fleet/fleet-entry.ts";
import type { RouteContext } from "./route.ts";

/** The node, or NOT_FOUND with the name that was probably meant. */
export function requireNode(state: RouteContext["state"], name: string): NodeState {
  const node = state.node(name);
  if (node !== undefined) return node;
  const names = state.nodes().map((known) => known.name);
  if (names.length === 0) throw new AppError("NOT_FOUND", `no node is called "${name}": no agent has reported yet`);
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? `known are ${inWords(names)}` : `did you mean "${suggestion}"?`;
  throw new AppError("NOT_FOUND", `no node is called "${name}"; ${hint}`);
}

/** The same as the fleet has it now. */
export function requireEntry({ fleet, state }: Pick<RouteContext, "fleet" | "state">, name: string): FleetEntry {
  fleet.refresh();
  const entry = fleet.entry(name);
  if (entry !== undefined) return entry;
  requireNode(state, name);
  throw new AppError("INTERNAL", `the fleet does not have the node ${name}, which the state has`);
}
