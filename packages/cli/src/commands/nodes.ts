/** `nodekeeper nodes`: the fleet, one line a node. */
import type { NodeSummary } from "@nodekeeper/shared/api";
import { formatAgo, formatCelsius, formatPercent, formatSize } from "@nodekeeper/shared/format";
import { gpuWord } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { statusTone } from "../render/findings.ts";
import { gpuTone } from "../render/gpus.ts";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** The command. Exit code 1 when a node is not ok. */
export const nodes: Command = defineCommand({
  name: "nodes",
  operands: [],
  summary: "list all nodes with their state",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const list = await api.nodes(signal);
    return {
      json: list,
      text: list.nodes.length === 0 ? "no node has reported yet" : renderNodes(terminal, list.nodes, nowMs),
      exitCode: list.nodes.every((node) => node.status === "ok") ? exitCodes.ok : exitCodes.attention,
    };
  },
});

function renderNodes(terminal: Terminal, all: readonly NodeSummary[], nowMs: number): string {
  const columns = [
    { title: "NAME" },
    { title: "STATUS" },
    { title: "SEEN" },
    { title: "LOAD", align: "right" as const },
    { title: "MEMORY", align: "right" as const },
    { title: "FULLEST", align: "right" as const },
    { title: "HOTTEST", align: "right" as const },
    { title: "GPU" },
    { title: "NAME IS" },
    { title: "SYSTEM" },
    { title: "REASON" },
  ];
  const isProofTold = all.some(({ proof }) => proof === "proven"); // among those of loopback alone it is nothing new
  return renderTable(
    terminal,
    columns,
    all.map((node): readonly Cell[] => [
      { text: node.name, tone: "strong" },
      { text: node.status, tone: statusTone[node.status] },
      formatAgo(node.lastContactAt, nowMs),
      node.loadAverage1m?.toFixed(2) ?? "",
      node.memoryTotalBytes === undefined ? "" : formatSize(node.memoryTotalBytes),
      node.fullestFilesystem === undefined ? "" : formatPercent(node.fullestFilesystem.usedPercent),
      node.hottestSensor === undefined ? "" : formatCelsius(node.hottestSensor.temperatureCelsius),
      gpuCell(node),
      isProofTold && node.proof !== "proven" ? { text: node.proof ?? "", tone: "warning" } : "",
      node.operatingSystem ?? "",
      node.status === "ok" ? "" : node.reason,
    ]),
  );
}

/** What each GPU with memory of its own is good for now; in the colour of the worst. A column of nothing is left out of the table. */
function gpuCell({ gpus = [] }: NodeSummary): Cell {
  const own = gpus.filter(({ isIntegrated }) => isIntegrated !== true);
  const tones = own.map(({ verdict }) => gpuTone[verdict]);
  const tone = (["bad", "warning", "plain", "good"] as const).find((each) => tones.includes(each)) ?? "plain";
  return { text: own.map(gpuWord).join(", "), tone };
}
