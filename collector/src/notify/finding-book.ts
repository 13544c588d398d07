/** The open findings by what stays the same when they come again, and the last word about those that ended. */
import type { Finding } from "@nodekeeper/shared/api";
import type { Findings } from "../evaluate/findings.ts";
import { keyOf } from "./notice.ts";

/** The book. Disposing it ends the listening. */
export interface FindingBook extends Disposable {
  keys(): Iterable<string>;
  /** The open one. */
  open(key: string): Finding | undefined;
  /** The open one of this id. */
  openById(findingId: string): Finding | undefined;
  /** How one ended; undefined: nobody knows any more. */
  ended(findingId: string): Finding | undefined;
}

/** So many endings are remembered until they are told. */
const maximumEnded = 5_000;

/** Opens it with what is open now; `resolved` are those that ended before. Calls back with the keys of what is to be looked at. */
export function openFindingBook(
  findings: Pick<Findings, "all" | "subscribe">,
  resolved: readonly Finding[],
  onChanged: (keys: readonly string[]) => void,
): FindingBook {
  const open = new Map(findings.all().map((finding) => [keyOf(finding), finding]));
  const byId = new Map([...open.values()].map((finding) => [finding.id, finding]));
  const ended = new Map(resolved.map((finding) => [finding.id, finding]));
  const subscription = findings.subscribe((changed) => {
    const moved = new Set(changed.filter(isOtherSeverity).map(({ id }) => id));
    for (const finding of changed) note(finding);
    onChanged([...changed, ...consequencesOf(moved)].map(keyOf));
  });

  function isOtherSeverity({ id, severity }: Finding): boolean {
    return (byId.get(id)?.severity ?? severity) !== severity;
  }

  /** They stay as they are, but whether their cause tells them depends on how loud it is. */
  function consequencesOf(causes: ReadonlySet<string>): readonly Finding[] {
    if (causes.size === 0) return [];
    return [...open.values()].filter(({ suppressedBy }) => suppressedBy !== undefined && causes.has(suppressedBy));
  }

  function note(finding: Finding): void {
    const key = keyOf(finding);
    if (finding.state !== "resolved") {
      open.set(key, finding);
      byId.set(finding.id, finding);
      return;
    }
    byId.delete(finding.id);
    if (open.get(key)?.id === finding.id) open.delete(key); // another one may have come since
    ended.set(finding.id, finding);
    const [oldest] = ended.keys();
    if (ended.size > maximumEnded && oldest !== undefined) ended.delete(oldest);
  }

  return {
    keys: () => open.keys(),
    open: (key) => open.get(key),
    openById: (findingId) => byId.get(findingId),
    ended: (findingId) => ended.get(findingId),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
