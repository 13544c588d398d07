/** What may tell whose machine a recording is of. */

/** A kind of value that is replaced, as the count names it. */
export type IdentityKind =
  | "serial numbers"
  | "identifiers"
  | "MAC addresses"
  | "IP addresses"
  | "host names"
  | "user names"
  | "mount sources";

/** Every kind, in the order in which they are counted out. */
export const identityKinds: readonly IdentityKind[] = [
  "serial numbers",
  "identifiers",
  "MAC addresses",
  "IP addresses",
  "host names",
  "user names",
  "mount sources",
];
