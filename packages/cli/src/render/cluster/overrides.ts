/** What people want otherwise than the policy. */
import type { ItemOverride } from "@nodekeeper/shared/api";
import { formatAgo, formatIn } from "@nodekeeper/shared/format";
import { commonDomain, shortKey } from "@nodekeeper/shared/readings";
import { type Cell, renderTable } from "../../table.ts";
import type { Terminal } from "../../terminal.ts";

/** "storage-class=ssd", or "storage-class-" where it is not to be there, as it is given on the command line. */
export function overrideText({ item, value }: Pick<ItemOverride, "item" | "value">): string {
  return value === undefined ? `${item}-` : `${item}=${value}`;
}

/** A line each, the one that ends first on top. */
export function renderOverrides(terminal: Terminal, overrides: readonly ItemOverride[], nowMs: number): string {
  const domain = commonDomain(overrides.map(({ item }) => item));
  const columns = [
    { title: "NODE" },
    { title: "IS KEPT AS", minimumWidth: 16 },
    { title: "ENDS" },
    { title: "BY" },
    { title: "MADE" },
    { title: "REASON" },
  ];
  const rows = [...overrides]
    .sort((a, b) => a.until.localeCompare(b.until))
    .map((one): readonly Cell[] => [
      { text: one.node, tone: "strong" },
      overrideText({ ...one, item: shortKey(one.item, domain) }),
      formatIn(one.until, nowMs),
      one.by,
      formatAgo(one.at, nowMs),
      one.reason,
    ]);
  return renderTable(terminal, columns, rows);
}
