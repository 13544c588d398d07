/** A table whose first column names the section, shortened with a count. */
import { type Cell, type Column, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** How much is shown. */
export interface View {
  /** True shows everything, however long. */
  readonly isAll: boolean;
  /** ms since 1970. */
  readonly nowMs: number;
}

/** The table, or "" without rows. `hiddenCount` are rows that were left out before. */
export function section(
  terminal: Terminal,
  view: View,
  content: {
    readonly columns: readonly Column[];
    readonly rows: readonly (readonly Cell[])[];
    /** Rows in the short form. */
    readonly limit: number;
    readonly hiddenCount?: number;
  },
): string {
  const { columns, rows, limit, hiddenCount = 0 } = content;
  const shown = view.isAll ? rows : shorten(rows, limit);
  if (shown.length === 0) return "";
  const table = renderTable(terminal, columns, shown);
  const more = moreText(rows.length - shown.length + hiddenCount);
  return more === "" ? table : `${table}\n${terminal.paint("quiet", more)}`;
}

/** As many as the limit; one more than that is shown too, since saying so would take the same line. */
export function shorten<Item>(items: readonly Item[], limit: number): readonly Item[] {
  return items.length <= limit + 1 ? items : items.slice(0, limit);
}

/** "… 14 more; --all"; "" for none. */
export function moreText(count: number): string {
  return count > 0 ? `… ${count} more; --all` : "";
}

/** Parts with a text, joined. */
export function list(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(", ");
}

/** Words, joined by blanks. */
export function words(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
