/** `nodekeeper decisions end`: findings count and are told again. */
import type { Decision } from "@nodekeeper/shared/api";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { wordsOf } from "../render/decisions.ts";

/** The command. */
export const decisionsEnd: Command = defineCommand({
  name: "decisions end",
  operands: ["id", "[id…]"],
  summary: "end decisions before their time: their findings count and are told again",
  options: {},
  async run({ api, operands, terminal, nowMs, signal }) {
    const ended: Decision[] = [];
    for (const id of new Set(operands)) ended.push(await api.endDecision(id, signal));
    const lines = ended.map((one) => {
      const { is, what } = wordsOf(one, nowMs);
      return `${terminal.paint("good", "ended")}: ${is}: ${what}`;
    });
    return { json: { decisions: ended }, text: lines.join("\n"), exitCode: exitCodes.ok };
  },
});
