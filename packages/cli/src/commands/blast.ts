/** `nodekeeper blast`: what would break if a node or a disk died now, and what to do first. */
import { switchOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderBlast } from "../render/cluster/blast.ts";

/** The command. Exit code 1 when something would be lost or stand still, or could not be looked at. */
export const blast: Command = defineCommand({
  name: "blast",
  operands: ["node", "[disk]"],
  summary: "show what would break if a node or a disk died now, and what to do first",
  options: { all: switchOption({ description: "show everything, however long" }) },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [name = "", disk] = operands;
    const answer = await api.blast(name, disk, signal);
    const { lost, outage } = answer.counts;
    const isHarmless = lost + outage + answer.unknown.length === 0;
    return {
      json: answer,
      text: renderBlast(terminal, answer, { isAll: options.all, nowMs }),
      exitCode: isHarmless ? exitCodes.ok : exitCodes.attention,
    };
  },
});
