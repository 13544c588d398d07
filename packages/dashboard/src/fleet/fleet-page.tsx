/** The fleet: how many are well, what is wrong, and every node. */
import type { NodeStatus, NodeSummary } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useNowMs } from "../clock.ts";
import type { LiveState } from "../live/connection.ts";
import { FindingList } from "../status.tsx";
import { NodeCard } from "./node-card.tsx";

const order: readonly NodeStatus[] = ["failed", "unknown", "degraded", "ok"];
/** Cards beyond this are shown on request: a browser is slow with thousands. */
const shownAtOnce = 200;

/** The page. */
export function FleetPage(props: { readonly live: LiveState }): JSX.Element {
  const { picture } = props.live;
  const now = useNowMs();
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(shownAtOnce);
  const nodes = useMemo(() => sortNodes([...(picture?.nodes.values() ?? [])]), [picture?.nodes]);
  if (picture === undefined) return <p class="empty">Waiting for the collector …</p>;
  if (nodes.length === 0)
    return <p class="empty">No machine has reported yet. An agent that starts now appears here within seconds.</p>;
  const found = nodes.filter((node) => matches(node, query));
  const firing = [...picture.findings.values()].filter(
    (finding) => finding.state === "firing" && finding.suppressedBy === undefined,
  );
  return (
    <>
      <section class="tally" aria-label="Nodes by status">
        {order.map((status) => (
          <Tally key={status} status={status} count={nodes.filter((node) => node.status === status).length} />
        ))}
        {nodes.length > 5 && (
          <input
            class="search"
            type="search"
            placeholder="Search"
            aria-label="Search nodes"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        )}
      </section>
      {firing.length > 0 && (
        <section>
          <h2>What is wrong</h2>
          <FindingList findings={firing.slice(0, 50)} nowMs={now} isNodeNamed />
          {firing.length > 50 && <p class="quiet">and {firing.length - 50} more</p>}
        </section>
      )}
      <section>
        <h2>Nodes</h2>
        <div class="cards">
          {found.slice(0, limit).map((node) => (
            <NodeCard key={node.name} node={node} nowMs={now} />
          ))}
        </div>
        {found.length === 0 && <p class="empty">Nothing matches “{query}”.</p>}
        {found.length > limit && (
          <button type="button" class="more" onClick={() => setLimit(limit + shownAtOnce)}>
            Show more of {found.length}
          </button>
        )}
      </section>
    </>
  );
}

function Tally(props: { readonly status: NodeStatus; readonly count: number }): JSX.Element {
  return (
    <div class={`tally-item ${props.count === 0 ? "none" : props.status}`}>
      <strong>{props.count}</strong> {props.status}
    </div>
  );
}

function sortNodes(nodes: NodeSummary[]): readonly NodeSummary[] {
  return nodes.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || a.name.localeCompare(b.name));
}

function matches(node: NodeSummary, query: string): boolean {
  const text = [node.name, node.status, node.operatingSystem, node.board, node.cpuModel, node.architecture]
    .join(" ")
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
