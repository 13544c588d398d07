/** What is over: asked of the collector, which remembers more than the page. */
import type { FindingList as FindingPage } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useAsked } from "../cluster/use-asked.ts";
import { useLast } from "../use-last.ts";
import { useSettled } from "../use-settled.ts";
import type { Deciding } from "./deciding.ts";
import { FindingCard } from "./finding-card.tsx";
import type { FindingFilter } from "./finding-filter.ts";

const shownAtOnce = 50;

/** The newest first. */
export function ResolvedFindings(props: {
  readonly filter: FindingFilter;
  readonly nowMs: number;
  readonly deciding: Deciding;
}): JSX.Element {
  const { filter, nowMs, deciding } = props;
  const [limit, setLimit] = useState(shownAtOnce);
  const path = useSettled(pathOf(filter, limit));
  const asked = useAsked<FindingPage>(path);
  const list = useLast(asked.body);
  if (asked.trouble !== "") return <p class="bad">{asked.trouble}</p>;
  if (list === undefined) return <p class="empty">Waiting for the collector …</p>;
  if (list.findings.length === 0) return <p class="empty">Nothing that matches was ever over.</p>;
  const newest = [...list.findings].sort((a, b) => (b.resolvedAt ?? "").localeCompare(a.resolvedAt ?? ""));
  return (
    <>
      <ul class="findings">
        {newest.map((finding) => (
          <FindingCard
            key={`${finding.id} ${finding.pendingSince}`}
            group={{ finding, consequences: [] }}
            nowMs={nowMs}
            isNodeNamed
            deciding={deciding}
          />
        ))}
      </ul>
      {list.hasMore === true && (
        <button type="button" class="more" onClick={() => setLimit(limit * 2)}>
          Show more
        </button>
      )}
    </>
  );
}

/** Of the cluster as a whole there is no node to ask for. */
function pathOf({ severity, node, rule, words }: FindingFilter, limit: number): string {
  const query = new URLSearchParams({ state: "resolved", limit: String(limit) });
  const wanted = { severity, node: node === "-" ? "" : node, rule, q: words.trim() };
  for (const [name, value] of Object.entries(wanted)) if (value !== "") query.set(name, value);
  return `api/v1/findings?${query}`;
}
