/** What one judge says: things that break, and what it could not tell. */
import type { BlastItem } from "@nodekeeper/shared/api";

/** It. */
export interface Judgement {
  readonly items: readonly BlastItem[];
  /** In words. */
  readonly unknown: readonly string[];
}

/** Nothing breaks, and nothing is unknown. */
export const nothing: Judgement = { items: [], unknown: [] };

/** Pairs of which the empty ones are left out. */
export function details(pairs: Readonly<Record<string, string>>): BlastItem["detail"] {
  return Object.entries(pairs)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => ({ name, value }));
}
