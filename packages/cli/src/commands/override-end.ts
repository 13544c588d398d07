/** `nodekeeper override end`: lets the policy decide again. */
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const overrideEnd: Command = defineCommand({
  name: "override end",
  operands: ["node", "key"],
  summary: "let the policy decide again about a label or tag of a node",
  options: {},
  async run({ api, operands, terminal, signal }) {
    const [node = "", item = ""] = operands;
    const left = await api.endOverride(node, item, signal);
    const text = `${terminal.paint("good", "ended")}: the policy decides again about ${item} of ${node}`;
    return { json: left, text, exitCode: exitCodes.ok };
  },
});
