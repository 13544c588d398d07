/** What is remembered of subjects that a list, never whole, no longer has: so much, and no more. */

/** For each probe; a machine has fewer subjects of a kind that could be carried. */
export const maximumRemembered = 4_096;

/** Remembers a value as the newest. */
export function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
  memory.delete(key);
  memory.set(key, value);
}

/** Forgets the oldest beyond the bound. */
export function forgetOldest(memory: Map<string, unknown>): void {
  for (const key of memory.keys()) {
    if (memory.size <= maximumRemembered) return;
    memory.delete(key);
  }
}
