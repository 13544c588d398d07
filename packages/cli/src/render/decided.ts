/** What a command says after a decision was taken. */
import type { Decision } from "@nodekeeper/shared/api";
import type { Terminal } from "../terminal.ts";
import { wordsOf } from "./decisions.ts";

/** A line each, and how to take it back. `about` is the finding in words. */
export function formatDecided(terminal: Terminal, decisions: readonly Decision[], nowMs: number, about?: string): string {
  const lines = decisions.map((decision) => {
    const { is, what, term } = wordsOf(decision, nowMs);
    return `${terminal.paint("good", is)}: ${what}, ${term}`;
  });
  const back = terminal.paint("quiet", `taken back by: nodekeeper decisions end ${decisions.map(({ id }) => id).join(" ")}`);
  return [...lines, ...(about === undefined ? [] : [`  ${about}`]), back].join("\n");
}
