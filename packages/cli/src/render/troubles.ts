/** What is wrong, the gravest first. */
import { counted, type Trouble, type TroubleLevel } from "@nodekeeper/shared/readings";
import type { Terminal, Tone } from "../terminal.ts";
import { hang } from "../wrap.ts";
import { moreText, shorten, type View } from "./section.ts";

/** Lines in the short form. */
const limit = 8;

const marks: Readonly<Record<TroubleLevel, { readonly mark: string; readonly tone: Tone }>> = {
  high: { mark: "!!", tone: "bad" },
  medium: { mark: "! ", tone: "warning" },
  low: { mark: "- ", tone: "quiet" },
};

/** A line each; "" where nothing is known to be wrong. */
export function renderTroubles(terminal: Terminal, troubles: readonly Trouble[], view: View): string {
  const shown = view.isAll ? troubles : shorten(troubles, limit);
  const lines = shown.flatMap(({ level, place, text }) => {
    const { mark, tone } = marks[level];
    const [first = "", ...further] = hang(`${mark} `, `${place}: ${text}`, terminal.width);
    return [`${terminal.paint(tone, mark)}${first.slice(mark.length)}`, ...further];
  });
  const more = moreText(troubles.length - shown.length);
  return [...lines, ...(more === "" ? [] : [terminal.paint("quiet", `   ${more}`)])].join("\n");
}

/** The verdict in a line: what is wrong, by gravity, and how much could not be told. */
export function verdictText(troubles: readonly Trouble[], unknownCount: number): string {
  const count = (level: TroubleLevel): number => troubles.filter((trouble) => trouble.level === level).length;
  const [high, medium, low] = [count("high"), count("medium"), count("low")];
  const wrong = [
    high === 0 ? "" : `${counted(high, "thing")} ${high === 1 ? "is" : "are"} badly wrong`,
    medium === 0 ? "" : `${counted(medium, "thing")} ${medium === 1 ? "needs" : "need"} attention`,
  ].filter((text) => text !== "");
  const worth = low === 0 ? "" : `${counted(low, "thing")} worth knowing`;
  const untold = unknownCount === 0 ? "" : `${counted(unknownCount, "thing")} could not be told`;
  if (wrong.length === 0 && unknownCount === 0) return worth === "" ? "all is well" : `all is well, ${worth}`;
  return [...(wrong.length === 0 ? ["nothing is known to be wrong"] : wrong), untold, worth]
    .filter((text) => text !== "")
    .join(", ");
}
