/** `nodekeeper policy test`: what a policy would write on machines, with the facts that it reads; nothing is asked of a collector or a cluster. */
import { optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { machineFacts } from "../machine-facts.ts";
import { policyProblems } from "../policy-problems.ts";
import { type MachineTrial, renderTrials } from "../render/policy.ts";

/** The command. Exit code 1 when something cannot be decided. */
export const policyTest: Command = defineCommand({
  name: "policy test",
  operands: ["file", "[capture…]"],
  summary: "try a policy file on this machine, or on captures",
  isOffline: true,
  options: { name: optionalOption(stringOption({ description: "name of the node", placeholder: "NAME" })) },
  async run({ options, operands: [file = "", ...captures], terminal, nowMs, signal }) {
    const { readPolicyFile, tryPolicy } = await import("@nodekeeper/collector/policy");
    const read = await readPolicyFile(file);
    if (read.kind === "bad") return policyProblems(terminal, file, read.problems);
    const machines = await machineFacts(captures, { name: options.name, nowMs, signal });
    const trials = machines.map(({ name, root, facts }): MachineTrial => ({ name, root, trials: tryPolicy(read.policy, facts) }));
    const isUndecided = trials.some((machine) => machine.trials.some(({ decided }) => decided.kind === "undecided"));
    return {
      json: { machines: trials },
      text: renderTrials(terminal, trials),
      exitCode: isUndecided ? exitCodes.attention : exitCodes.ok,
    };
  },
});
