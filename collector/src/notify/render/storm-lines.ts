/** Many nodes at a time: by rules, since nobody reads two hundred names. Pure. */
import { inWords } from "@nodekeeper/shared";
import type { NoticeItem } from "../notice.ts";
import { oneLine } from "./one-line.ts";

/** A line for each rule and for what is told of it. */
export function stormLines(items: readonly NoticeItem[]): readonly string[] {
  const groups = Map.groupBy(items, ({ telling, finding }) =>
    JSON.stringify([telling === "resolved" ? "resolved: " : telling === "advice" ? "advice: " : "", oneLine(finding.title)]),
  );
  return [...groups].map(([key, group]) => {
    const [label, title] = JSON.parse(key) as readonly [string, string]; // what was written above
    const nodes = [...new Set(group.map(({ finding }) => (finding.node === "" ? "the cluster" : oneLine(finding.node))))];
    return `${label}${title}: ${nodes.length} nodes: ${inWords(nodes)}`;
  });
}
