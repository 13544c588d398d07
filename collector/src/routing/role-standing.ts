/** Whether requests of a role may go to a server at all, whatever the model, and why not. Pure. */
import type { Backend, Role } from "./backend.ts";

/**
 * kept: somebody keeps its GPU. down: it does not answer us. unknown: it was not asked often enough yet, or answers late. no-address: nobody said where it
 * is. undecided: a fact that the policy asks for is not known.
 */
export type RoleStanding = "serving" | "kept" | "down" | "unknown" | "no-address" | "undecided";

/** All of them. */
export const roleStandings: readonly RoleStanding[] = ["serving", "kept", "down", "unknown", "no-address", "undecided"];

/** Undefined where the policy has it for other requests, or for none. */
export function roleStanding({ url, reach, roles, reservation }: Backend, role: Role): RoleStanding | undefined {
  const { word } = roles[role];
  if (word === "no") return undefined;
  if (word === "undecided") return "undecided";
  if (url === undefined) return "no-address";
  if (reach.kind !== "up") return reach.kind;
  return reservation === undefined ? "serving" : "kept";
}
