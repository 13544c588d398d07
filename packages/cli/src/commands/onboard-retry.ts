/** `nodekeeper onboard retry`: looks again at what is in a machine's way. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderOnboarding } from "../render/onboarding.ts";

/** The command. */
export const onboardRetry: Command = defineCommand({
  name: "onboard retry",
  operands: ["node"],
  summary: "look again at what is in a machine's way, at once",
  options: {},
  async run({ api, operands, terminal, nowMs, signal }) {
    const [node = ""] = operands;
    const machine = await api.retryOnboarding(node, signal);
    const asked = `${terminal.paint("good", "asked")}: its agent looks again, which takes some seconds; \`nodekeeper onboard ${node}\` then says more`;
    const isOver = machine.state === "ready";
    const text = [...(isOver ? [] : [asked, ""]), renderOnboarding(terminal, machine, { isAll: false, nowMs })].join("\n");
    return { json: machine, text, exitCode: exitCodes.ok };
  },
});
