/** `nodekeeper token list`: tokens that were given out. */
import type { TokenList } from "@nodekeeper/shared/api";
import { formatAgo, formatIn } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** The command. */
export const tokenList: Command = defineCommand({
  name: "token list",
  operands: [],
  summary: "list the tokens that were given out, without their texts",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const list = await api.tokens(signal);
    const isEmpty = list.apiTokens.length + list.joinTokens.length === 0;
    return { json: list, text: isEmpty ? "no tokens" : render(terminal, list, nowMs), exitCode: exitCodes.ok };
  },
});

function render(terminal: Terminal, { joinTokens, apiTokens }: TokenList, nowMs: number): string {
  const columns = [
    { title: "ID" },
    { title: "FOR" },
    { title: "MAY" },
    { title: "ENDS" },
    { title: "USED" },
    { title: "MADE" },
    { title: "BY" },
  ];
  const joins = joinTokens.map((token): readonly Cell[] => [
    token.id,
    { text: token.node, tone: "strong" },
    "become this node",
    formatIn(token.expiresAt, nowMs),
    "",
    formatAgo(token.createdAt, nowMs),
    token.createdBy,
  ]);
  const apis = apiTokens.map((token): readonly Cell[] => [
    token.id,
    { text: token.name, tone: "strong" },
    { text: token.scopes.join(", "), tone: token.scopes.includes("admin") ? "warning" : "plain" },
    token.expiresAt === undefined ? "never" : endText(token.expiresAt, nowMs),
    token.lastUsedAt === undefined ? "" : formatAgo(token.lastUsedAt, nowMs),
    formatAgo(token.createdAt, nowMs),
    token.createdBy,
  ]);
  return renderTable(terminal, columns, [...joins, ...apis]);
}

function endText(expiresAt: string, nowMs: number): Cell {
  return Date.parse(expiresAt) <= nowMs ? { text: "ended", tone: "quiet" } : formatIn(expiresAt, nowMs);
}
