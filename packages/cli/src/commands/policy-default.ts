/** `nodekeeper policy default`: the policy that is built in, as a file to begin with. */
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const policyDefault: Command = defineCommand({
  name: "policy default",
  operands: [],
  summary: "print the built-in policy as YAML",
  isOffline: true,
  options: {},
  async run() {
    const { builtInPolicyText } = await import("@nodekeeper/collector/policy");
    return { json: { yaml: builtInPolicyText }, text: builtInPolicyText.trimEnd(), exitCode: exitCodes.ok };
  },
});
