/** How writing to the cluster goes. */
import type { ReconcileStatus } from "@nodekeeper/shared/api";
import { formatAgo, formatIn } from "@nodekeeper/shared/format";
import { counted } from "@nodekeeper/shared/readings";
import { type Cell, renderTable } from "../../table.ts";
import type { Terminal, Tone } from "../../terminal.ts";
import { hang } from "../../wrap.ts";

type Row = readonly [name: string, text: string, tone?: Tone];

/** Whether it writes first, what keeps it next, then the numbers. */
export function renderStatus(terminal: Terminal, status: ReconcileStatus, nowMs: number): string {
  const { policy, approval, overrides, cluster } = status;
  const rows: readonly Row[] = [
    writingRow(status),
    [
      "collector",
      status.holder === undefined ? "nobody holds the Lease, or it is not known who" : `${status.holder} holds the Lease`,
    ],
    ["cluster", clusterText(cluster, nowMs), cluster.problem === undefined ? "plain" : "bad"],
    ["policy", `${policy.source} (${policy.hash.slice(0, 12)}), domain ${policy.domain}`],
    ...policy.problems.map((text): Row => ["", `not in force: ${text}`, "bad"]),
    [
      "modes",
      Object.entries(policy.modes)
        .map((pair) => pair.join(" "))
        .join(", "),
    ],
    approval === undefined
      ? ["approval", "none: nothing is written before a first plan is approved (`nodekeeper plan`)", "warning"]
      : ["approval", `by ${approval.by} ${formatAgo(approval.at, nowMs)} (${approval.hash.slice(0, 12)})`],
    brakeRow(status.brake, nowMs),
    ["overrides", overrides.length === 0 ? "" : `${counted(overrides.length, "item")} (\`nodekeeper overrides\`)`],
  ];
  const lines = rows.filter(([, text]) => text !== "").flatMap(([name, text, tone]) => line(terminal, name, text, tone));
  return [...lines, "", renderCounts(terminal, status.reconcilers)].join("\n");
}

function line(terminal: Terminal, name: string, text: string, tone: Tone = "plain"): readonly string[] {
  const start = 11;
  return hang(name.padEnd(start), text, terminal.width).map(
    (one) => `${terminal.paint("quiet", one.slice(0, start))}${terminal.paint(tone, one.slice(start))}`,
  );
}

function writingRow({ isWriting, notWritingBecause = "", approval }: ReconcileStatus): Row {
  if (!isWriting) return ["writing", notWritingBecause === "" ? "no" : `no: ${notWritingBecause}`, "warning"];
  return approval === undefined ? ["writing", "it could, and waits for the approval", "warning"] : ["writing", "yes", "good"];
}

function clusterText({ nodes, heardAt, problem }: ReconcileStatus["cluster"], nowMs: number): string {
  const heard = heardAt === undefined ? "never heard completely since the start" : `heard ${formatAgo(heardAt, nowMs)}`;
  return [counted(nodes, "node"), heard, ...(problem === undefined ? [] : [problem])].join(", ");
}

function brakeRow({ restrictedNodes, allowedNodes, clearsAt }: ReconcileStatus["brake"], nowMs: number): Row {
  const text = `${restrictedNodes} of ${counted(allowedNodes, "node")} restricted within ten minutes`;
  const isOn = restrictedNodes >= allowedNodes && restrictedNodes > 0;
  return [
    "brake",
    clearsAt === undefined ? text : `${text}; the next may go ${formatIn(clearsAt, nowMs)}`,
    isOn ? "warning" : "plain",
  ];
}

function renderCounts(terminal: Terminal, counts: ReconcileStatus["reconcilers"]): string {
  const number = (title: string) => ({ title, align: "right" as const });
  const columns = [
    { title: "" },
    number("WRITES"),
    number("WAITING"),
    number("HELD"),
    number("FAILING"),
    number("QUEUED"),
    { title: "WAITS FOR" },
  ];
  const rows = counts.map(({ name, writes, waiting, waitingFor, held, failing, queued }): readonly Cell[] => [
    { text: name, tone: "strong" },
    writes.toLocaleString("en"),
    waiting.toLocaleString("en"),
    held.toLocaleString("en"),
    { text: failing.toLocaleString("en"), tone: failing > 0 ? "bad" : "plain" },
    queued.toLocaleString("en"),
    waitingForText(waitingFor),
  ]);
  return renderTable(terminal, columns, rows);
}

/** "approval 31", or "dwell 3, brake 1", what most wait for first. */
function waitingForText(waitingFor: ReconcileStatus["reconcilers"][number]["waitingFor"]): string {
  return Object.entries(waitingFor)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${count.toLocaleString("en")}`)
    .join(", ");
}
