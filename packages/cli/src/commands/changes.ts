/** `nodekeeper changes`: how the equipment of the fleet, or of one node, changed. */
import { integerOption } from "@nodekeeper/shared";
import type { Change } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";

const tones: Readonly<Partial<Record<Change["change"], Tone>>> = { disappeared: "warning", first_seen: "quiet" };

/** The command. */
export const changes: Command = defineCommand({
  name: "changes",
  operands: ["[node]"],
  summary: "list what was built in, taken out, moved and updated",
  options: {
    limit: integerOption({ description: "at most so many, the newest", default: "100", minimum: 1, maximum: 1000 }),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [node] = operands;
    const list = await api.changes({ limit: options.limit, ...(node === undefined ? {} : { node }) }, signal);
    return {
      json: list,
      text: list.changes.length === 0 ? "no changes" : renderChanges(terminal, list.changes, nowMs, node === undefined),
      exitCode: exitCodes.ok,
    };
  },
});

function renderChanges(terminal: Terminal, all: readonly Change[], nowMs: number, isNodeNamed: boolean): string {
  const columns = [{ title: "WHEN" }, { title: "AGO" }, { title: "NODE" }, { title: "CHANGE" }];
  const rows = all.map((change): readonly Cell[] => [
    change.at.slice(0, 16).replace("T", " "),
    formatAgo(change.at, nowMs),
    isNodeNamed ? { text: change.node, tone: "strong" } : "",
    { text: change.text, tone: tones[change.change] ?? "plain" },
  ]);
  return renderTable(terminal, columns, rows);
}
