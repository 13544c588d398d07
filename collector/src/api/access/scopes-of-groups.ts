/** What a person may, by the groups that the login tells. */
import type { Scope } from "../../identity/scope.ts";

/** Which groups may what. */
export interface GroupRights {
  /** Who may read. Empty: everybody who is logged in. */
  readonly viewers: readonly string[];
  /** Who may do everything. */
  readonly admins: readonly string[];
}

/** The rights: none where the person is in no group that has any. */
export function scopesOfGroups(groups: readonly string[], { viewers, admins }: GroupRights): ReadonlySet<Scope> {
  if (groups.some((group) => admins.includes(group))) return new Set(["admin"]);
  const isViewer = viewers.length === 0 || groups.some((group) => viewers.includes(group));
  return new Set(isViewer ? ["read"] : []);
}
