/** What could not be told, and why; what failed alike is said once. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { counted, placeText, type Unknown } from "@nodekeeper/shared/readings";
import type { Terminal } from "../terminal.ts";
import { hang } from "../wrap.ts";
import { moreText, shorten, type View } from "./section.ts";

/** Lines in the short form. */
const limit = 6;
/** So many things of one probe that failed alike become one line in the short form. */
const alikeCount = 3;
/** The code of what only root may read. */
const denied = "HOST_PERMISSION_DENIED";

/** A line each; "" when all could be told. */
export function renderUnknowns(
  terminal: Terminal,
  unknowns: readonly Unknown[],
  subjects: readonly SubjectBody[],
  view: View,
): string {
  const texts = view.isAll ? unknowns.map((unknown) => textOf(unknown, subjects)) : groupedTexts(unknowns, subjects);
  const shown = view.isAll ? texts : shorten(texts, limit);
  const lines = shown.flatMap((text) => hang("?  ", text, terminal.width)).map((line) => markFirst(terminal, line));
  const more = moreText(texts.length - shown.length);
  return [...lines, ...(more === "" ? [] : [terminal.paint("quiet", `   ${more}`)])].join("\n");
}

/** True where root would have seen more. */
export function needsRoot(unknowns: readonly Unknown[]): boolean {
  return unknowns.some(({ code }) => code === denied);
}

function groupedTexts(unknowns: readonly Unknown[], subjects: readonly SubjectBody[]): readonly string[] {
  const groups = new Map<string, Unknown[]>();
  for (const unknown of unknowns) {
    const key = unknown.code === undefined ? `${unknown.probe} ${unknown.reason}` : `${unknown.probe} ${unknown.code}`;
    groups.set(key, [...(groups.get(key) ?? []), unknown]);
  }
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined || alike.length < alikeCount) return alike.map((unknown) => textOf(unknown, subjects));
    return [`${first.probe}: ${counted(alike.length, "thing")} alike (--all names them), the first: ${first.reason}`];
  });
}

function textOf(unknown: Unknown, subjects: readonly SubjectBody[]): string {
  return `${placeText(unknown, subjects)}: ${unknown.reason}`;
}

function markFirst(terminal: Terminal, line: string): string {
  return line.startsWith("?") ? `${terminal.paint("warning", "?")}${line.slice(1)}` : line;
}
