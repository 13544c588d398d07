/** What the kernel has told of since the machine was started. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { numberField, textField } from "@nodekeeper/shared/fields";
import { formatAgo } from "@nodekeeper/shared/format";
import { presentSubjects } from "@nodekeeper/shared/readings";
import type { Cell, Column } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { wrap } from "../wrap.ts";
import { section, type View, words } from "./section.ts";

/** Faults in the short form. */
const limit = 5;

const columns: readonly Column[] = [
  { title: "KERNEL FAULT", minimumWidth: 16 },
  { title: "DEVICE", minimumWidth: 8 },
  { title: "TIMES", align: "right" },
  { title: "LAST", align: "right" },
  { title: "MESSAGE" },
];
const gravity: readonly string[] = ["fault", "warning", "notice"];

/** The table, the gravest first; "" on a machine whose kernel told of none. Notices are left to the long form. */
export function renderKernelFaults(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const faults = [...presentSubjects(subjects, "kernel_fault")].sort(
    (a, b) =>
      gravity.indexOf(textField(a, "severity")) - gravity.indexOf(textField(b, "severity")) ||
      (numberField(b, "lastAtUnixMs") ?? 0) - (numberField(a, "lastAtUnixMs") ?? 0),
  );
  const shown = view.isAll ? faults : faults.filter((fault) => textField(fault, "severity") !== "notice");
  const rows = shown.map((fault) => row(fault, view));
  const table = section(terminal, view, { columns, rows, limit, hiddenCount: faults.length - shown.length });
  const explained = new Set(shown.map((fault) => explanation(fault)).filter((text) => text !== ""));
  if (!view.isAll || explained.size === 0) return table;
  return `${table}\n\n${[...explained].flatMap((text) => wrap(text, terminal.width)).join("\n")}`;
}

/** What it means and what its maker says to do; "" where neither is known. Faults of one code that mean different things have a line each. */
function explanation(fault: SubjectBody): string {
  const text = words(textField(fault, "meaning"), textField(fault, "action"));
  return text === "" ? "" : `${codeText(fault)}: ${text}`;
}

function row(fault: SubjectBody, view: View): readonly Cell[] {
  const severity = textField(fault, "severity");
  const lastAt = numberField(fault, "lastAtUnixMs");
  return [
    {
      text: codeText(fault),
      tone: severity === "fault" ? "bad" : severity === "warning" ? "warning" : "plain",
    },
    textField(fault, "device"),
    fault.samples["occurrences_total"]?.toLocaleString("en") ?? "",
    lastAt === undefined ? "" : formatAgo(new Date(lastAt).toISOString(), view.nowMs),
    textField(fault, "message"),
  ];
}

function codeText(fault: SubjectBody): string {
  return textField(fault, "code").replaceAll("-", " ") || fault.id;
}
