/** Tables: columns padded to their widest cell. Where the terminal is too narrow, columns shrink, the least needed go, and the last one is cut. */
import type { Terminal, Tone } from "./terminal.ts";
import { wrap } from "./wrap.ts";

/** A cell: text, and its colour. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** A column. */
export interface Column {
  readonly title: string;
  /** Numbers stand right. */
  readonly align?: "left" | "right";
  /** It may be cut to so many characters where room is short. Without it, it keeps its width. */
  readonly minimumWidth?: number;
  /** It is left out where even cutting does not help: the rightmost of these first. */
  readonly isOptional?: boolean;
  /** Of the last column: a text that is longer than its room goes on below, and is not cut. */
  readonly isWrapped?: boolean;
}

interface Placed {
  readonly column: Column;
  readonly index: number;
  readonly width: number;
}

/** Between columns. */
const gap = 2;
/** The last column is worth showing with so many characters; below, an optional one goes. */
const leastLastWidth = 15;
/** And one that goes on below with so many. */
const leastWrappedWidth = 28;

/** Renders a table; columns that are empty in every row are left out. */
export function renderTable(terminal: Terminal, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const filled = columns
    .map((column, index) => ({
      column,
      index,
      width: Math.max(column.title.length, ...rows.map((row) => textOf(row[index]).length)),
    }))
    .filter(({ index }) => rows.some((row) => textOf(row[index]) !== ""));
  const placed = fit(filled, terminal.width);
  const titles = placed.map(({ column }) => ({ text: column.title, tone: "quiet" as const }));
  const lines = [titles, ...rows.map((row) => placed.map(({ index }) => row[index] ?? ""))];
  return lines.map((cells) => renderRow(terminal, cells, placed)).join("\n");
}

/** Cuts a text that is longer than its room. */
export function cut(text: string, room: number): string {
  return text.length <= room || room < 2 ? text : `${text.slice(0, room - 1)}…`;
}

/** Shrinks what may shrink, the widest first; then leaves out what may be left out, and begins anew. */
function fit(columns: readonly Placed[], room: number): readonly Placed[] {
  const widths = new Map(columns.map(({ index, width }) => [index, width]));
  const last = columns.at(-1);
  if (last !== undefined)
    widths.set(last.index, Math.min(last.width, last.column.isWrapped === true ? leastWrappedWidth : leastLastWidth));
  const total = (): number => [...widths.values()].reduce((sum, width) => sum + width + gap, -gap);
  while (total() > room) {
    const widest = columns
      .filter((one) => one !== last && (widths.get(one.index) ?? 0) > (one.column.minimumWidth ?? Number.POSITIVE_INFINITY))
      .sort((a, b) => (widths.get(b.index) ?? 0) - (widths.get(a.index) ?? 0))[0];
    if (widest === undefined) {
      const spare = columns.findLast((one) => one.column.isOptional === true);
      return spare === undefined
        ? withWidths(columns, widths)
        : fit(
            columns.filter((one) => one !== spare),
            room,
          );
    }
    widths.set(widest.index, (widths.get(widest.index) ?? 0) - 1);
  }
  if (last !== undefined) widths.set(last.index, last.width);
  return withWidths(columns, widths);
}

function withWidths(columns: readonly Placed[], widths: ReadonlyMap<number, number>): readonly Placed[] {
  return columns.map((one) => ({ ...one, width: widths.get(one.index) ?? one.width }));
}

function renderRow(terminal: Terminal, cells: readonly Cell[], placed: readonly Placed[]): string {
  let used = 0;
  const parts = cells.map((cell, position) => {
    const isLast = position === cells.length - 1;
    const { column, width = 0 } = placed[position] ?? { column: undefined };
    const room = isLast ? terminal.width - used : width;
    const [first = "", ...below] = isLast && column?.isWrapped === true ? wrap(textOf(cell), room) : [cut(textOf(cell), room)];
    const text = [first, ...below.map((line) => `${" ".repeat(used)}${line}`)].join("\n");
    const padded = column?.align === "right" ? text.padStart(width) : isLast ? text : text.padEnd(width);
    used += padded.length + gap;
    return terminal.paint(typeof cell === "string" ? "plain" : cell.tone, padded);
  });
  return parts.join(" ".repeat(gap)).trimEnd();
}

function textOf(cell: Cell | undefined): string {
  return cell === undefined ? "" : typeof cell === "string" ? cell : cell.text;
}
