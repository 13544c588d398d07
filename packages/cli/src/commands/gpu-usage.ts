/** `nodekeeper gpu usage`: who held the memory of GPUs, and how long models were loaded. */
import { integerOption, optionalOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderGpuUsage } from "../render/gpu-usage.ts";

/** The command. */
export const gpuUsage: Command = defineCommand({
  name: "gpu usage",
  operands: ["[node]"],
  summary: "show who held the memory of GPUs lately, and how long models were loaded",
  options: {
    hours: integerOption({ description: "of the last so many hours", minimum: 1, maximum: 24, default: "24" }),
    days: optionalOption(
      integerOption({ description: "models over so many days, today among them", minimum: 1, maximum: 30 }),
      "of the hours",
    ),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const { hours, days } = options;
    const usage = await api.gpuUsage({ node: operands[0], hours, days }, signal);
    return { json: usage, text: renderGpuUsage(terminal, usage, nowMs), exitCode: exitCodes.ok };
  },
});
