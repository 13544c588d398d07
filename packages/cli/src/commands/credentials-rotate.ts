/** `nodekeeper credentials rotate`: another credential in the place of a machine's. */
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const credentialsRotate: Command = defineCommand({
  name: "credentials rotate",
  operands: ["node"],
  summary: "give a machine another credential, over its own stream",
  options: {},
  async run({ api, operands, terminal, signal }) {
    const successor = await api.rotateCredential(operands[0] ?? "", signal);
    const text = `${terminal.paint("good", "rotated")}: ${successor.node} gets ${successor.id} when it is connected, and the one before ends when it uses it`;
    return { json: successor, text, exitCode: exitCodes.ok };
  },
});
