/** What could not be told, and why. */
import type { Failure } from "@nodekeeper/shared/api";
import type { Terminal } from "../terminal.ts";

/** One thing that could not be told. */
export interface Unknown {
  /** Where: probe, and the subject if it is one. */
  readonly place: string;
  readonly reason: string;
}

/** An entry for a failed probe, subject or list. */
export function unknownOf(probe: string, kind: string, id: string, failure: Failure | undefined, what: string): Unknown {
  const place = [probe, kind, id].filter((part) => part !== "").join(" ");
  return { place, reason: failure === undefined ? what : `${failure.message} (${failure.code})` };
}

/** A titled list; "" when all could be told. */
export function renderUnknowns(terminal: Terminal, unknowns: readonly Unknown[]): string {
  if (unknowns.length === 0) return "";
  const lines = unknowns.map(({ place, reason }) => `${terminal.paint("warning", "?")} ${place}: ${reason}`);
  return [terminal.paint("strong", "Could not tell"), ...lines].join("\n");
}
