/** `nodekeeper decommission`: what must be done, in order, before a node may be taken away for good. It does nothing itself. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderDecommission } from "../render/cluster/decommission.ts";

/** The command. Exit code 1 while the node cannot be taken away without harm. */
export const decommission: Command = defineCommand({
  name: "decommission",
  operands: ["node"],
  summary: "show what must be done before a node may be taken away for good",
  options: {},
  async run({ api, operands, terminal, signal }) {
    const answer = await api.decommission(operands[0] ?? "", signal);
    const exitCode = answer.isSafe ? exitCodes.ok : exitCodes.attention;
    return { json: answer, text: renderDecommission(terminal, answer), exitCode };
  },
});
