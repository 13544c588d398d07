/** Tables: columns padded to their widest cell, the last one cut where the terminal ends. */
import type { Terminal, Tone } from "./terminal.ts";

/** A cell: text, and its colour. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** A column. */
export interface Column {
  readonly title: string;
  /** Numbers stand right. */
  readonly align?: "left" | "right";
}

/** Renders a table; columns that are empty in every row are left out. */
export function renderTable(terminal: Terminal, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ index }) => rows.some((row) => textOf(row[index]) !== ""));
  const widths = shown.map(({ column, index }) => Math.max(column.title.length, ...rows.map((row) => textOf(row[index]).length)));
  const lines = [
    renderRow(
      terminal,
      shown.map(({ column }) => ({ text: column.title, tone: "quiet" as const })),
      shown.map(({ column }) => column),
      widths,
    ),
    ...rows.map((row) =>
      renderRow(
        terminal,
        shown.map(({ index }) => row[index] ?? ""),
        shown.map(({ column }) => column),
        widths,
      ),
    ),
  ];
  return lines.join("\n");
}

function renderRow(terminal: Terminal, cells: readonly Cell[], columns: readonly Column[], widths: readonly number[]): string {
  let used = 0;
  const parts = cells.map((cell, index) => {
    const isLast = index === cells.length - 1;
    const width = widths[index] ?? 0;
    const room = terminal.width - used;
    const text = isLast ? cut(textOf(cell), room) : textOf(cell);
    const padded = columns[index]?.align === "right" ? text.padStart(width) : isLast ? text : text.padEnd(width);
    used += padded.length + 2;
    return terminal.paint(typeof cell === "string" ? "plain" : cell.tone, padded);
  });
  return parts.join("  ").trimEnd();
}

function textOf(cell: Cell | undefined): string {
  return cell === undefined ? "" : typeof cell === "string" ? cell : cell.text;
}

function cut(text: string, room: number): string {
  return text.length <= room || room < 8 ? text : `${text.slice(0, room - 1)}…`;
}
