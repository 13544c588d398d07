/** `nodekeeper maintenance`: somebody works on nodes. Nobody is told of their findings, and nothing is taken from them. */
import { AppError, durationOption, optionalOption, stringOption } from "@nodekeeper/shared";
import type { Decision } from "@nodekeeper/shared/api";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { everywhere, scopeOf, theCluster } from "../find-target.ts";
import { readTime } from "../read-time.ts";
import { formatDecided } from "../render/decided.ts";

const longestMs = 365 * 86_400_000;

/** The command. */
export const maintenance: Command = defineCommand({
  name: "maintenance",
  operands: ["node|all", "[node…]"],
  summary: "say that you work on nodes: nobody is told of their findings, and nothing is taken from them meanwhile",
  options: {
    for: durationOption({ description: "how long, e.g. 2h", minimumMs: 60_000, maximumMs: longestMs }),
    from: optionalOption(stringOption({ description: "when it begins: 22:00, or 2026-11-24T22:00", placeholder: "TIME" }), "now"),
    reason: optionalOption(stringOption({ description: "why, for others" })),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const { for: forMs, from, reason } = options;
    if (operands.includes(theCluster)) throw new AppError("CONFIG_INVALID", "maintenance is of nodes: name them, or `all`");
    const startsAt = from === undefined ? {} : { startsAt: new Date(readTime(from, nowMs)).toISOString() };
    const made: Decision[] = [];
    for (const node of new Set(operands)) {
      const wanted = {
        kind: "maintenance" as const,
        scope: scopeOf(node, undefined),
        forSeconds: Math.round(forMs / 1000),
        ...startsAt,
      };
      const deciding = api.decide({ ...wanted, ...(reason === undefined ? {} : { reason }) }, signal);
      made.push(await deciding.catch((thrown: unknown) => refuse(thrown, node, made)));
    }
    return { json: { decisions: made }, text: formatDecided(terminal, made, nowMs), exitCode: exitCodes.ok };
  },
});

/** Some may have begun: whoever reads the refusal must know. */
function refuse(thrown: unknown, node: string, made: readonly Decision[]): never {
  const { code, message } = AppError.from(thrown);
  const begun = made.map(({ scope, id }) => `${scope.node ?? everywhere} (${id})`).join(", ");
  const rest = begun === "" ? "" : `; maintenance is decided for ${begun}, and not for ${node} and what comes after it`;
  throw new AppError(code, `${message}${rest}`, { cause: thrown });
}
