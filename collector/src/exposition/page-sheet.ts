/** Collects the lines of a chapter by family: Prometheus wants all series of a name together, and nodes are looked at one after the other. */
import type { Family, Sheet } from "./chapter.ts";

/** A sheet that can be read. */
export interface PageSheet extends Sheet {
  /** The text in pieces, each some ten kB; a family without series is left out. */
  pieces(): Generator<string>;
}

/** Lines that are joined at once: so long nobody else has a turn. */
const linesPerPiece = 500;

/** An empty one. */
export function createPageSheet(families: readonly Family[]): PageSheet {
  const lines = new Map<Family, string[]>(families.map((family) => [family, []]));

  function linesOf(family: Family): string[] {
    const own = lines.get(family);
    if (own === undefined) throw new RangeError(`${family.name} is no family of this chapter`);
    return own;
  }

  return {
    add(family, labels, value) {
      if (value === undefined || !Number.isFinite(value)) return;
      linesOf(family).push(`${family.name}{${labels}} ${value}\n`);
    },
    states(family, labels, label, all, present) {
      const own = linesOf(family);
      for (const state of all) own.push(`${family.name}{${labels},${label}="${state}"} ${state === present ? 1 : 0}\n`);
    },
    *pieces() {
      for (const [{ name, type, help }, own] of lines) {
        if (own.length > 0) yield `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
        for (let from = 0; from < own.length; from += linesPerPiece) yield own.slice(from, from + linesPerPiece).join("");
      }
    },
  };
}
