/** A step of taking a node away, as it was found. */
import type { Step } from "../advice/commands.ts";

/** How far it is; `undone` becomes next or later by its place among the others. */
export interface FoundStep extends Step {
  /** Stable, kebab-case. */
  readonly name: string;
  readonly is: "done" | "undone" | "unknown";
}
