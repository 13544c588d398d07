/** What is wrong with a node; what nobody is told of and what somebody knows is counted, and folded. */
import type { Finding } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Deciding } from "../findings/deciding.ts";
import { shelfOf } from "../findings/finding-filter.ts";
import { FindingList } from "../findings/finding-list.tsx";
import { type FindingGroup, groupFindings } from "../findings/group-findings.ts";
import { linkTo } from "../route.ts";

/** Nothing where nothing was found. */
export function NodeFindings(props: {
  readonly node: string;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly nowMs: number;
  readonly deciding: Deciding;
}): JSX.Element {
  const { node, findings, nowMs, deciding } = props;
  const { open, others } = useMemo(() => {
    const groups = groupFindings([...findings.values()].filter((finding) => finding.node === node));
    const isOpen = ({ finding }: FindingGroup): boolean => shelfOf(finding) === "open";
    return { open: groups.filter(isOpen), others: groups.filter((group) => !isOpen(group)) };
  }, [findings, node]);
  const past = <a href={linkTo("findings", { node, show: "resolved" })}>What is over</a>;
  return (
    <section>
      {open.length > 0 && (
        <>
          <h2>What is wrong</h2>
          <FindingList groups={open} nowMs={nowMs} isNodeNamed={false} deciding={deciding} />
        </>
      )}
      {others.length > 0 && (
        <details class="card folded below">
          <summary>
            <h2>Muted or set aside</h2> <span class="quiet">{counted(others.length, "finding")}</span>
          </summary>
          <div class="below">
            <FindingList groups={others} nowMs={nowMs} isNodeNamed={false} deciding={deciding} />
          </div>
        </details>
      )}
      <p class="quiet">{past}</p>
    </section>
  );
}
