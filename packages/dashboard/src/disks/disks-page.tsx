/** All disks of the fleet, the worst first: health, wear, temperature, and when each will be worn out. */
import type { Disk, DiskHealthState, DiskKind, DiskList } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Picker, SearchBox, Segments } from "../choices.tsx";
import { useNowMs } from "../clock.ts";
import { useAsked } from "../cluster/use-asked.ts";
import { nodeLink, useChoices } from "../route.ts";
import { useLast } from "../use-last.ts";
import { useSettled } from "../use-settled.ts";
import { DiskRow } from "./disk-row.tsx";

/** Nobody needs to choose among so few. */
const fewDisks = 5;
const shownAtOnce = 100;
/** The collector gives no more in one answer. */
const mostAtOnce = 500;
const states: readonly DiskHealthState[] = ["failed", "missing", "degraded", "unknown", "ok"];
const kinds: readonly DiskKind[] = ["nvme", "ssd", "hdd", "flash", "virtual", "unknown"];
const orders = [
  ["health", "health, the worst first"],
  ["-wornPercent", "wear, the most worn first"],
  ["-temperatureCelsius", "temperature, the hottest first"],
  ["-sizeBytes", "size, the largest first"],
  ["node", "node"],
] as const;

/** The page. */
export function DisksPage(): JSX.Element {
  const [choices, choose] = useChoices();
  const now = useNowMs();
  const [limit, setLimit] = useState(shownAtOnce);
  const chosen = { health: choices.get("health") ?? "", kind: choices.get("kind") ?? "", q: choices.get("q") ?? "" };
  const sort = choices.get("sort") ?? "health";
  const node = choices.get("node") ?? "";
  const asked = useAsked<DiskList>(useSettled(pathOf({ ...chosen, q: chosen.q.trim(), sort, node, limit: String(limit) })));
  const list = useLast(asked.body);
  const isWorthChoosing = list === undefined || list.total > fewDisks || Object.values(chosen).some((choice) => choice !== "");
  return (
    <>
      <section class="title">
        <h1>Disks</h1>
        <p class="quiet" role="status">
          {list === undefined ? "Waiting for the collector …" : `${counted(list.total, "disk")}${placeText(node)}`}
        </p>
      </section>
      {isWorthChoosing && (
        <section class="filters" aria-label="Which disks">
          <Segments
            label="Health"
            options={[{ value: "", text: "all" }, ...states.map((state) => ({ value: state, text: state }))]}
            chosen={chosen.health}
            onChoose={(health) => choose({ health })}
          />
          <div class="filter-line">
            <Picker
              label="Kind"
              options={[{ value: "", text: "all" }, ...kinds.map((kind) => ({ value: kind, text: kind }))]}
              chosen={chosen.kind}
              onChoose={(kind) => choose({ kind })}
            />
            <Picker
              label="By"
              options={orders.map(([value, text]) => ({ value, text }))}
              chosen={sort}
              onChoose={(order) => choose({ sort: order === "health" ? "" : order })}
            />
            <SearchBox label="Search disks" words={chosen.q} onChange={(q) => choose({ q })} />
          </div>
        </section>
      )}
      {asked.trouble !== "" && <p class="bad">{asked.trouble}</p>}
      {list?.disks.length === 0 && <p class="empty">No disk matches.</p>}
      {list !== undefined && list.disks.length > 0 && (
        <DiskTable disks={list.disks} nowMs={now} sort={sort} onSort={(order) => choose({ sort: order })} />
      )}
      {list?.nextCursor !== undefined && limit < mostAtOnce && (
        <button type="button" class="more" onClick={() => setLimit(mostAtOnce)}>
          Show more of {list.total.toLocaleString("en")}
        </button>
      )}
      {list?.nextCursor !== undefined && limit >= mostAtOnce && (
        <p class="empty">These are the first {mostAtOnce}: choose, or search, to see the others.</p>
      )}
      {list !== undefined && list.incomplete.length > 0 && <Incomplete nodes={list.incomplete} />}
    </>
  );
}

function DiskTable(props: {
  readonly disks: readonly Disk[];
  readonly nowMs: number;
  readonly sort: string;
  readonly onSort: (order: string) => void;
}): JSX.Element {
  const { sort, onSort } = props;
  const head = (title: string, first: string, isNumber = false): JSX.Element => (
    <SortHead title={title} first={first} sort={sort} onSort={onSort} isNumber={isNumber} />
  );
  return (
    <section>
      <div class="table-place">
        <table class="stacked disks">
          <thead>
            <tr>
              {head("Disk", "node")}
              {head("Health", "health")}
              {head("Size", "-sizeBytes", true)}
              {head("Worn", "-wornPercent")}
              {head("Heat", "-temperatureCelsius", true)}
              <th>Worn out</th>
            </tr>
          </thead>
          <tbody>
            {props.disks.map((disk) => (
              <DiskRow key={`${disk.node} ${disk.id}`} disk={disk} nowMs={props.nowMs} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Sorts by its column; pressed again, the other way round. */
function SortHead(props: {
  readonly title: string;
  /** The order that one wants first. */
  readonly first: string;
  readonly sort: string;
  readonly onSort: (order: string) => void;
  readonly isNumber: boolean;
}): JSX.Element {
  const { title, first, sort, onSort, isNumber } = props;
  const reverse = first.startsWith("-") ? first.slice(1) : `-${first}`;
  const isSorted = sort === first || sort === reverse;
  const direction = sort.startsWith("-") ? "descending" : "ascending";
  return (
    <th class={isNumber ? "number" : ""} aria-sort={isSorted ? direction : "none"}>
      <button type="button" class="head" onClick={() => onSort(sort === first ? reverse : first)}>
        {title}
        <span aria-hidden="true">{isSorted ? (direction === "descending" ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

/** A list that looks whole and is not would be a lie. */
function Incomplete(props: { readonly nodes: DiskList["incomplete"] }): JSX.Element {
  const { nodes } = props;
  return (
    <section>
      <details class="card folded">
        <summary>
          <h2>Not all disks are known</h2> <span class="quiet">of {counted(nodes.length, "node")}</span>
        </summary>
        <ul class="ready">
          {nodes.slice(0, shownAtOnce).map(({ node, reason }) => (
            <li key={node}>
              <a href={nodeLink(node)}>{node}</a> <span class="quiet">{reason}</span>
            </li>
          ))}
        </ul>
        {nodes.length > shownAtOnce && <p class="quiet">and {(nodes.length - shownAtOnce).toLocaleString("en")} more</p>}
      </details>
    </section>
  );
}

function placeText(node: string): string {
  return node === "" ? "" : ` on ${node}`;
}

function pathOf(query: Readonly<Record<string, string>>): string {
  return `api/v1/disks?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""))}`;
}
