/** `nodekeeper apply`: approves the plan that was looked at. */
import { counted } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const apply: Command = defineCommand({
  name: "apply",
  operands: ["hash"],
  summary: "approve the plan of this hash, and no other",
  options: {},
  async run({ api, operands, terminal, signal }) {
    const approved = await api.approvePlan(operands[0] ?? "", signal);
    const what = `${counted(approved.operations, "step")} will be done; \`nodekeeper plan\` shows what is left`;
    return { json: approved, text: `${terminal.paint("good", "approved")}: ${what}`, exitCode: exitCodes.ok };
  },
});
