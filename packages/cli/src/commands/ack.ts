/** `nodekeeper ack`: a finding is known, and does not count until it gets worse. */
import { durationOption, optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { findOneFinding } from "../find-target.ts";
import { formatDecided } from "../render/decided.ts";

const longestMs = 365 * 86_400_000;

/** The command. */
export const ack: Command = defineCommand({
  name: "ack",
  operands: ["finding|node", "[rule]"],
  summary:
    "acknowledge a finding: it does not count and is not told until it gets worse; name it by its handle, or by node and rule",
  options: {
    for: optionalOption(
      durationOption({ description: "when it ends by itself, e.g. 3d", minimumMs: 60_000, maximumMs: longestMs }),
      "until it gets worse or is resolved",
    ),
    reason: optionalOption(stringOption({ description: "why, for others" })),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const finding = await findOneFinding(api, operands, ({ attention }) => attention?.isSetAside !== true, signal);
    const { for: forMs, reason } = options;
    const wanted = {
      ...{ kind: "acknowledge" as const, finding: finding.id },
      ...(reason === undefined ? {} : { reason }),
      ...(forMs === undefined ? {} : { forSeconds: Math.round(forMs / 1000) }),
    };
    const made = await api.decide(wanted, signal);
    return { json: made, text: formatDecided(terminal, [made], nowMs, finding.text), exitCode: exitCodes.ok };
  },
});
