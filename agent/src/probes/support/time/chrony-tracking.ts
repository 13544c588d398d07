/** What chronyd says of the clock, as `chronyc -c tracking` prints it: one line of fourteen values. */
import type { CommandResult } from "../../../host/host.ts";
import { integerIn, malformed, numberIn } from "../malformed.ts";
import { printable } from "../printable.ts";

/** The clock, as chronyd sees it. */
export interface ChronyTracking {
  readonly isSynchronized: boolean;
  /** Address or name of what it follows; empty where it follows nothing. */
  readonly reference: string;
  readonly stratumNumber: number | undefined;
  /** The system's clock minus the right time. */
  readonly offsetSeconds: number | undefined;
}

/** Throws where it is no such line. Without a source all but the first is unknown: its numbers are zeros then. */
export function parseChronyTracking({ stdout }: CommandResult): ChronyTracking {
  const fields = stdout.trimEnd().split(",");
  const [id = "", name = "", stratum, , slow] = fields;
  const leap = fields.at(-1) ?? "";
  if (fields.length !== fieldCount || !/^[0-9A-F]{8}$/.test(id) || !leapWords.has(leap)) {
    throw malformed(source, "it is not the line that is known", stdout);
  }
  const stratumNumber = integerIn(source, "the stratum", stratum, strata);
  const slowSeconds = numberIn(source, "the system time", slow, offsets);
  if (leap === unsynchronized || idsOfNothing.has(id)) {
    return { isSynchronized: false, reference: "", stratumNumber: undefined, offsetSeconds: undefined };
  }
  // 0 - x, since -0 is not what anybody expects.
  return { isSynchronized: true, reference: printable(name || id), stratumNumber, offsetSeconds: 0 - slowSeconds };
}

const source = "chronyc tracking";
const fieldCount = 14;
const strata = { minimum: 0, maximum: 16 };
const offsets = { minimum: -1e11, maximum: 1e11 };
const unsynchronized = "Not synchronised";
const leapWords = new Set(["Normal", "Insert second", "Delete second", unsynchronized]);
/** No source, and the machine's own clock, which `local` lets chronyd serve to others; chronyc's waitsync waits with both, too. */
const idsOfNothing = new Set(["00000000", "7F7F0101"]);
