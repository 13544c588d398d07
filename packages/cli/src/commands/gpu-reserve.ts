/** `nodekeeper gpu reserve`: keeps the GPU of a node for something else than models. */
import { durationOption, optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { reservationText } from "../render/reservations.ts";

/** The command. */
export const gpuReserve: Command = defineCommand({
  name: "gpu reserve",
  operands: ["node"],
  summary: "keep the GPU of a node for something else: routes leave it, its models are unloaded",
  options: {
    for: durationOption({ description: "when it ends by itself, e.g. 3h", minimumMs: 60_000, maximumMs: 7 * 86_400_000 }),
    reason: optionalOption(stringOption({ description: "why, for others" })),
  },
  async run({ api, options, operands, nowMs, signal }) {
    const [node = ""] = operands;
    const { for: forMs, reason } = options;
    const wanted = { node, forSeconds: Math.round(forMs / 1000), ...(reason === undefined ? {} : { reason }) };
    const made = await api.reserveGpu(wanted, signal);
    return { json: made, text: reservationText(made, nowMs), exitCode: exitCodes.ok };
  },
});
