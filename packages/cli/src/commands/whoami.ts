/** `nodekeeper whoami`: as whom the collector sees this command line. */
import type { WhoAmI } from "@nodekeeper/shared/api";
import { formatIn } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import type { Terminal } from "../terminal.ts";

const doors: Readonly<Record<WhoAmI["door"], string>> = {
  local: "the loopback listener",
  public: "the public listener",
  proxy: "the proxy's listener",
  admin: "the admin socket",
};

/** The command. */
export const whoami: Command = defineCommand({
  name: "whoami",
  operands: [],
  summary: "show as whom the collector sees you, and what you may do",
  options: {},
  async run({ api, transport, terminal, nowMs, signal }) {
    const body = await api.whoami(signal);
    return { json: body, text: render(terminal, body, transport.place, nowMs), exitCode: exitCodes.ok };
  },
});

function render(terminal: Terminal, { kind, name, scopes, door, expiresAt }: WhoAmI, place: string, nowMs: number): string {
  const who = kind === "local" ? "somebody on the collector's machine" : `${kind} ${terminal.paint("strong", name)}`;
  const rights = scopes.length === 0 ? "nothing" : scopes.join(", ");
  const end = expiresAt === undefined ? "" : `; it ends ${formatIn(expiresAt, nowMs)}`;
  return [`${who}, by ${doors[door]} (${place})`, `may: ${rights}${end}`].join("\n");
}
