/** Who asks, once that is known. */
import type { AuditRecord } from "@nodekeeper/shared/api";
import type { Scope } from "../../identity/scope.ts";

/** Somebody with rights. */
export interface Principal {
  /** local: whoever can reach a door that only this machine has; nobody: no proof was asked for. */
  readonly kind: "user" | "token" | "local" | "nobody";
  /** Of the person or the token; empty for nobody. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Whether a browser adds the proof by itself, so that a page of another site could have made it ask. */
  readonly isBrowserBorne: boolean;
  /** Of the token; undefined for all others. */
  readonly tokenId?: string;
  /** When the proof is past its time (ms, the collector's clock); undefined: never. */
  readonly expiresAtMs?: number;
}

/** For routes that ask for no proof. */
export const nobody: Principal = { kind: "nobody", name: "", scopes: new Set(), isBrowserBorne: false };

/** Whoever reaches the loopback door may read. */
export const localViewer: Principal = { kind: "local", name: "local", scopes: new Set(["read"]), isBrowserBorne: false };

/** Whoever may open the admin socket may do everything. */
export const localAdmin: Principal = { kind: "local", name: "local", scopes: new Set(["admin"]), isBrowserBorne: false };

/** The same as the audit writes it. Who did not prove anything has no name there. */
export function actorOf({ kind, name }: Principal): AuditRecord["actor"] {
  return { kind: kind === "nobody" ? "user" : kind, name };
}

/** What requests are counted by: tokens of one name are not one. */
export function limitKeyOf({ kind, name, tokenId }: Principal, address: string): string {
  return kind === "nobody" ? `address ${address}` : `${kind} ${tokenId ?? name}`;
}
