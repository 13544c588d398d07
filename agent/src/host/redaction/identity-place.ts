/** A place where a host says who it is, as data. */
import type { IdentityKind } from "./identity-kind.ts";
import type { Alphabet } from "./scramble.ts";

/** A place; the group `value` of the pattern is what stands there. */
export interface IdentityPlace {
  readonly kind: IdentityKind;
  /** Host paths, or `command <name>` for what a program printed or a service answered. */
  readonly files: RegExp;
  /** Global; with a group called `value`. */
  readonly pattern: RegExp;
  readonly alphabet?: Alphabet;
  /** True for names: they count only as whole words. */
  readonly isWord?: boolean;
}
