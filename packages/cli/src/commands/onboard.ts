/** `nodekeeper onboard`: how far machines have come on their way to being ready, and what mends what is in the way. */
import { switchOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderOnboarding, renderOnboardings } from "../render/onboarding.ts";

/** The command. Exit code 1 when a machine waits for somebody. */
export const onboard: Command = defineCommand({
  name: "onboard",
  operands: ["[node]"],
  summary: "show how far machines are on their way to being ready, and the command that mends what is in the way",
  options: { all: switchOption({ description: "show all evidence, however much" }) },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [node] = operands;
    const view = { isAll: options.all, nowMs };
    if (node !== undefined) {
      const machine = await api.onboarding(node, signal);
      return { json: machine, text: renderOnboarding(terminal, machine, view), exitCode: exitCodeOf([machine]) };
    }
    const list = await api.onboardings(signal);
    const none = "no machine is known: no agent has reported, and there is no Node of a cluster";
    const text = list.machines.length === 0 ? none : renderOnboardings(terminal, list.machines, view);
    return { json: list, text, exitCode: exitCodeOf(list.machines) };
  },
});

function exitCodeOf(machines: readonly { readonly state: string }[]): number {
  return machines.some(({ state }) => state === "blocked" || state === "planned") ? exitCodes.attention : exitCodes.ok;
}
