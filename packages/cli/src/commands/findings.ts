/** `nodekeeper findings`: what is wrong, everywhere or on one node. */
import { switchOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderFindings } from "../render/findings.ts";

/** The command. Exit code 1 when a finding fires that nobody acknowledged or accepted. */
export const findings: Command = defineCommand({
  name: "findings",
  operands: ["[node]"],
  summary: "list what is wrong, with what to do",
  options: { all: switchOption({ description: "show resolved findings too" }) },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [node] = operands;
    const list = await api.findings({ includeResolved: options.all, ...(node === undefined ? {} : { node }) }, signal);
    const isFiring = list.findings.some(
      ({ state, suppressedBy, attention }) => state === "firing" && suppressedBy === undefined && attention?.isSetAside !== true,
    );
    return {
      json: list,
      text: list.findings.length === 0 ? "no findings" : renderFindings(terminal, list.findings, nowMs, node === undefined),
      exitCode: isFiring ? exitCodes.attention : exitCodes.ok,
    };
  },
});
