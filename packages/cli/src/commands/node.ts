/** `nodekeeper node <name>`: everything about one node. */
import { switchOption } from "@nodekeeper/shared";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { proofTexts, unknownsOf } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderFindings, statusTone } from "../render/findings.ts";
import { renderMachine } from "../render/machine.ts";
import type { View } from "../render/section.ts";
import { renderUnknowns } from "../render/unknowns.ts";
import type { Terminal } from "../terminal.ts";

/** The command. Exit code 1 when the node is not ok. */
export const node: Command = defineCommand({
  name: "node",
  operands: ["name"],
  summary: "show everything about one node",
  options: { all: switchOption({ description: "show everything, however long" }) },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const detail = await api.node(operands[0] ?? "", signal);
    return {
      json: detail,
      text: renderNode(terminal, detail, { isAll: options.all, nowMs }),
      exitCode: detail.summary.status === "ok" ? exitCodes.ok : exitCodes.attention,
    };
  },
});

function renderNode(terminal: Terminal, detail: NodeDetail, view: View): string {
  const { nowMs } = view;
  const { summary, findings } = detail;
  const contact = `${summary.isConnected ? "connected" : "not connected"}, last word ${formatAgo(summary.lastContactAt, nowMs)}`;
  const title = `${terminal.paint("strong", summary.name)}  ${terminal.paint(statusTone[summary.status], summary.status)}  ${summary.reason}`;
  const open = findings.filter((finding) => finding.state !== "resolved");
  const quiet = [`${contact}, agent ${summary.agentVersion}`, summary.proof === undefined ? "" : proofTexts[summary.proof]];
  const sections = [
    [title, ...quiet.filter((line) => line !== "").map((line) => terminal.paint("quiet", line))].join("\n"),
    open.length === 0 ? "" : `${terminal.paint("strong", "Findings")}\n${renderFindings(terminal, open, nowMs, false)}`,
    detail.losses.length === 0
      ? ""
      : [terminal.paint("strong", "Lost data"), ...detail.losses.slice(0, view.isAll ? 32 : 3).map(({ text }) => text)].join(
          "\n",
        ),
    renderUnknowns(terminal, unknownsOf(detail), detail.subjects, view),
    renderMachine(terminal, detail, view),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}
