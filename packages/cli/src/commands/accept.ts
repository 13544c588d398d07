/** `nodekeeper accept`: advice is known and stays as it is. */
import { AppError, durationOption, optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { everywhere, findOneFinding, scopeOf } from "../find-target.ts";
import { formatDecided } from "../render/decided.ts";

const longestMs = 365 * 86_400_000;

/** The command. */
export const accept: Command = defineCommand({
  name: "accept",
  operands: ["finding|node|all|cluster", "[rule]"],
  summary: "accept advice (low severity): it does not count, however often it comes; with a rule, all of its advice there",
  options: {
    for: optionalOption(
      durationOption({ description: "when it ends by itself, e.g. 90d", minimumMs: 60_000, maximumMs: longestMs }),
      "until it is ended",
    ),
    reason: optionalOption(stringOption({ description: "why, for others" })),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const { for: forMs, reason } = options;
    const made = await api.decide(
      {
        ...{ kind: "accept", ...(await about()) },
        ...(reason === undefined ? {} : { reason }),
        ...(forMs === undefined ? {} : { forSeconds: Math.round(forMs / 1000) }),
      },
      signal,
    );
    return { json: made, text: formatDecided(terminal, [made], nowMs), exitCode: exitCodes.ok };

    async function about() {
      const [node = "", rule] = operands;
      if (rule !== undefined) return { scope: scopeOf(node, rule) };
      if (node === everywhere)
        throw new AppError("CONFIG_INVALID", "name the rule whose advice is accepted everywhere: accept all RULE");
      const isAdvice = await findOneFinding(api, operands, ({ severity }) => severity === "low", signal);
      return { finding: isAdvice.id };
    }
  },
});
