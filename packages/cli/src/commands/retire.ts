/** `nodekeeper retire`: forgets a node that will not come back. */
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const retire: Command = defineCommand({
  name: "retire",
  operands: ["node"],
  summary: "forget a node that will not come back",
  options: {},
  async run({ api, operands, terminal, signal }) {
    const retired = await api.retire(operands[0] ?? "", signal);
    const credential = retired.revokedCredentials === 0 ? "" : ", its credential is revoked";
    const text = `${terminal.paint("good", "retired")}: ${retired.node} is forgotten${credential}; its history stays for as long as it is kept`;
    return { json: retired, text, exitCode: exitCodes.ok };
  },
});
