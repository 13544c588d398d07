/** `nodekeeper node <name>`: everything about one node. */
import type { NodeDetail } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { unknownsOf } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderFindings, statusTone } from "../render/findings.ts";
import { renderMachine } from "../render/machine.ts";
import { renderUnknowns } from "../render/unknowns.ts";
import type { Terminal } from "../terminal.ts";

/** The command. Exit code 1 when the node is not ok. */
export const node: Command = defineCommand({
  name: "node",
  operands: ["name"],
  summary: "show everything about one node",
  options: {},
  async run({ api, operands, terminal, nowMs, signal }) {
    const detail = await api.node(operands[0] ?? "", signal);
    return {
      json: detail,
      text: renderNode(terminal, detail, nowMs),
      exitCode: detail.summary.status === "ok" ? exitCodes.ok : exitCodes.attention,
    };
  },
});

function renderNode(terminal: Terminal, detail: NodeDetail, nowMs: number): string {
  const { summary, findings } = detail;
  const contact = `${summary.isConnected ? "connected" : "not connected"}, last word ${formatAgo(summary.lastContactAt, nowMs)}`;
  const title = `${terminal.paint("strong", summary.name)}  ${terminal.paint(statusTone[summary.status], summary.status)}  ${summary.reason}`;
  const open = findings.filter((finding) => finding.state !== "resolved");
  const sections = [
    `${title}\n${terminal.paint("quiet", `${contact}, agent ${summary.agentVersion}`)}`,
    open.length === 0 ? "" : `${terminal.paint("strong", "Findings")}\n${renderFindings(terminal, open, nowMs, false)}`,
    renderMachine(terminal, detail.subjects),
    renderUnknowns(terminal, unknownsOf(detail)),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}
