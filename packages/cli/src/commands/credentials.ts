/** `nodekeeper credentials`: what lets enrolled machines in. */
import type { CredentialBody } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** The command. */
export const credentials: Command = defineCommand({
  name: "credentials",
  operands: [],
  summary: "list what lets enrolled machines in",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const list = await api.credentials(signal);
    const text = list.credentials.length === 0 ? "no machine is enrolled" : render(terminal, list.credentials, nowMs);
    return { json: list, text, exitCode: exitCodes.ok };
  },
});

function render(terminal: Terminal, all: readonly CredentialBody[], nowMs: number): string {
  const columns = [
    { title: "NODE" },
    { title: "ID" },
    { title: "USED" },
    { title: "MADE" },
    { title: "MACHINE", minimumWidth: 12 },
    { title: "" },
  ];
  const rows = [...all]
    .sort((a, b) => a.node.localeCompare(b.node) || a.createdAt.localeCompare(b.createdAt))
    .map((credential): readonly Cell[] => [
      { text: credential.node, tone: "strong" },
      credential.id,
      credential.lastUsedAt === undefined ? "" : formatAgo(credential.lastUsedAt, nowMs),
      formatAgo(credential.createdAt, nowMs),
      credential.machineId,
      credential.replaces === undefined ? "" : { text: "waits to be taken over", tone: "warning" },
    ]);
  return renderTable(terminal, columns, rows);
}
