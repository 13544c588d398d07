/** Routes of requests for models in words. Pure. */
import type { GpuAvailability, RoutedServerBody, RouteKind, RouteStanding, RouteTableBody } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { countBy, mostFrequent } from "../count-by.ts";

/** A model and how each server that has it would take it. */
export type ModelRow = RouteTableBody["models"][number];

/** A server in a row of the table. */
export interface RouteCell {
  readonly server: string;
  readonly standing: RouteStanding;
  /** 1 where requests go first; undefined where none go. */
  readonly place: number | undefined;
  readonly word: string;
}

const standingWords: Readonly<Record<RouteStanding, string>> = {
  loaded: "loaded",
  fits: "fits",
  asleep: "after waking",
  unloads: "unloads others",
  reloads: "reloads",
  untold: "not known",
  "on-cpu": "on the CPU",
  "left-out": "never",
};

/** How a standing is coloured. */
export const routeTones: Readonly<Record<RouteStanding, string>> = {
  loaded: "ok",
  fits: "ok",
  asleep: "asleep",
  unloads: "degraded",
  reloads: "degraded",
  untold: "unknown",
  "on-cpu": "degraded",
  "left-out": "quiet",
};

/** How an answer about a GPU is coloured. */
export const verdictTones: Readonly<Record<GpuAvailability["verdict"], string>> = {
  now: "ok",
  "after-waking": "ok",
  "after-unload": "",
  reserved: "degraded",
  taken: "degraded",
  off: "asleep",
  never: "failed",
  unknown: "unknown",
};

/** An answer about a GPU in a word or two. */
export const verdictWords: Readonly<Record<GpuAvailability["verdict"], string>> = {
  now: "now",
  "after-waking": "after waking",
  "after-unload": "after unloading",
  reserved: "reserved",
  taken: "taken",
  off: "off or silent",
  never: "never",
  unknown: "not known",
};

/** A standing in a word or two, of a candidate whose sentence stands beside it. */
export function standingWord(standing: RouteStanding): string {
  return standing === "left-out" ? "left out" : standingWords[standing];
}

/** "granite4:3b, used 20 s ago, 4 requests at once"; of what is not known nothing. */
export function loadedOnText(loaded: RoutedServerBody["loaded"][number], nowMs: number): string {
  const { model, isInUse, isKept, lastUsedAt, slots } = loaded;
  const use = isInUse === true ? "in use" : lastUsedAt === undefined ? "" : `used ${formatAgo(lastUsedAt, nowMs)}`;
  return [
    ...[model, use, isKept === true ? "stays" : ""],
    slots === undefined ? "" : slots === 1 ? "one request at once" : `${slots} requests at once`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** The cells of a row, the first of them first. Why a server is left out is the server's, where it serves nobody of this kind now. */
export function cellsOf({ kind, standings }: ModelRow, servers: ReadonlyMap<string, RoutedServerBody>): readonly RouteCell[] {
  return standings.map(({ server, standing }, index) => {
    const isLeftOut = standing === "left-out";
    return {
      ...{ server, standing, place: isLeftOut ? undefined : index + 1 },
      word: isLeftOut ? leftOutWord(kind, servers.get(server)) : standingWords[standing],
    };
  });
}

/** Servers of a row to which nothing goes, by the word for it, the most frequent first: "55 never, 2 not now". */
export function leftOutText(cells: readonly RouteCell[]): string {
  const left = cells.filter(({ place }) => place === undefined);
  return mostFrequent(countBy(left, ({ word }) => word))
    .map(([word, count]) => `${count.toLocaleString("en")} ${word}`)
    .join(", ");
}

/** "generation by neko, siberian; embeddings by nobody". */
export function servingText(servers: readonly RoutedServerBody[]): string {
  const by = (kind: RouteKind): string => {
    const names = servers.filter((server) => isServingKind(server, kind)).map(({ name }) => name);
    const shown = names.slice(0, 6).join(", ");
    return `${kind} by ${names.length === 0 ? "nobody" : shown}${names.length > 6 ? ` and ${names.length - 6} more` : ""}`;
  };
  return `${by("generation")}; ${by("embeddings")}`;
}

/** Whether requests of a kind may go to a server now. */
export function isServingKind({ isServing, kinds }: RoutedServerBody, kind: RouteKind): boolean {
  return isServing && kinds.includes(kind);
}

/** What a server does for a kind, in a word. */
export function kindWord(server: RoutedServerBody, kind: RouteKind): string {
  if (server.unknownKinds.includes(kind)) return "not known";
  if (!server.kinds.includes(kind)) return "no";
  return server.isServing ? "yes" : "not now";
}

/** Whether each word stands in the name of the model or of a server that has it. */
export function isRowMatch({ model, standings }: ModelRow, words: string): boolean {
  const text = [model, ...standings.map(({ server }) => server)].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function leftOutWord(kind: RouteKind, server: RoutedServerBody | undefined): string {
  if (server === undefined || server.unknownKinds.includes(kind)) return "not known";
  if (!server.kinds.includes(kind)) return "not for it";
  return server.isServing ? standingWords["left-out"] : "not now";
}
