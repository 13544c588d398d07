/** Whether who asks may do what is asked. */
import { AppError } from "@nodekeeper/shared";
import { allows, type Scope } from "../../identity/scope.ts";
import type { Principal } from "./principal.ts";

/** What a route needs: a right; `identified`: to know who asks, whatever that one may do; `anyone`: nothing. */
export type Access = Scope | "identified" | "anyone";

/** Throws FORBIDDEN, naming the right that is needed. */
export function authorize({ kind, name, scopes }: Principal, access: Access): void {
  if (access === "anyone" || access === "identified" || allows(scopes, access)) return;
  throw new AppError("FORBIDDEN", `this needs the right "${access}", and ${whoHas(kind, name, [...scopes])}`);
}

function whoHas(kind: Principal["kind"], name: string, scopes: readonly Scope[]): string {
  if (kind === "local") {
    return "whoever asks by the loopback listener may only read: use the admin socket, or an API token";
  }
  const who = kind === "token" ? `the token "${name}"` : name;
  return scopes.length === 0 ? `${who} is in no group that has any right` : `${who} has ${scopes.join(", ")}`;
}
