/**
 * Records of /var/log/wtmp (utmp(5)) that tell of boots and shutdowns. The file is a list of structs of one size, the newest last; most of them
 * are people's logins, which are not ours to know.
 */

/** One record that is ours. */
export interface BootRecord {
  readonly kind: "boot" | "shutdown";
  /** By the machine's clock then, in ms since 1970. */
  readonly atMs: number;
  /** Release of the kernel that ran; empty where it is not told. */
  readonly kernelRelease: string;
}

/** Records of every size that we know fill a block of this many bytes. */
export const wtmpBlockBytes = 9600;

/** The records of boots and shutdowns in a file, or in the end of one, from the oldest to the newest; undefined where it is no such file. */
export function parseBootRecords(text: string): readonly BootRecord[] | undefined {
  const found = recordsIn(text);
  return found?.records.flatMap((record) => bootRecordIn(record, found.layout) ?? []);
}

/** The same as the text of a file: without anybody's login. Of a text that is no such file its first byte says so as well. */
export function keepBootRecords(text: string): string {
  const found = recordsIn(text);
  if (found === undefined) return text.slice(0, 1);
  const ours = found.records.filter((record) => bootRecordIn(record, found.layout) !== undefined);
  return Buffer.concat(ours).toString("latin1");
}

/** glibc writes times of 32 bits where a system also runs (or once ran) programs of 32 bits, as on x86; on ARM of 64 bits they have 64. */
interface Layout {
  readonly recordBytes: number;
  readonly secondsOffset: number;
  readonly timeBytes: 4 | 8;
}

const layouts: readonly Layout[] = [
  { recordBytes: 384, secondsOffset: 340, timeBytes: 4 },
  { recordBytes: 400, secondsOffset: 344, timeBytes: 8 },
];

// utmp(5): ut_type, ut_pid, ut_user and ut_host, where both layouts have them.
const runLevelType = 1;
const bootTimeType = 2;
const highestType = 9;
const processIdOffset = 4;
const user = { start: 44, end: 76 };
const host = { start: 76, end: 332 };

interface Found {
  readonly layout: Layout;
  readonly records: readonly Buffer[];
}

/**
 * The layout in which the most records are records, the other one being told by nothing else. A power cut leaves records torn or full of
 * something else: those are left out, and a file of which most is something else is none.
 */
function recordsIn(text: string): Found | undefined {
  const bytes = Buffer.from(text, "latin1");
  const candidates = layouts.map((layout) => {
    const { recordBytes } = layout;
    const count = Math.floor(bytes.length / recordBytes);
    const all = Array.from({ length: count }, (_, index) => bytes.subarray(index * recordBytes, (index + 1) * recordBytes));
    const records = all.filter((record) => isRecord(record, layout));
    return { layout, records, share: records.length / count, isWhole: bytes.length % recordBytes === 0 };
  });
  if (bytes.length === 0) return candidates[0];
  const [best] = candidates
    .filter(({ share }) => share > 0.5)
    .sort((a, b) => b.share - a.share || Number(b.isWhole) - Number(a.isWhole));
  return best;
}

/** True for a type that there is and a time with microseconds, before the year 2200; an empty record is one, too. */
function isRecord(record: Buffer, layout: Layout): boolean {
  const isTime = secondsOf(record, layout) < latestSeconds && microsecondsOf(record, layout) < 1_000_000;
  return record.readUInt16LE(0) <= highestType && isTime;
}

const latestSeconds = 7_258_118_400;

function bootRecordIn(record: Buffer, layout: Layout): BootRecord | undefined {
  const kind = kindOf(record);
  const atMs = secondsOf(record, layout) * 1000 + Math.floor(microsecondsOf(record, layout) / 1000);
  return kind === undefined ? undefined : { kind, atMs, kernelRelease: textIn(record, host) };
}

/** systemd and sysvinit write "reboot" and "shutdown"; sysvinit also the change to run level 0 or 6, as a character in the process id. */
function kindOf(record: Buffer): BootRecord["kind"] | undefined {
  const type = record.readUInt16LE(0);
  if (type === bootTimeType) return "boot";
  if (type !== runLevelType) return undefined;
  const level = String.fromCharCode(record.readUInt8(processIdOffset));
  return textIn(record, user) === "shutdown" || level === "0" || level === "6" ? "shutdown" : undefined;
}

function secondsOf(record: Buffer, { secondsOffset, timeBytes }: Layout): number {
  return timeBytes === 4 ? record.readUInt32LE(secondsOffset) : Number(record.readBigUInt64LE(secondsOffset));
}

function microsecondsOf(record: Buffer, { secondsOffset, timeBytes }: Layout): number {
  const offset = secondsOffset + timeBytes;
  return timeBytes === 4 ? record.readUInt32LE(offset) : Number(record.readBigUInt64LE(offset));
}

function textIn(record: Buffer, { start, end }: { readonly start: number; readonly end: number }): string {
  const text = record.toString("utf8", start, end);
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
