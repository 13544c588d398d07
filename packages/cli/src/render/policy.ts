/** What a policy makes of machines, and the facts that it sees. */
import type { PlainFacts, Trial } from "@nodekeeper/collector/policy";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { wrap } from "../wrap.ts";

/** One machine under a policy. */
export interface MachineTrial {
  readonly name: string;
  readonly root: string;
  readonly trials: readonly Trial[];
}

/** A table for each machine, then why something is undecided, then what was read. */
export function renderTrials(terminal: Terminal, machines: readonly MachineTrial[]): string {
  return machines.map((machine) => renderMachine(terminal, machine)).join("\n\n");
}

/** A line for each fact: gpus[0].product = "rtx-3050-ti". */
export function renderFacts(terminal: Terminal, { facts, unknown }: PlainFacts): string {
  const lines = Object.entries(facts).flatMap(([name, value]) => factLines(name, value));
  const width = Math.max(0, ...[...lines.map(([path]) => path), ...Object.keys(unknown)].map((path) => path.length));
  const known = lines.map(([path, text]) => `${path.padEnd(width)}  ${text}`);
  const gaps = Object.entries(unknown).map(([name, reason]) =>
    terminal.paint("warning", `${name.padEnd(width)}  not known: ${reason}`),
  );
  return [...known, ...gaps].join("\n");
}

function renderMachine(terminal: Terminal, { name, root, trials }: MachineTrial): string {
  const place = root === "/" ? "this machine" : root;
  const rows = trials.map((trial): readonly Cell[] => [
    `${trial.key}${kindText(trial)}`,
    valueCell(trial),
    { text: trial.place, tone: "quiet" },
  ]);
  const columns = [{ title: "KEY" }, { title: "VALUE" }, { title: "BY", isOptional: true }];
  const reasons = trials.flatMap((trial) =>
    trial.decided.kind === "undecided"
      ? wrap(`${trial.key}${kindText(trial)} cannot be decided: ${trial.decided.reason}`, terminal.width).map((line) =>
          terminal.paint("warning", line),
        )
      : [],
  );
  // One of the disks stands among all of them.
  const seen = trials.flatMap(({ decided }) => decided.reads.filter(({ path }) => path !== "disk"));
  const reads = new Map(seen.map((read) => [read.path, read]));
  const facts = [...reads.values()].flatMap(({ path, value }) => wrap(`read ${path}: ${value || "not known"}`, terminal.width));
  return [
    `${terminal.paint("strong", name)} (${place})`,
    rows.length === 0 ? "the policy has no labels, no taints and no tags" : renderTable(terminal, columns, rows),
    ...reasons,
    ...facts.map((line) => terminal.paint("quiet", line)),
  ].join("\n");
}

function kindText({ kind, disk = "" }: Trial): string {
  switch (kind) {
    case "label":
      return "";
    case "taint":
      return " (taint)";
    case "node-tag":
      return " (tag of the node)";
    case "disk-tag":
      return ` (tag of ${disk})`;
  }
}

function valueCell({ kind, decided }: Trial): Cell {
  if (decided.kind === "undecided") return { text: "undecided: stays as it is", tone: "warning" };
  if (kind === "label")
    return decided.value === null ? { text: "–", tone: "quiet" } : { text: String(decided.value), tone: "good" };
  return decided.value === true ? { text: "is there", tone: "good" } : { text: "–", tone: "quiet" };
}

function factLines(path: string, value: unknown): readonly (readonly [path: string, text: string])[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((each, index) => factLines(`${path}[${index}]`, each));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) => factLines(`${path}.${name}`, inner));
}
