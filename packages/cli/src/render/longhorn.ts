/** What Longhorn lacks on a node, with what to do; what is as it should be is only counted, in the overview. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { longhornNeeds } from "@nodekeeper/shared/readings";
import type { Terminal } from "../terminal.ts";
import { hang } from "../wrap.ts";
import { moreText, shorten, type View } from "./section.ts";

/** Needs in the short form. */
const limit = 4;

/** What to do, in the long form below what is lacking, the gravest first; "" where nothing is lacking. */
export function renderLonghorn(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const needs = longhornNeeds(subjects);
  const shown = view.isAll ? needs : shorten(needs, limit);
  if (shown.length === 0) return "";
  const lines = shown.flatMap(({ isError, place, message, remedy }) => {
    const mark = isError ? "!! " : "!  ";
    const sentence = message.replace(/\.$/, "");
    // What is lacking stands in the short form among troubles or findings already; here is what to do about it.
    const [text, advice] = view.isAll || remedy === "" ? [sentence, remedy] : [remedy, ""];
    const [first = "", ...further] = hang(mark, `${place}: ${text}`, terminal.width);
    const below = advice === "" ? [] : hang(" ".repeat(mark.length), advice, terminal.width);
    return [`${terminal.paint(isError ? "bad" : "warning", mark)}${first.slice(mark.length)}`, ...further, ...below];
  });
  const more = moreText(needs.length - shown.length);
  return [terminal.paint("quiet", "LONGHORN"), ...lines, ...(more === "" ? [] : [terminal.paint("quiet", `   ${more}`)])].join(
    "\n",
  );
}
