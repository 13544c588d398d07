/** All findings: those that want somebody, those nobody is told of, those that somebody knows, and those that are over. */
import type { Finding } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { type Option, Picker, SearchBox, Segments } from "../choices.tsx";
import { useNowMs } from "../clock.ts";
import { countBy, mostFrequent } from "../count-by.ts";
import type { LiveState } from "../live/connection.ts";
import { useChoices } from "../route.ts";
import type { Deciding } from "./deciding.ts";
import { type FindingFilter, type FindingShelf, filterOf, isWanted, shelfOf } from "./finding-filter.ts";
import { FindingList } from "./finding-list.tsx";
import { type FindingGroup, groupFindings } from "./group-findings.ts";
import { ResolvedFindings } from "./resolved-findings.tsx";
import { StandingDecisions } from "./standing-decisions.tsx";

const shelves: readonly (readonly [FindingShelf, string])[] = [
  ["open", "Open"],
  ["quiet", "Muted"],
  ["aside", "Set aside"],
  ["resolved", "Resolved"],
];
const meanings: Readonly<Record<FindingShelf, string>> = {
  open: "",
  quiet: "Nobody is told of these: they are muted, or somebody works on the node. They count.",
  aside: "These were acknowledged or accepted. They do not count until they get worse or come again.",
  resolved: "These are over.",
};
const empty: Readonly<Record<FindingShelf, string>> = {
  open: "Nothing wrong was found.",
  quiet: "Nothing is muted.",
  aside: "Nothing is set aside.",
  resolved: "",
};
/** Nobody needs to choose among so few. */
const fewFindings = 5;
/** Names that a list offers. */
const offeredAtOnce = 200;

/** The page. */
export function FindingsPage(props: { readonly live: LiveState; readonly deciding: Deciding }): JSX.Element {
  const { picture } = props.live;
  const now = useNowMs();
  const [choices, choose] = useChoices();
  const filter = filterOf(choices);
  const all = useMemo(() => [...(picture?.findings.values() ?? [])], [picture?.findings]);
  const groups = useMemo(() => groupFindings(all), [all]);
  const wanted = useMemo(() => groups.filter((group) => isGroupWanted(group, filter)), [groups, choices.toString()]);
  if (picture === undefined) return <p class="empty">Waiting for the collector …</p>;
  const counts = countBy(wanted, shelfOfGroup);
  return (
    <>
      <section class="title">
        <h1>Findings</h1>
        <p class="quiet" role="status">
          {summary(groups)}
        </p>
      </section>
      <section class="filters" aria-label="Which findings">
        <Segments
          label="Kind of finding"
          options={shelves.map(([value, text]) => ({
            value,
            text,
            count: value === "resolved" ? undefined : (counts.get(value) ?? 0),
          }))}
          chosen={filter.shelf}
          onChoose={(show) => choose({ show: show === "open" ? "" : show })}
        />
        {(all.length > fewFindings || isChosen(filter)) && <Filters all={all} filter={filter} choose={choose} />}
      </section>
      <section>
        {meanings[filter.shelf] !== "" && <p class="quiet">{meanings[filter.shelf]}</p>}
        {filter.shelf === "resolved" ? (
          <ResolvedFindings filter={filter} nowMs={now} deciding={props.deciding} />
        ) : (
          <Shelf wanted={wanted} groups={groups} filter={filter} nowMs={now} deciding={props.deciding} />
        )}
      </section>
      <StandingDecisions deciding={props.deciding} nowMs={now} />
    </>
  );
}

function Shelf(props: {
  readonly wanted: readonly FindingGroup[];
  readonly groups: readonly FindingGroup[];
  readonly filter: FindingFilter;
  readonly nowMs: number;
  readonly deciding: Deciding;
}): JSX.Element {
  const { wanted, groups, filter, nowMs, deciding } = props;
  const isHere = (group: FindingGroup): boolean => shelfOfGroup(group) === filter.shelf;
  const shown = wanted.filter(isHere);
  if (shown.length === 0) {
    const isAllHidden = filter.shelf === "open" && groups.length > 0;
    const nothing = isAllHidden ? "Nothing is open but what is muted or set aside." : empty[filter.shelf];
    return <p class="empty">{groups.some(isHere) ? "Nothing matches." : nothing}</p>;
  }
  return <FindingList groups={shown} nowMs={nowMs} isNodeNamed deciding={deciding} />;
}

function Filters(props: {
  readonly all: readonly Finding[];
  readonly filter: FindingFilter;
  readonly choose: (changes: Readonly<Record<string, string>>) => void;
}): JSX.Element {
  const { all, filter, choose } = props;
  const [nodes, rules] = useMemo(
    () => [
      mostFrequent(countBy(all, ({ node }) => node || "-")).slice(0, offeredAtOnce),
      mostFrequent(countBy(all, ({ rule }) => rule)),
    ],
    [all],
  );
  return (
    <div class="filter-line">
      <Picker
        label="Severity"
        options={[
          { value: "", text: "all" },
          { value: "high", text: "high" },
          { value: "medium", text: "medium" },
          { value: "low", text: "low" },
        ]}
        chosen={filter.severity}
        onChoose={(severity) => choose({ severity })}
      />
      <Picker label="Node" options={offered(nodes, filter.node)} chosen={filter.node} onChoose={(node) => choose({ node })} />
      <Picker label="Rule" options={offered(rules, filter.rule)} chosen={filter.rule} onChoose={(rule) => choose({ rule })} />
      <SearchBox label="Search findings" words={filter.words} onChange={(words) => choose({ words })} />
    </div>
  );
}

/** What is over may be much, and is not counted here. */
function isChosen({ shelf, severity, node, rule, words }: FindingFilter): boolean {
  return shelf === "resolved" || [severity, node, rule, words].some((choice) => choice !== "");
}

/** What is chosen is offered too, also where nothing of it is there any more. */
function offered(counts: readonly (readonly [string, number])[], chosen: string): readonly Option[] {
  const options = counts.map(([value, count]) => ({ value, text: value === "-" ? "the cluster" : value, count }));
  const isThere = chosen === "" || counts.some(([value]) => value === chosen);
  return [{ value: "", text: "all" }, ...(isThere ? [] : [{ value: chosen, text: chosen }]), ...options];
}

/** A consequence brings its cause with it. */
function isGroupWanted({ finding, consequences }: FindingGroup, filter: FindingFilter): boolean {
  return isWanted(finding, filter) || consequences.some((consequence) => isWanted(consequence, filter));
}

/** Consequences lie where their cause lies, and are not counted beside it. */
function shelfOfGroup({ finding }: FindingGroup): FindingShelf {
  return shelfOf(finding);
}

function summary(groups: readonly FindingGroup[]): string {
  const counts = countBy(groups, shelfOfGroup);
  const part = (shelf: FindingShelf, words: string): readonly string[] =>
    counts.has(shelf) ? [`${(counts.get(shelf) ?? 0).toLocaleString("en")} ${words}`] : [];
  const open = counted(counts.get("open") ?? 0, "open finding");
  return [open, ...part("quiet", "muted"), ...part("aside", "set aside")].join(" · ");
}
