/** `nodekeeper onboard skip`: lets a step of a machine stay undone. */
import { AppError, didYouMean, optionalOption, stringOption } from "@nodekeeper/shared";
import { OnboardingStepName } from "@nodekeeper/shared/api";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderOnboarding } from "../render/onboarding.ts";

/** The command. */
export const onboardSkip: Command = defineCommand({
  name: "onboard skip",
  operands: ["node", "step"],
  summary: "let a step of a machine stay undone, so that it goes on",
  options: { reason: optionalOption(stringOption({ description: "why, for others" })) },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [node = "", given = ""] = operands;
    const step = OnboardingStepName.enum.find((name) => name === given);
    if (step === undefined)
      throw new AppError("CONFIG_INVALID", `there is no step "${given}"${didYouMean(given, OnboardingStepName.enum)}`);
    const { reason } = options;
    const machine = await api.skipOnboarding(node, { step, ...(reason === undefined ? {} : { reason }) }, signal);
    const done = `${terminal.paint("good", "skipped")}: ${step} of ${node} may stay undone`;
    return {
      json: machine,
      text: [done, "", renderOnboarding(terminal, machine, { isAll: false, nowMs })].join("\n"),
      exitCode: exitCodes.ok,
    };
  },
});
