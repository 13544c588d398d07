/** `nodekeeper baseline`: the errors that a disk counted until now are known. */
import { optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const baseline: Command = defineCommand({
  name: "baseline",
  operands: ["node", "disk"],
  summary: "judge a disk by the errors that it counts from now on; name it by id, serial number or as sda",
  options: { reason: optionalOption(stringOption({ description: "why, for the audit" })) },
  async run({ api, options, operands, terminal, signal }) {
    const [node = "", disk = ""] = operands;
    const { reason } = options;
    const made = await api.rebaseDisk(node, disk, reason === undefined ? {} : { reason }, signal);
    const lines = made.counters.map(
      ({ name, before, baseline }) => `  ${name}: ${before === baseline ? baseline : `${before} → ${baseline}`}`,
    );
    const first = `${terminal.paint("good", "set")}: ${made.disk} of ${node} is judged by what it counts above these`;
    return { json: made, text: [first, ...lines].join("\n"), exitCode: exitCodes.ok };
  },
});
