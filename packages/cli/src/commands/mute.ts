/** `nodekeeper mute`: findings are not told for a while. They count. */
import { durationOption, optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { findFinding, scopeOf } from "../find-target.ts";
import { formatDecided } from "../render/decided.ts";

const longestMs = 365 * 86_400_000;

/** The command. */
export const mute: Command = defineCommand({
  name: "mute",
  operands: ["finding|node|all|cluster", "[rule]"],
  summary: "tell nobody of a finding, of a node's findings, or of a rule's, for a while; they count all the same",
  options: {
    for: durationOption({ description: "when it ends by itself, e.g. 8h", minimumMs: 60_000, maximumMs: longestMs }),
    reason: optionalOption(stringOption({ description: "why, for others" })),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [first = "", rule] = operands;
    const { for: forMs, reason } = options;
    const finding = rule === undefined ? await findFinding(api, first, signal) : undefined;
    const made = await api.decide(
      {
        ...{ kind: "mute", forSeconds: Math.round(forMs / 1000) },
        ...(finding === undefined ? { scope: scopeOf(first, rule) } : { finding: finding.id }),
        ...(reason === undefined ? {} : { reason }),
      },
      signal,
    );
    return { json: made, text: formatDecided(terminal, [made], nowMs), exitCode: exitCodes.ok };
  },
});
