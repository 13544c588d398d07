/** The fleet: how many are well, what is wrong, and every node. */
import type { Finding, NodeStatus, NodeSummary, NotificationOverview, ReconcileOverview } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { SearchBox } from "../choices.tsx";
import { useNowMs } from "../clock.ts";
import { WritingBanner } from "../cluster/writing-banner.tsx";
import { countBy } from "../count-by.ts";
import type { Deciding } from "../findings/deciding.ts";
import { FindingCard } from "../findings/finding-card.tsx";
import { isLoud, shelfOf } from "../findings/finding-filter.ts";
import { groupFindings } from "../findings/group-findings.ts";
import type { LiveState } from "../live/connection.ts";
import { linkTo, pages, useChoices } from "../route.ts";
import { AsideBanner } from "./aside-banner.tsx";
import { NodeCard } from "./node-card.tsx";

const order: readonly NodeStatus[] = ["failed", "unknown", "degraded", "asleep", "ok"];
/** Cards beyond this are shown on request: a browser is slow with thousands. */
const shownAtOnce = 200;
/** Findings before one scrolls too far to the nodes. */
const findingsAtOnce = 6;

/** The page. */
export function FleetPage(props: {
  readonly live: LiveState;
  readonly overview: ReconcileOverview | undefined;
  readonly notifications: NotificationOverview | undefined;
  readonly deciding: Deciding;
}): JSX.Element {
  const { picture } = props.live;
  const { overview, notifications, deciding } = props;
  const now = useNowMs();
  const [choices, choose] = useChoices();
  const nodes = useMemo(() => sortNodes([...(picture?.nodes.values() ?? [])]), [picture?.nodes]);
  const counts = useMemo(() => countBy(nodes, (node) => node.status), [nodes]);
  if (picture === undefined) return <p class="empty">Waiting for the collector …</p>;
  if (nodes.length === 0)
    return <p class="empty">No machine has reported yet. An agent that starts now appears here within seconds.</p>;
  const status = order.find((each) => each === choices.get("status")) ?? "";
  const words = choices.get("words") ?? "";
  return (
    <>
      <section class="tally" aria-label="Nodes by status">
        {order.map((each) => (
          <Tally
            key={each}
            status={each}
            count={counts.get(each) ?? 0}
            isChosen={each === status}
            onChoose={() => choose({ status: each === status ? "" : each })}
          />
        ))}
        {nodes.length > 5 && <SearchBox label="Search nodes" words={words} onChange={(typed) => choose({ words: typed })} />}
      </section>
      <AsideBanner notifications={notifications} deciding={deciding} nowMs={now} />
      <WritingBanner overview={overview} />
      {status === "" && words === "" && <Loudest findings={picture.findings} nowMs={now} deciding={deciding} />}
      <NodeList nodes={nodes} status={status} words={words} nowMs={now} />
    </>
  );
}

/** What wants somebody; the rest is on a page of its own. */
function Loudest(props: {
  readonly findings: ReadonlyMap<string, Finding>;
  readonly nowMs: number;
  readonly deciding: Deciding;
}): JSX.Element | null {
  const { findings, nowMs, deciding } = props;
  const { shown, loudCount, quietCount, asideCount } = useMemo(() => {
    const groups = groupFindings([...findings.values()]);
    const shelves = countBy(groups, ({ finding }) => shelfOf(finding));
    const loud = groups.filter(({ finding }) => isLoud(finding));
    return {
      ...{ shown: loud.slice(0, findingsAtOnce), loudCount: loud.length },
      ...{ quietCount: shelves.get("quiet") ?? 0, asideCount: shelves.get("aside") ?? 0 },
    };
  }, [findings]);
  const links = [
    ...(loudCount > shown.length ? [{ text: `All ${loudCount.toLocaleString("en")} findings`, href: pages.findings }] : []),
    ...(quietCount > 0
      ? [{ text: `${quietCount.toLocaleString("en")} muted`, href: linkTo("findings", { show: "quiet" }) }]
      : []),
    ...(asideCount > 0
      ? [{ text: `${asideCount.toLocaleString("en")} set aside`, href: linkTo("findings", { show: "aside" }) }]
      : []),
  ];
  if (loudCount + links.length === 0) return null;
  return (
    <section>
      {loudCount > 0 && (
        <>
          <h2>What is wrong</h2>
          <ul class="findings">
            {shown.map((group) => (
              <FindingCard key={group.finding.id} group={group} nowMs={nowMs} isNodeNamed deciding={deciding} />
            ))}
          </ul>
        </>
      )}
      <p class="quiet more-links">
        {links.map(({ text, href }) => (
          <a key={href} href={href}>
            {text}
          </a>
        ))}
      </p>
    </section>
  );
}

function NodeList(props: {
  readonly nodes: readonly NodeSummary[];
  readonly status: NodeStatus | "";
  readonly words: string;
  readonly nowMs: number;
}): JSX.Element {
  const { nodes, status, words, nowMs } = props;
  const [limit, setLimit] = useState(shownAtOnce);
  const isProofTold = useMemo(() => nodes.some((node) => node.proof === "proven"), [nodes]);
  const found = useMemo(
    () => nodes.filter((node) => (status === "" || node.status === status) && matches(node, words)),
    [nodes, status, words],
  );
  return (
    <section>
      <h2>Nodes</h2>
      <div class="cards">
        {found.slice(0, limit).map((node) => (
          <NodeCard key={node.name} node={node} nowMs={nowMs} isProofTold={isProofTold} />
        ))}
      </div>
      {found.length === 0 && <p class="empty">No node matches.</p>}
      {found.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + shownAtOnce)}>
          Show more of {found.length.toLocaleString("en")}
        </button>
      )}
    </section>
  );
}

/** How many there are; pressed, only these are shown. */
function Tally(props: {
  readonly status: NodeStatus;
  readonly count: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}): JSX.Element {
  const { status, count, isChosen, onChoose } = props;
  return (
    <button
      type="button"
      class={`tally-item ${count === 0 ? "none" : status}`}
      aria-pressed={isChosen}
      disabled={count === 0 && !isChosen}
      onClick={onChoose}
    >
      <strong>{count.toLocaleString("en")}</strong> {status}
    </button>
  );
}

function sortNodes(nodes: NodeSummary[]): readonly NodeSummary[] {
  return nodes.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || a.name.localeCompare(b.name));
}

function matches(node: NodeSummary, query: string): boolean {
  const gpus = (node.gpus ?? []).map(({ name, verdict }) => `${name} ${verdict}`);
  const text = [node.name, node.status, node.operatingSystem, node.board, node.cpuModel, node.architecture, ...gpus]
    .join(" ")
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
