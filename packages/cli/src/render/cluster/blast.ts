/** What would break, as it is read: one screen, the gravest first, and the commands alone on their lines. */
import type { Blast, BlastItem } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { Terminal, Tone } from "../../terminal.ts";
import { hang, wrap } from "../../wrap.ts";
import { shorten, type View } from "../section.ts";
import { placeText, renderCommand } from "./command-line.ts";

type Severity = BlastItem["severity"];

const titles: Readonly<Record<Severity, string>> = {
  lost: "would be lost",
  outage: "would stand still",
  degraded: "would go on with less",
  moves: "would come back elsewhere",
};
const tones: Readonly<Record<Severity, Tone>> = { lost: "bad", outage: "warning", degraded: "plain", moves: "quiet" };
const severities: readonly Severity[] = ["lost", "outage", "degraded", "moves"];
/** Told in a sentence each; of the others the names are told together. */
const toldKinds: ReadonlySet<BlastItem["kind"]> = new Set([
  ...(["volume-lost", "local-claim-lost", "workload-stuck", "route-lost", "etcd", "single-address"] as const),
]);
/** So many of a severity are told in a sentence. */
const sentences = 10;
/** Names in one line of those that are told together. */
const shownNames = 12;
const shownSteps = 6;

/** The answer. `isAll` tells each thing in a sentence. */
export function renderBlast(terminal: Terminal, answer: Blast, { isAll }: View): string {
  const { target, items, unknown, next } = answer;
  const subject = target.kind === "node" ? target.shown : `the disk ${target.shown}`;
  const none = items.length === 0 ? `nothing that could be looked at would break` : countsText(answer.counts);
  const title = `${terminal.paint("strong", `if ${subject} died now`)}: ${none}`;
  const parts = [
    title,
    ...severities.map((severity) => renderSeverity(terminal, items, severity, isAll)),
    unknown.length === 0 ? "" : renderUnknown(terminal, unknown, isAll),
    next.length === 0 ? "" : renderNext(terminal, next, isAll),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function countsText({ lost, outage, degraded, moves }: Blast["counts"]): string {
  const parts = [
    [lost, "lost"],
    [outage, outage === 1 ? "stands still" : "stand still"],
    [degraded, degraded === 1 ? "goes on with less" : "go on with less"],
    [moves, moves === 1 ? "comes back elsewhere" : "come back elsewhere"],
  ] as const;
  return parts.flatMap(([count, text]) => (count === 0 ? [] : [`${count} ${text}`])).join(", ");
}

function renderSeverity(terminal: Terminal, items: readonly BlastItem[], severity: Severity, isAll: boolean): string {
  const own = items.filter((item) => item.severity === severity);
  if (own.length === 0) return "";
  const worthy = own.filter(({ kind }) => isAll || toldKinds.has(kind));
  const told = isAll ? worthy : shorten(worthy, sentences);
  const rest = Map.groupBy(
    own.filter((item) => !told.includes(item)),
    kindText,
  );
  const title = terminal.paint(tones[severity], `${titles[severity]} (${own.length})`);
  const lines = told.flatMap(({ name, text }) => indented(`${name}: ${text}`, terminal.width));
  return [title, ...lines, ...[...rest].flatMap((group) => renderNames(terminal, group))].join("\n");
}

/** What goes on on another line begins further in. */
function indented(text: string, width: number): readonly string[] {
  const [first = "", ...more] = wrap(text, width - 4);
  return [`  ${first}`, ...more.map((line) => `    ${line}`)];
}

function renderNames(terminal: Terminal, [kind, items]: readonly [string, readonly BlastItem[]]): readonly string[] {
  const names = items.slice(0, shownNames).map(({ name }) => name);
  const more = items.length > shownNames ? ` and ${items.length - shownNames} more; --all` : "";
  return indented(`${kind}: ${names.join(", ")}${more}`, terminal.width);
}

function kindText({ kind }: BlastItem): string {
  const texts: Readonly<Record<BlastItem["kind"], string>> = {
    "volume-lost": "volumes",
    "volume-degraded": "volumes with fewer replicas",
    "volume-detached": "volumes that are attached there",
    "local-claim-lost": "claims that live nowhere else",
    "workload-stuck": "work that can run nowhere else",
    "workload-moves": "work",
    "route-lost": "models of Ollama",
    etcd: "the cluster's API",
    "single-address": "what only it can reach",
  };
  return texts[kind];
}

function renderUnknown(terminal: Terminal, unknown: readonly string[], isAll: boolean): string {
  const shown = isAll ? unknown : unknown.slice(0, 5);
  const more = unknown.length > shown.length ? [`  … ${unknown.length - shown.length} more; --all`] : [];
  const lines = shown.flatMap((text) => indented(text, terminal.width));
  return [terminal.paint("warning", "could not be looked at, and may be missing above"), ...lines, ...more].join("\n");
}

function renderNext(terminal: Terminal, next: Blast["next"], isAll: boolean): string {
  const shown = isAll ? next : shorten(next, shownSteps);
  const rest = next.length - shown.length;
  const lines = shown.flatMap(({ text, command, on }, index) => [
    ...hang(`${index + 1}. `, `${text}${placeText(command, on)}`, terminal.width),
    ...renderCommand(terminal, command),
  ]);
  const more = rest === 0 ? [] : [terminal.paint("quiet", `… ${counted(rest, "step")} more; --all`)];
  return [terminal.paint("strong", "to make it harmless, in this order; the first is safe now"), ...lines, ...more].join("\n");
}
