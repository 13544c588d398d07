/** `nodekeeper credentials revoke`: locks a machine out. */
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const credentialsRevoke: Command = defineCommand({
  name: "credentials revoke",
  operands: ["node"],
  summary: "lock a machine out, within a second",
  options: {},
  async run({ api, operands, terminal, signal }) {
    const [node = ""] = operands;
    const revoked = await api.revokeCredentials(node, signal);
    const again = `\`nodekeeper token create --node ${node}\` lets it in again`;
    return {
      json: revoked,
      text: `${terminal.paint("good", "revoked")}: ${node} is locked out; ${again}`,
      exitCode: exitCodes.ok,
    };
  },
});
