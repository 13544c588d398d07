/** The contract of a chapter of the fleet's metrics: families of series that are told of each node together. Pure. */
import type { Finding, Plan } from "@nodekeeper/shared/api";
import type { SeenUsage } from "../gpu-usage/gpu-usage.ts";
import type { Backend } from "../routing/backend.ts";
import type { NodeState } from "../state/node-state.ts";

/** Series of one name. */
export interface Family {
  /** With its unit, stable for ever: rules and dashboards of others stand on it. */
  readonly name: string;
  /** counter: it only grows, but for a restart of what it counts. */
  readonly type: "gauge" | "counter";
  /** One sentence, for whoever reads the page. */
  readonly help: string;
}

/** The moment for which a page is made, and what else is known in it. */
export interface Moment {
  /** By the collector's clock. */
  readonly nowMs: number;
  /** Pending and firing findings of a node. */
  findingsOf(node: string): readonly Finding[];
  /** Those of the cluster as a whole. */
  readonly clusterFindings: readonly Finding[];
  /** What would be written to a node's objects, and what cannot be told; undefined: there is no cluster to write to. */
  planOf(node: string): Pick<Plan, "operations" | "held"> | undefined;
  /** When a filesystem of a node is likely to be full; undefined: nobody can say, or not soon. */
  fullAtMs(node: string, mountPoint: string): number | undefined;
  /** A node's Ollama server as routing sees it; undefined: it has none. */
  serverOf(node: string): Backend | undefined;
  /** Servers that are no node's. */
  readonly otherServers: readonly Backend[];
  /** How a node's GPUs and models were used; undefined: nothing is known of it. */
  usageOf(node: string): SeenUsage | undefined;
  /** Of servers that are no node's. */
  readonly otherUsages: readonly SeenUsage[];
  /** Things of a node that are not on the page, since it has too many of them. */
  leftOut(node: string, kind: string, count: number): void;
}

/** Where lines are written. */
export interface Sheet {
  /** One series; nothing is written while its value is unknown. */
  add(family: Family, labels: string, value: number | undefined): void;
  /** One series a state: 1 for the present one, 0 for the others. */
  states(family: Family, labels: string, label: string, all: readonly string[], present: string): void;
}

/** A chapter. What is not known, or too old to be true, is not written. */
export interface Chapter {
  readonly families: readonly Family[];
  /** Of one node. */
  write(node: NodeState, moment: Moment, sheet: Sheet): void;
  /** What is of no node, after all of them. */
  close?(moment: Moment, sheet: Sheet): void;
}

/** Most things of one kind that are told of a node: a machine has a few, and one that claims thousands must not fill anybody's database. */
export const maximumThings = 128;

/** The first of them, and word of the others. */
export function bounded<Thing>(things: readonly Thing[], kind: string, node: string, moment: Moment): readonly Thing[] {
  if (things.length <= maximumThings) return things;
  moment.leftOut(node, kind, things.length - maximumThings);
  return things.slice(0, maximumThings);
}

/** Labels as they stand between braces. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  let text = "";
  for (const [name, value] of Object.entries(labels)) text += `${text === "" ? "" : ","}${name}="${escaped(value)}"`;
  return text;
}

function escaped(value: string): string {
  if (!/["\\\n]/.test(value)) return value;
  return value.replaceAll(/["\\\n]/g, (mark) => (mark === "\n" ? "\\n" : `\\${mark}`));
}
