/**
 * Kind boot_history: the last boots, and how each ended. Source: /var/log/wtmp and, before it, /var/log/wtmp.1. Of each at most the last
 * mebibyte is looked at, some 2,700 records: on a machine where more people than that came and went since, older boots are not told.
 * Systems that keep a database instead (Debian 13 and later) have no such file: absent.
 */
import type { Host, ReadOptions } from "../../../host/host.ts";
import { optionalValue, type Reading, readFile } from "../../../host/reading.ts";
import type { SubjectValue } from "../../../payload.ts";
import { malformed } from "../malformed.ts";
import { printable } from "../printable.ts";
import { type Section, sectionOf } from "../section.ts";
import { type BootRecord, keepBootRecords, parseBootRecords, wtmpBlockBytes } from "./boot-records.ts";

/** The files, from the older to the newer. */
export const bootHistoryPaths: readonly string[] = ["/var/log/wtmp.1", "/var/log/wtmp"];

/** Reads what the files say of boots, and nothing of what they say of people. */
export async function readBootHistory(host: Host): Promise<readonly Reading[]> {
  return await Promise.all(bootHistoryPaths.map((path) => readFile(host, path, options)));
}

/** The section. */
export function parseBootHistory(readings: readonly Reading[]): Section {
  return sectionOf("boot_history", "", () => {
    const texts = readings.map(optionalValue);
    if (texts.every((text) => text === undefined || text === "")) return undefined;
    const records = readings.flatMap(recordsOf);
    return { value: { boots: [...bootsOf(records)].reverse().slice(0, maximumBoots) } };
  });
}

type Boot = NonNullable<SubjectValue<"boot_history">["boots"]>[number];

const options: ReadOptions = { maximumBytes: 1 << 20, blockBytes: wtmpBlockBytes, encoding: "latin1", keep: keepBootRecords };
const maximumBoots = 32;

function recordsOf(reading: Reading): readonly BootRecord[] {
  const records = parseBootRecords(optionalValue(reading) ?? "");
  if (records === undefined) throw malformed(reading.path, "it is no list of utmp records");
  return records;
}

/** From the oldest to the newest. A shutdown without a boot before it is the end of one that is not told any more. */
function bootsOf(records: readonly BootRecord[]): readonly Boot[] {
  const boots: { readonly boot: BootRecord; readonly end: BootRecord | undefined }[] = [];
  for (const record of records) {
    const last = boots.at(-1);
    if (record.kind === "boot") boots.push({ boot: record, end: undefined });
    else if (last !== undefined) boots[boots.length - 1] = { boot: last.boot, end: record };
  }
  return boots.map(({ boot, end }, index) => {
    const isRunning = end === undefined && index === boots.length - 1;
    return {
      startedAtUnixMs: BigInt(boot.atMs),
      endedAtUnixMs: end === undefined ? undefined : BigInt(end.atMs),
      wasShutDown: isRunning ? undefined : end !== undefined,
      kernelRelease: printable(boot.kernelRelease, 128),
    };
  });
}
