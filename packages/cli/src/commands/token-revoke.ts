/** `nodekeeper token revoke`: takes a token back. */
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const tokenRevoke: Command = defineCommand({
  name: "token revoke",
  operands: ["id"],
  summary: "take a token back, at once",
  options: {},
  async run({ api, operands, terminal, signal }) {
    const revoked = await api.revokeToken(operands[0] ?? "", signal);
    const what =
      revoked.joinToken === undefined
        ? `the API token of ${revoked.apiToken?.name}`
        : `the join token of ${revoked.joinToken.node}`;
    return { json: revoked, text: `${terminal.paint("good", "revoked")}: ${what}`, exitCode: exitCodes.ok };
  },
});
