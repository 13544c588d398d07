/** What could not be told, and why. */
import type { UnknownThing } from "@nodekeeper/shared/readings";
import type { Terminal } from "../terminal.ts";

/** A titled list; "" when all could be told. */
export function renderUnknowns(terminal: Terminal, unknowns: readonly UnknownThing[]): string {
  if (unknowns.length === 0) return "";
  const lines = unknowns.map(({ place, reason }) => `${terminal.paint("warning", "?")} ${place}: ${reason}`);
  return [terminal.paint("strong", "Could not tell"), ...lines].join("\n");
}
