/** Findings, each with its consequences under it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Deciding } from "./deciding.ts";
import { FindingCard } from "./finding-card.tsx";
import type { FindingGroup } from "./group-findings.ts";

/** Cards beyond this are shown on request. */
const shownAtOnce = 50;

/** The list, in the order that is given. */
export function FindingList(props: {
  readonly groups: readonly FindingGroup[];
  readonly nowMs: number;
  readonly isNodeNamed: boolean;
  readonly deciding: Deciding;
}): JSX.Element {
  const { groups, nowMs, isNodeNamed, deciding } = props;
  const [limit, setLimit] = useState(shownAtOnce);
  return (
    <>
      <ul class="findings">
        {groups.slice(0, limit).map((group) => (
          <FindingCard key={group.finding.id} group={group} nowMs={nowMs} isNodeNamed={isNodeNamed} deciding={deciding} />
        ))}
      </ul>
      {groups.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + shownAtOnce)}>
          Show more of {groups.length.toLocaleString("en")}
        </button>
      )}
    </>
  );
}
