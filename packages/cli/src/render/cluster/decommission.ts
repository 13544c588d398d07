/** What must be done before a node may be taken away, as a list to tick off: the command of what is next stands alone on its line. */
import type { Decommission } from "@nodekeeper/shared/api";
import type { Terminal, Tone } from "../../terminal.ts";
import { hang, wrap } from "../../wrap.ts";
import { placeText, renderCommand } from "./command-line.ts";

type State = Decommission["steps"][number]["state"];

const marks: Readonly<Record<State, string>> = { done: "✓", next: "▶", later: "·", unknown: "?" };
const tones: Readonly<Record<State, Tone>> = { done: "good", next: "strong", later: "quiet", unknown: "warning" };

/** The list. */
export function renderDecommission(terminal: Terminal, { node, isSafe, steps }: Decommission): string {
  const lines = steps.flatMap(({ name, state, text, command, on }) => {
    const isShown = state === "next" || state === "unknown";
    const place = isShown ? placeText(command, on) : "";
    const [first = "", ...more] = hang(`${marks[state]} `, `${name}: ${text}${place}`, terminal.width);
    return [terminal.paint(tones[state], first), ...more, ...(isShown ? renderCommand(terminal, command) : [])];
  });
  const verdict = isSafe
    ? `${terminal.paint("good", "safe")}: nothing would be lost by taking ${node} away now; what is left is to tidy up`
    : `${terminal.paint("warning", "not yet")}: do what is next, and ask again; nothing is done by asking`;
  return [terminal.paint("strong", `before ${node} may be taken away`), ...lines, "", ...wrap(verdict, terminal.width)].join(
    "\n",
  );
}
