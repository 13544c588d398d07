/** Tables: columns padded to their widest cell, the last one cut where the terminal ends. */
import type { Terminal, Tone } from "./terminal.ts";
/** A cell: text, and its colour. */
export type Cell =
  | string
  | {
      readonly text: string;
      readonly tone: Tone;
    };
/** A column. */
export interface Column {
  readonly title: string;
  /** Numbers stand right. */
  readonly align?: "left" | "right";
}
/** Renders a table; columns that are empty in every row are left out. */
export declare function renderTable(terminal: Terminal, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string;
//# sourceMappingURL=table.d.ts.map
