/** `nodekeeper decisions`: what people decided about findings. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderDecisions } from "../render/decisions.ts";

/** The command. */
export const decisions: Command = defineCommand({
  name: "decisions",
  operands: [],
  summary: "list what was acknowledged, accepted and muted, and where somebody works",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const list = await api.decisions(signal);
    const text = list.decisions.length === 0 ? "no decisions" : renderDecisions(terminal, list.decisions, nowMs);
    return { json: list, text, exitCode: exitCodes.ok };
  },
});
