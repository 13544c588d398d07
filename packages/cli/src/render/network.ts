/** Network interfaces. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { numberField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatBitRate } from "@nodekeeper/shared/format";
import { presentSubjects } from "@nodekeeper/shared/readings";
import type { Cell, Column } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { section, type View, words } from "./section.ts";

/** Interfaces in the short form. */
const limit = 6;

const columns: readonly Column[] = [
  { title: "NETWORK" },
  { title: "TYPE" },
  { title: "STATE" },
  { title: "SPEED", isOptional: true },
  { title: "MTU", align: "right" },
  { title: "ADDRESSES" },
];

/** The table; the short form leaves out loopback and what is down without an address. */
export function renderNetwork(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const interfaces = presentSubjects(subjects, "network_interface");
  const shown = view.isAll ? interfaces : interfaces.filter(isWorthSeeing);
  const rows = shown.map(row);
  return section(terminal, view, { columns, rows, limit, hiddenCount: interfaces.length - shown.length });
}

function isWorthSeeing(one: SubjectBody): boolean {
  if (textField(one, "type") === "loopback") return false;
  return textField(one, "operationalState") === "up" || textsField(one, "addresses").length > 0;
}

function row(one: SubjectBody): readonly Cell[] {
  const state = textField(one, "operationalState");
  const addresses = [...textsField(one, "addresses")].sort((a, b) => Number(isLinkLocal(a)) - Number(isLinkLocal(b)));
  const duplex = textField(one, "duplex");
  return [
    one.id,
    textField(one, "type"),
    { text: state, tone: state === "up" ? "good" : "plain" },
    words(formatBitRate(numberField(one, "speedBitsPerSecond")), duplex === "half" ? "half duplex" : ""),
    String(numberField(one, "mtuBytes") ?? ""),
    addresses.join(" "),
  ];
}

function isLinkLocal(address: string): boolean {
  return address.startsWith("fe80:");
}
