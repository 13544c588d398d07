/**
 * One record of the kernel log, as /dev/kmsg gives it: "6,339,5140900,-;NET: Registered protocol family 10", then lines of " KEY=value". The
 * number in front is facility × 8 + level; fields may be added before the semicolon. What is not printable stands as \xff.
 * Source: kernel documentation, ABI/testing/dev-kmsg.
 */

/** What stands in front of a message. */
export interface RecordHead {
  /** Undefined fields of syslog(3): 0 is the kernel itself. Whoever may write to /dev/kmsg can choose any other, but not this one. */
  readonly facility: number;
  /** Each record has the number after the one before it, from 0 at the start of the machine. */
  readonly sequence: number;
  /** Microseconds since the start of the machine, by a clock that stands still while it is suspended and drifts by up to seconds a day. */
  readonly timestampUs: number;
  /** Where the message begins in the record. */
  readonly messageAt: number;
}

/** The head of a record; undefined for what is none. */
export function parseRecordHead(record: string): RecordHead | undefined {
  const messageAt = record.indexOf(";") + 1;
  const first = record.indexOf(",");
  const second = record.indexOf(",", first + 1);
  const third = record.indexOf(",", second + 1);
  if (first <= 0 || second < 0 || third < 0 || third >= messageAt) return undefined;
  const priority = naturalOf(record, 0, first);
  const sequence = naturalOf(record, first + 1, second);
  const timestampUs = naturalOf(record, second + 1, third);
  if (priority === undefined || sequence === undefined || timestampUs === undefined) return undefined;
  return { facility: Math.floor(priority / levels), sequence, timestampUs, messageAt };
}

/** The message of a record, its escapes undone. */
export function messageOf(record: string, messageAt: number): string {
  const end = record.indexOf("\n", messageAt);
  const raw = record.slice(messageAt, end < 0 ? undefined : end);
  if (!raw.includes("\\x")) return raw;
  // The escapes are bytes, several of which may be one character.
  const bytes = raw.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

const levels = 8;
const zero = 48;

/** Digits as a number; undefined where there is anything else, or more than a number holds exactly. */
function naturalOf(text: string, from: number, to: number): number | undefined {
  if (from >= to) return undefined;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : undefined;
}
