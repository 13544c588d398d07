/** `nodekeeper policy facts`: the facts of a machine as a policy sees them, and why the rest is not known. */
import { optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { machineFacts } from "../machine-facts.ts";
import { renderFacts } from "../render/policy.ts";

/** The command. */
export const policyFacts: Command = defineCommand({
  name: "policy facts",
  operands: ["[capture]"],
  summary: "show the facts of this machine, or of a capture, as a policy sees them",
  isOffline: true,
  options: { name: optionalOption(stringOption({ description: "name of the node", placeholder: "NAME" })) },
  async run({ options, operands, terminal, nowMs, signal }) {
    const { plainFacts } = await import("@nodekeeper/collector/policy");
    const [machine] = await machineFacts(operands, { name: options.name, nowMs, signal });
    const plain = machine === undefined ? { facts: {}, unknown: {} } : plainFacts(machine.facts);
    return { json: plain, text: renderFacts(terminal, plain), exitCode: exitCodes.ok };
  },
});
