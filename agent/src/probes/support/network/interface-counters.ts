/** Counters of interfaces, from /proc/1/net/dev. */
import { AppError } from "@nodekeeper/shared";
import { malformed } from "../malformed.ts";

/** The path of the counters; it also says which interfaces there are. */
export const countersPath = "/proc/1/net/dev";

/** One interface: its samples, or why its line could not be understood. */
export interface InterfaceCounters {
  readonly name: string;
  readonly counters: Readonly<Record<string, number>> | AppError;
}

/** All interfaces, and why one more may be missing. Throws where the file is something else. */
export function parseInterfaceCounters(text: string): {
  readonly interfaces: readonly InterfaceCounters[];
  readonly incompleteBecause: AppError | undefined;
} {
  const [title = "", header = "", ...lines] = text.split("\n");
  const isKnown = words(title) === "Inter-| Receive | Transmit" && words(header) === words(knownHeader);
  if (!isKnown) throw malformed(countersPath, "it does not begin with the header that is known", `${title}\n${header}`);
  const rows = lines.filter((line) => line.trim() !== "").map(parseLine);
  const named = new Map<string, InterfaceCounters>();
  // The kernel writes the file in pieces: an interface that changes its place meanwhile is there twice.
  for (const row of rows) if (!(row instanceof AppError) && !named.has(row.name)) named.set(row.name, row);
  return {
    interfaces: [...named.values()],
    incompleteBecause: rows.find((row) => row instanceof AppError),
  };
}

/** As every kernel since 2.2 prints it; other columns would be other numbers. */
const knownHeader =
  "face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed";

/** Columns of the two halves (proc_pid_net(5)) that are samples. */
const samples = ["bytes", "packets", "errors", "dropped"] as const;
const columns = 16;
const transmitOffset = 8;

function parseLine(line: string): InterfaceCounters | AppError {
  const colon = line.lastIndexOf(":");
  const name = line.slice(0, Math.max(0, colon)).trim();
  if (!/^[^/\s\p{C}]{1,15}$/u.test(name))
    return malformed(countersPath, "a line does not begin with the name of an interface", line);
  const words = line
    .slice(colon + 1)
    .trim()
    .split(/ +/);
  if (words.length < columns || !words.every((word) => /^\d{1,20}$/.test(word) && Number(word) <= 2 ** 64)) {
    return { name, counters: malformed(countersPath, `the counters of ${name} are not in the form that is known`, line) };
  }
  const counters = samples.flatMap((sample, index) => [
    [`receive_${sample}_total`, Number(words[index])] as const,
    [`transmit_${sample}_total`, Number(words[index + transmitOffset])] as const,
  ]);
  return { name, counters: Object.fromEntries(counters) };
}

function words(line: string): string {
  return line.trim().split(/\s+/).join(" ");
}
