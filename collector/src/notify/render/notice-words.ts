/** A notice in words: a title, and lines. Pure; what a channel must escape, it escapes. */
import { assertNever } from "@nodekeeper/shared";
import { formatTimeSpan } from "@nodekeeper/shared/format";
import { compareSeverity } from "../../evaluate/severity.ts";
import type { Notice, NoticeItem, Snapshot, Telling } from "../notice.ts";
import { cutText } from "./cut-text.ts";
import { oneLine } from "./one-line.ts";
import { stormLines } from "./storm-lines.ts";

/** The words. */
export interface NoticeWords {
  readonly title: string;
  /** Paragraphs; each is one line or some. */
  readonly paragraphs: readonly string[];
  /** Where to look, as a fragment of the dashboard; "" is its first page. */
  readonly place: string;
  readonly mood: "alarm" | "calm" | "quiet";
}

/** How long it may be. */
export interface WordsLimits {
  readonly maximumLength: number;
  /** Length of a text as the channel counts it, after it was escaped. */
  readonly lengthOf?: (text: string) => number;
}

/** More than so many nodes at a time are a storm: it is told by rules, not by nodes. */
const stormNodes = 20;
/** More findings than this are counted. */
const maximumItems = 20;
/** Room for "and 123 more". */
const restLength = 24;

/** Puts it into words. */
export function wordsOf(notice: Notice, limits: WordsLimits): NoticeWords {
  if (notice.testedBy !== undefined) return testWords(notice);
  const items = itemsInOrder(notice);
  const nodes = new Set(items.map(({ finding }) => finding.node));
  const title = titleOf(items, nodes);
  const all = nodes.size > stormNodes ? stormLines(items) : items.map((item) => paragraphOf(item, items.length > 1));
  return {
    title,
    paragraphs: bounded(all, limits),
    place: nodes.size === 1 && !nodes.has("") ? `#/nodes/${encodeURIComponent([...nodes].join())}` : "#/findings",
    mood: items.every(({ telling }) => telling === "advice") ? "quiet" : items.some(isAlarm) ? "alarm" : "calm",
  };
}

/** What fires first, the loudest first, then by node and rule. */
export function itemsInOrder({ items }: Pick<Notice, "items">): readonly NoticeItem[] {
  return [...items].sort(inOrder);
}

/** Where something is: the node, or the cluster. */
export function whereOf({ node }: Pick<Snapshot, "node">): string {
  return node === "" ? "the cluster" : oneLine(node);
}

function testWords({ testedBy = "", channel }: Notice): NoticeWords {
  return {
    title: "A test of nodekeeper",
    paragraphs: [`${oneLine(testedBy)} tested the channel ${channel}. Nothing is wrong.`],
    ...{ place: "", mood: "calm" },
  };
}

function titleOf(items: readonly NoticeItem[], nodes: ReadonlySet<string>): string {
  const where = nodes.size === 1 ? whereOf({ node: [...nodes].join() }) : `${nodes.size} nodes`;
  const [first] = items;
  if (items.length === 1 && first !== undefined) return `${where}: ${labelOf(first.telling)}${oneLine(first.finding.title)}`;
  const count = (wanted: (item: NoticeItem) => boolean): number => items.filter(wanted).length;
  const parts = [
    counted(count(isAlarm), "problem", "problems"),
    counted(
      count(({ telling }) => telling === "resolved"),
      "resolved",
      "resolved",
    ),
    counted(
      count(({ telling }) => telling === "advice"),
      "piece of advice",
      "pieces of advice",
    ),
  ];
  return `${where}: ${parts.filter((part) => part !== "").join(", ")}`;
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}

function labelOf(telling: Telling): string {
  switch (telling) {
    case "firing":
      return "";
    case "worse":
      return "worse: ";
    case "resolved":
      return "resolved: ";
    case "flapping":
      return "flapping: ";
    case "advice":
      return "advice: ";
    default:
      return assertNever(telling, "telling");
  }
}

function paragraphOf({ telling, finding }: NoticeItem, hasHeading: boolean): string {
  const heading = hasHeading ? [`${whereOf(finding)}: ${labelOf(telling)}${oneLine(finding.title)}`] : [];
  const text = oneLine(finding.text);
  if (telling === "resolved") return [...heading, `It was: ${text}`, endOf(finding)].join("\n");
  const flapping = telling === "flapping" ? ["It comes and goes; you are told again when it is calm."] : [];
  return [...heading, text, ...flapping, `What to do: ${oneLine(finding.action)}`].join("\n");
}

function endOf({ firingSince, resolvedAt, resolvedBecause }: Snapshot): string {
  const spanMs = resolvedAt === undefined ? Number.NaN : Date.parse(resolvedAt) - Date.parse(firingSince);
  const span = Number.isNaN(spanMs) ? "" : ` after ${formatTimeSpan(spanMs / 1000)}`;
  return `It is over${span}${resolvedBecause === undefined ? "." : `: ${oneLine(resolvedBecause)}.`}`;
}

/** As many as there is room for, and how many more there are. The first is cut where even that is too long. */
function bounded(paragraphs: readonly string[], { maximumLength, lengthOf = lengthIn }: WordsLimits): readonly string[] {
  const taken: string[] = [];
  let length = 0;
  for (const paragraph of paragraphs.slice(0, maximumItems)) {
    const next = length + lengthOf(paragraph) + 2;
    if (next > maximumLength - restLength) break;
    taken.push(paragraph);
    length = next;
  }
  const [first = ""] = paragraphs;
  if (taken.length === 0) taken.push(cutText(first, maximumLength - restLength, lengthOf));
  const rest = paragraphs.length - taken.length;
  return rest <= 0 ? taken : [...taken, `and ${rest} more`];
}

function lengthIn(text: string): number {
  return text.length;
}

function isAlarm({ telling }: NoticeItem): boolean {
  return telling === "firing" || telling === "worse" || telling === "flapping";
}

function inOrder(a: NoticeItem, b: NoticeItem): number {
  return (
    Number(isAlarm(b)) - Number(isAlarm(a)) ||
    compareSeverity(a.finding.severity, b.finding.severity) ||
    a.finding.node.localeCompare(b.finding.node) ||
    a.finding.rule.localeCompare(b.finding.rule)
  );
}
