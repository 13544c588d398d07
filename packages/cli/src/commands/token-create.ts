/** `nodekeeper token create`: lets a machine in, or a program use the API. */
import { AppError, choiceOption, durationOption, listOption, optionalOption, stringOption } from "@nodekeeper/shared";
import { type IssuedToken, Scope, type TokenRequest } from "@nodekeeper/shared/api";
import { formatIn } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import type { Terminal } from "../terminal.ts";

/** The command. */
export const tokenCreate: Command = defineCommand({
  name: "token create",
  operands: [],
  summary: "let a machine in (--node), or a program use the API (--name, --scope)",
  options: {
    node: optionalOption(
      stringOption({ description: "the node that a machine will be; the token buys it one credential", placeholder: "NAME" }),
    ),
    name: optionalOption(stringOption({ description: "who will use the API, e.g. open-webui", placeholder: "NAME" })),
    scope: listOption(choiceOption({ description: "what it may do", choices: Scope.enum })),
    ttl: optionalOption(
      durationOption({ description: "how long it is good, e.g. 15m", minimumMs: 60_000 }),
      "15m with --node; with --name until it is revoked",
    ),
  },
  async run({ api, options, terminal, nowMs, signal }) {
    const issued = await api.createToken(requestOf(options), signal);
    return { json: issued, text: render(terminal, issued, nowMs), exitCode: exitCodes.ok };
  },
});

interface Wanted {
  readonly node: string | undefined;
  readonly name: string | undefined;
  readonly scope: readonly Scope[];
  readonly ttl: number | undefined;
}

function requestOf({ node, name, scope, ttl }: Wanted): TokenRequest {
  if ((node === undefined) === (name === undefined)) {
    throw new AppError(
      "CONFIG_INVALID",
      "what is the token for? --node NAME lets a machine in, --name NAME --scope SCOPE a program",
    );
  }
  const lasting = ttl === undefined ? {} : { ttlSeconds: Math.ceil(ttl / 1000) };
  if (node !== undefined) {
    if (scope.length > 0) throw new AppError("CONFIG_INVALID", "--scope is of --name: a machine may report, and nothing else");
    return { kind: "join", node, ...lasting };
  }
  if (scope.length === 0) {
    throw new AppError("CONFIG_INVALID", `--scope is missing: what may it do? One or more of ${Scope.enum.join(", ")}`);
  }
  return { kind: "api", name: name ?? "", scopes: [...scope], ...lasting };
}

/** On a terminal the command to be copied stands alone on its line. */
function render(terminal: Terminal, { text, joinToken, apiToken, agentAddresses = [] }: IssuedToken, nowMs: number): string {
  const quiet = (line: string): string => terminal.paint("quiet", line);
  if (joinToken !== undefined) {
    const addresses = agentAddresses.length === 0 ? "HOST:PORT" : agentAddresses.join(",");
    return [
      `Run this on ${terminal.paint("strong", joinToken.node)}, as root:`,
      "",
      `  echo ${text} | nodekeeper enroll ${addresses}`,
      "",
      quiet(
        `It is good once, and ends ${formatIn(joinToken.expiresAt, nowMs)}. It is shown only now; its id is ${joinToken.id}.`,
      ),
    ].join("\n");
  }
  const end = apiToken?.expiresAt === undefined ? "until it is revoked" : `and ends ${formatIn(apiToken.expiresAt, nowMs)}`;
  return [
    text,
    "",
    quiet(`It is good for ${apiToken?.scopes.join(", ")}, ${end}. It is shown only now; its id is ${apiToken?.id}.`),
    quiet("Send it as a header: Authorization: Bearer TOKEN"),
  ].join("\n");
}
