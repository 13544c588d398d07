/** An array of the md driver: its facts and samples. Source: /sys/block/<name>/md (kernel documentation, admin-guide/md.rst). */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BlockDeviceSchema } from "@nodekeeper/proto";
import type { Sample } from "../../../payload.ts";
import { integerOf, textOf } from "../block/file-values.ts";
import { classOf } from "../block/name-class.ts";
import type { RawBlockDevice } from "../block/raw-block-device.ts";
import { printable } from "../printable.ts";

const maximumMembers = 4_096;
const maximumCount = Number.MAX_SAFE_INTEGER;

/** The array; undefined for what is none. */
export function raidArrayOf(device: RawBlockDevice): MessageInitShape<typeof BlockDeviceSchema>["raidArray"] {
  if (classOf(device.name) !== "raid") return undefined;
  return {
    level: wordOf(device, "level"),
    state: wordOf(device, "array_state"),
    memberCount: memberCountOf(textOf(device.files["md/raid_disks"])),
    degradedCount: integerOf(device.files["md/degraded"], 0, maximumMembers),
    syncAction: wordOf(device, "sync_action"),
    members: device.raidMembers.map(({ name, state, errors }) => {
      const count = integerOf(errors, 0, maximumCount);
      return {
        name: printable(name, 64),
        state: printable(textOf(state) ?? "", 128),
        correctedReadErrors: count === undefined ? undefined : BigInt(count),
      };
    }),
  };
}

/** Samples of an array with redundancy: progress is unknown while nothing is synchronised. */
export function raidSamples(id: string, device: RawBlockDevice): readonly Sample[] {
  if (textOf(device.files["md/sync_action"]) === undefined) return [];
  const values = {
    raid_mismatches: integerOf(device.files["md/mismatch_cnt"], 0, maximumCount),
    raid_sync_percent: percentOf(textOf(device.files["md/sync_completed"])),
  };
  return Object.entries(values).map(([name, value]) => ({ kind: "block_device", id, name, value }));
}

function wordOf(device: RawBlockDevice, file: string): string {
  return printable(textOf(device.files[`md/${file}`]) ?? "", 32);
}

/** "4", and "4 (3)" while an array is reshaped: the number that it is made to, and the number that it had. */
function memberCountOf(text: string | undefined): number | undefined {
  const count = Number(/^(\d{1,5})(?: \(\d+\))?$/.exec(text ?? "")?.[1] ?? Number.NaN);
  return count <= maximumMembers ? count : undefined;
}

/** "1569888 / 2093056", in sectors; "none" and "delayed" while nothing moves. */
function percentOf(text: string | undefined): number | undefined {
  const [, done, all] = /^(\d{1,18}) \/ (\d{1,18})$/.exec(text ?? "") ?? [];
  const percent = (Number(done) / Number(all)) * 100;
  return percent >= 0 && percent <= 100 ? percent : undefined;
}
