/** What a command says of a policy file that is wrong. */
import { counted } from "@nodekeeper/shared/readings";
import { type CommandResult, exitCodes } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/** Every problem on a line of its own, as compilers write it, so that editors find the place. */
export function policyProblems(terminal: Terminal, file: string, problems: readonly string[]): CommandResult {
  const head = terminal.paint("bad", `${file} has ${counted(problems.length, "problem")}:`);
  return {
    json: { file, isGood: false, problems },
    text: [head, ...problems.map((problem) => `  ${problem}`)].join("\n"),
    exitCode: exitCodes.config,
  };
}
