/** What somebody may do with the API. A route names the one right that it needs. */

/** A right. `admin` includes all others, `read` every other that reads. */
export type Scope = "read" | "health:read" | "gpu:read" | "metrics:read" | "admin";

/** All of them, with what each allows, for help and errors. */
export const scopes: Readonly<Record<Scope, string>> = {
  read: "read everything but the keys to the house",
  "health:read": "read the health of nodes, and findings",
  "gpu:read": "read which GPUs and models are available",
  "metrics:read": "read /metrics",
  admin: "everything: create and revoke tokens, approve what is written on the cluster, retire nodes, back up",
};

/** Whether somebody who has `granted` may do what needs `needed`. */
export function allows(granted: ReadonlySet<Scope>, needed: Scope): boolean {
  return granted.has("admin") || granted.has(needed) || (granted.has("read") && needed !== "admin");
}
