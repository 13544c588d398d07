/** The findings that are asked for, and a page of them. Open ones are taken from memory, where they are as they are now. */
import type { Finding, FindingList, FindingListQuery } from "@nodekeeper/shared/api";
import { createMatchesWords } from "../matches-words.ts";
import { pageOf } from "../page-of.ts";
import { loudnessKey } from "../present/finding-order.ts";
import type { RouteContext } from "../route.ts";

const defaultLimit = 1000;
/** The store is asked for this many at most; those that were resolved last come first. */
const maximumStored = 10_000;

/** Lists them. Throws STORE_FAILED where resolved ones are asked for and cannot be read. */
export async function listFindings(
  { findings, store }: Pick<RouteContext, "findings" | "store">,
  query: FindingListQuery,
): Promise<FindingList> {
  const { node, state = ["pending", "firing"], limit = defaultLimit, cursor } = query;
  const open = node === undefined ? findings.all() : findings.all().filter((finding) => finding.node === node);
  const resolved = state.includes("resolved") ? await resolvedOnes(store, query) : [];
  const isWanted = filterOf(query);
  const wanted = [...open, ...resolved].filter((finding) => state.includes(finding.state) && isWanted(finding));
  const { items, total, nextCursor } = pageOf(wanted, { list: "findings", keyOf: loudnessKey, limit, cursor });
  return { findings: [...items], total, ...(nextCursor === undefined ? {} : { hasMore: true, nextCursor }) };
}

function filterOf({ rule, severity, isSetAside, q }: FindingListQuery): (finding: Finding) => boolean {
  const matches = createMatchesWords(q);
  return (finding) =>
    (rule === undefined || rule.includes(finding.rule)) &&
    (severity === undefined || severity.includes(finding.severity)) &&
    (isSetAside === undefined || isSetAside === (finding.attention?.isSetAside ?? false)) &&
    matches([finding.rule, finding.title, finding.node, finding.subject.kind, finding.subject.id, finding.text]);
}

function resolvedOnes(store: Pick<RouteContext["store"], "listFindings">, query: FindingListQuery): Promise<readonly Finding[]> {
  const resolved = { fromMs: timeOf(query.since), untilMs: timeOf(query.until) };
  return store.listFindings({ node: query.node, includeResolved: true, limit: maximumStored, resolved });
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
