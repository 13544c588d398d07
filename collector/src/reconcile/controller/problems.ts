/** What is wrong with writing, in sentences for people: alike ones together, and no more of them than somebody reads. Pure. */
import { isOver } from "./fights.ts";
import type { ObjectRecord } from "./object-memory.ts";

const maximumProblems = 20;
/** So many conflicts in a row are no chance any more: somebody writes the object all the time. */
const toleratedConflicts = 10;

/** Whether the last writes of an object did not succeed, and not by chance. */
export function isFailing({ retry }: Pick<ObjectRecord, "retry">): boolean {
  return retry !== undefined && (retry.kind !== "conflict" || retry.count >= toleratedConflicts);
}

/** All that is wrong with these objects. */
export function problemsOf(records: Iterable<ObjectRecord>, monotonicMs: number): readonly string[] {
  const objects = new Set<string>();
  const failing = new Map<string, { readonly first: string; count: number; readonly noun: string }>();
  const fights: string[] = [];
  for (const record of records) {
    const { key, retry, reconciler } = record;
    if (retry !== undefined && isFailing(record)) {
      const alike = `${reconciler.name} ${withoutNames(retry.text, key)}`;
      const known = failing.get(alike) ?? { first: `${key}: ${retry.text}`, count: 0, noun: reconciler.noun };
      failing.set(alike, { ...known, count: known.count + 1 });
    }
    if (record.problem !== undefined) objects.add(`${key}: ${record.problem}`);
    for (const [item, fight] of record.fights) {
      if (fight.level === 0 || isOver(fight, monotonicMs)) continue;
      fights.push(
        `${fight.manager} undoes the ${reconciler.noun} ${item} of ${key} each time: it is written less and less often`,
      );
    }
  }
  const failures = [...failing.values()].map(({ first, count, noun }) => {
    const others = count === 1 ? "" : ` (and ${count - 1} more ${count === 2 ? "node" : "nodes"})`;
    return `a ${noun} cannot be written on ${first}${others}`;
  });
  const all = [...failures, ...objects, ...fights];
  if (all.length <= maximumProblems) return all;
  return [...all.slice(0, maximumProblems), `and ${all.length - maximumProblems} more`];
}

function withoutNames(text: string, key: string): string {
  return text.replaceAll(key, "");
}
