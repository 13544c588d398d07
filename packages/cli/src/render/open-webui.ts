/** Changes of Open WebUI, before and after. */
import type { ChangeLine } from "../open-webui/change-line.ts";
import { type Column, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { wrap } from "../wrap.ts";

const columns: readonly Column[] = [{ title: "" }, { title: "NOW" }, { title: "THEN" }];

/** What would be changed, and what else there is to know; a URL is never cut. */
export function renderChanges(terminal: Terminal, lines: readonly ChangeLine[], notes: readonly string[]): string {
  const rows = lines.map(({ what, before, after }) => [what, before, { text: after, tone: "strong" } as const]);
  const told = notes.flatMap((note) => wrap(note, terminal.width));
  const table = lines.length === 0 ? [] : [renderTable({ ...terminal, width: Number.POSITIVE_INFINITY }, columns, rows)];
  return [...table, ...told.map((line) => terminal.paint("quiet", line))].join("\n");
}
