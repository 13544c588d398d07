/** `nodekeeper revert`: takes back one write on the cluster. */
import { AppError, durationOption } from "@nodekeeper/shared";
import { formatIn } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { overrideText } from "../render/cluster/overrides.ts";

const longestMs = 366 * 86_400_000;

/** The command. */
export const revert: Command = defineCommand({
  name: "revert",
  operands: ["action"],
  summary: "take back one write on the cluster, by its id in the audit, and keep it so for a while",
  options: {
    for: durationOption({
      description: "how long it is kept so, against the policy",
      default: "7d",
      minimumMs: 60_000,
      maximumMs: longestMs,
    }),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [given = ""] = operands;
    if (!/^[1-9]\d{0,14}$/.test(given)) {
      throw new AppError("CONFIG_INVALID", `expected the id of an action, as \`nodekeeper audit\` shows it, got "${given}"`);
    }
    const list = await api.revert(Number(given), Math.round(options.for / 1000), signal);
    const lines = list.overrides.map((one) => `  ${one.node} ${overrideText(one)}, ends ${formatIn(one.until, nowMs)}`);
    const text = [`${terminal.paint("good", "reverted")}: what was there before is kept`, ...lines].join("\n");
    return { json: list, text, exitCode: exitCodes.ok };
  },
});
