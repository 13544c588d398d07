/** Why one label, condition or taint is as it is, on one screen; or all those of a node, a line each. */
import type { AuditRecord, Explanation, FactRead, ItemOverride } from "@nodekeeper/shared/api";
import { formatAgo, formatIn, formatSince } from "@nodekeeper/shared/format";
import {
  changesText,
  commonDomain,
  isIdle,
  isLeftToOthers,
  itemText,
  shortValue,
  storagePlace,
  storageReconciler,
  waitingText,
} from "@nodekeeper/shared/readings";
import { type Cell, renderTable } from "../../table.ts";
import type { Terminal, Tone } from "../../terminal.ts";
import { hang } from "../../wrap.ts";
import type { View } from "../section.ts";

const ownerTexts: Readonly<Record<NonNullable<Explanation["owner"]>, string>> = {
  ours: "we wrote it",
  shared: "we and others wrote it, the same",
  foreign: "others wrote it",
};

const freshnessTones: Readonly<Record<FactRead["freshness"], Tone>> = {
  fresh: "plain",
  stale: "warning",
  lost: "bad",
  unknown: "warning",
};

/** On narrower terminals the reason needs the room. */
const roomyWidth = 140;
/** The longest name of a row. */
const nameWidth = 10;

/** All of a node: what stands on the Node, then what stands in Longhorn, disk by disk. */
export function renderExplanations(terminal: Terminal, all: readonly Explanation[], { nowMs }: View): string {
  const domain = commonDomain(all.map(({ item }) => item));
  const isOfLonghorn = ({ reconciler, item }: Explanation): boolean => reconciler === storageReconciler && item !== "";
  const own = all.filter((one) => !isOfLonghorn(one));
  const places = Map.groupBy(all.filter(isOfLonghorn), ({ item }) => storagePlace(item).prefix);
  const disks = [...places].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [
    domain === "" ? "" : terminal.paint("quiet", `keys are those of ${domain}`),
    own.length === 0 ? "" : renderRows(terminal, own, { domain, nowMs }),
    ...disks.map(([prefix, some]) => renderPlace(terminal, prefix, some, nowMs)),
    renderWaits(terminal, all, nowMs).join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Longhorn's node, or one of its disks. Of the tags that the policy knows most are on other disks: those are told in one line. */
function renderPlace(terminal: Terminal, prefix: string, all: readonly Explanation[], nowMs: number): string {
  const key = ({ item }: Explanation): string => storagePlace(item).key;
  const told = all.filter((one) => !isIdle(one)).map((one) => ({ ...one, item: key(one), noun: "" }));
  const idle = all.filter(isIdle).map(key);
  const title = prefix === "" ? "Longhorn's node" : `${terminal.paint("quiet", "Longhorn's disk, keys begin with")} ${prefix}`;
  return [
    terminal.paint("strong", title),
    ...(told.length === 0 ? [] : [renderRows(terminal, told, { domain: "", nowMs })]),
    ...(idle.length === 0
      ? []
      : hang("neither there nor wanted: ", idle.join(", "), terminal.width).map((line) => terminal.paint("quiet", line))),
  ].join("\n");
}

/** Each in a row, and its reason in as many lines as it needs. */
function renderRows(
  terminal: Terminal,
  all: readonly Explanation[],
  { domain, nowMs }: { readonly domain: string; readonly nowMs: number },
): string {
  const hasRoom = terminal.width >= roomyWidth;
  const columns = [
    { title: "" },
    { title: "WHAT", minimumWidth: 16 },
    { title: "IS", minimumWidth: 12 },
    { title: "WAITS FOR" },
    ...(hasRoom ? [{ title: "SINCE" }] : []),
    { title: "WHY", isWrapped: true },
  ];
  const rows = all.map((one): readonly Cell[] => [
    { text: one.noun, tone: "quiet" },
    { text: itemText(one, domain), tone: "strong" },
    stateCell(one),
    { text: one.waiting?.for ?? "", tone: "warning" },
    ...(hasRoom ? [one.since === undefined ? "" : formatAgo(one.since, nowMs)] : []),
    one.why,
  ]);
  return renderTable(terminal, columns, rows);
}

/** What the words of the column WAITS FOR mean, each once. */
function renderWaits(terminal: Terminal, all: readonly Explanation[], nowMs: number): readonly string[] {
  const first = new Map(all.toReversed().flatMap(({ waiting }) => (waiting === undefined ? [] : [[waiting.for, waiting]])));
  const lines = [...first].flatMap(([word, waiting]) => hang(`${word}: `, waitingText(waiting, nowMs), terminal.width));
  return lines.map((line) => terminal.paint("quiet", line));
}

/** One item, with everything that is known of it. `records` are those of the audit that could be read. */
export function renderExplanation(
  terminal: Terminal,
  one: Explanation,
  { nowMs, records }: View & { readonly records: readonly AuditRecord[] },
): string {
  const rows: readonly (readonly [string, string, Tone?])[] = [
    ["is", one.item === "" ? "" : liveText(one), one.live === undefined ? "quiet" : "strong"],
    ...one.others.map(
      ({ manager, at }) => ["", `${manager} wrote it${at === undefined ? "" : ` ${formatAgo(at, nowMs)}`}`] as const,
    ),
    ["should be", wantedText(one, nowMs), one.reconciler === "" ? "plain" : one.wanted === "hold" ? "warning" : "strong"],
    ["why", one.why],
    ...(one.override === undefined ? [] : [["override", overrideText(one.override, nowMs), "warning"] as const]),
    ["waits", one.waiting === undefined ? "" : waitingText(one.waiting, nowMs), "warning"],
    ["by", one.place],
    ...one.expression.split("\n").map((line) => ["", line === "" ? "" : `  ${line}`, "quiet"] as const),
    ["before us", beforeText(one)],
    ["next", one.next],
  ];
  const name = terminal.paint("strong", itemText(one));
  const title = `${terminal.paint("strong", one.node)}  ${one.item === "" ? "" : `${one.noun} `}${name}`;
  const parts = [
    [title, ...rows.filter(([, text]) => text !== "").flatMap(([name, text, tone]) => row(terminal, name, text, tone))].join(
      "\n",
    ),
    renderFacts(terminal, one.facts, nowMs),
    renderActions(terminal, one, records, nowMs),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function row(terminal: Terminal, name: string, text: string, tone: Tone = "plain"): readonly string[] {
  const [first = "", ...rest] = hang(`  ${name.padEnd(nameWidth)}`, text, terminal.width);
  const start = 2 + nameWidth;
  return [first, ...rest].map(
    (line) => `${terminal.paint("quiet", line.slice(0, start))}${terminal.paint(tone, line.slice(start))}`,
  );
}

function liveText({ live, owner }: Explanation): string {
  if (live === undefined) return "not there";
  return owner === undefined ? live : `${live}  (${ownerTexts[owner]})`;
}

function wantedText(one: Explanation, nowMs: number): string {
  const { reconciler, owner, wanted, value = "", since } = one;
  if (reconciler === "") return owner === "foreign" ? "what its owner says" : "";
  if (isLeftToOthers(one)) return "as it is: nothing of ours is wanted";
  if (wanted === "hold") return "held: it cannot be told now, and stays as it is";
  const text = wanted === "absent" ? "not there" : value;
  return since === undefined ? text : `${text}, ${formatSince(since, nowMs)}`;
}

/** As it is, and with an arrow as it should be where that is another; short, since the reason needs the room. */
function stateCell(one: Explanation): Cell {
  const { item, live, wanted, value = "" } = one;
  const is = live === undefined ? "not there" : shortValue(live);
  if (isLeftToOthers(one)) return { text: is, tone: "quiet" };
  if (wanted === "hold") return { text: item === "" ? "held" : `${is}, held`, tone: "warning" };
  const should = wanted === "absent" ? undefined : value;
  if (should === live) return live === undefined ? { text: is, tone: "quiet" } : is;
  if (should === undefined) return { text: `${is} → not there`, tone: "bad" };
  return live === undefined
    ? { text: `→ ${shortValue(should)}`, tone: "good" }
    : { text: `${is} → ${shortValue(should)}`, tone: "warning" };
}

function overrideText({ value, by, reason, until }: ItemOverride, nowMs: number): string {
  const what = value === undefined ? "not to be there" : value;
  return `${what}, by ${by}, ends ${formatIn(until, nowMs)}${reason === "" ? "" : `: ${reason}`}`;
}

function beforeText({ previous, owner }: Explanation): string {
  if (previous !== undefined) return previous;
  return owner === "ours" || owner === "shared" ? "not there" : "";
}

function renderFacts(terminal: Terminal, facts: readonly FactRead[], nowMs: number): string {
  if (facts.length === 0) return "";
  const columns = [
    { title: "  FACT", minimumWidth: 14 },
    { title: "IS", minimumWidth: 12 },
    { title: "READ BY" },
    { title: "AGO" },
    { title: "" },
  ];
  const rows = facts.map(({ path, value, probe, observedAt, freshness }): readonly Cell[] => [
    `  ${path}`,
    value === "" ? { text: "not known", tone: "warning" } : value,
    probe,
    observedAt === undefined ? "" : formatAgo(observedAt, nowMs),
    { text: freshness, tone: freshnessTones[freshness] },
  ]);
  return renderTable(terminal, columns, rows);
}

function renderActions(
  terminal: Terminal,
  { actions: ids, item }: Explanation,
  records: readonly AuditRecord[],
  nowMs: number,
): string {
  if (ids.length === 0) return "";
  const advice = terminal.paint("quiet", "  take one back: `nodekeeper revert ACTION`");
  if (!records.some(({ id }) => ids.includes(id))) return `  actions   ${ids.join(", ")}\n${advice}`; // the audit is for admins
  const columns = [
    { title: "  ACTION" },
    { title: "AGO" },
    { title: "WHO" },
    { title: "" },
    { title: "CHANGED", isWrapped: true },
  ];
  const rows = ids.map((id): readonly Cell[] => {
    const record = records.find((one) => one.id === id);
    if (record === undefined) return [`  ${id}`, "", "", "", ""];
    const { at, actor, outcome, changes, detail } = record;
    const changed = changesText(changes?.filter((change) => change.item === item)); // a write may be of many
    return [
      `  ${id}`,
      formatAgo(at, nowMs),
      actor.name === "" ? actor.kind : actor.name,
      outcome,
      changed === "" ? detail : changed,
    ];
  });
  return `${renderTable(terminal, columns, rows)}\n${advice}`;
}
