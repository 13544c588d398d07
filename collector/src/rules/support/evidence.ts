/** Evidence of a finding, from facts by name. */
import type { Evidence } from "@nodekeeper/shared/api";

/** A fact as rules hold it: the wire has 64-bit counters, and undefined for what is unknown. */
export type Fact = number | bigint | string | boolean | undefined;

/**
 * The facts that are known, in their order, each with the time when they were read. A counter beyond 2⁵³ is written as text, so that no
 * digit is lost.
 */
export function evidenceOf(facts: Readonly<Record<string, Fact>>, readAtMs: number): readonly Evidence[] {
  const observedAt = new Date(readAtMs).toISOString();
  return Object.entries(facts).flatMap(([name, fact]) => {
    const value = plain(fact);
    return value === undefined ? [] : [{ name, value, observedAt }];
  });
}

function plain(fact: Fact): Evidence["value"] | undefined {
  if (typeof fact === "bigint") return fact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(fact) : String(fact);
  return fact === "" || Number.isNaN(fact) ? undefined : fact;
}
