/**
 * Data that the host wrote to and read from an ATA disk. Device statistics count logical sectors, by the standard. Attributes count in units
 * that differ by vendor: the name that smartctl's drive database gives them says which. Pure.
 */

import { at, integerOf } from "../document-values.ts";
import type { DecodedAttribute } from "./ata-attributes.ts";
import { statisticOf, statistics } from "./ata-statistics.ts";
import { type AtaIdentity, isSamsung } from "./ata-vendor.ts";
import { maximumCount } from "./limits.ts";

/** Bytes since the disk was new; undefined where no unit is known. */
export interface AtaTraffic {
  readonly writtenBytes: bigint | undefined;
  readonly readBytes: bigint | undefined;
}

/** What the host wrote and read. What the disk wrote to its flash on its own account is not in it. */
export function ataTrafficOf(document: unknown, attributes: readonly DecodedAttribute[], identity: AtaIdentity): AtaTraffic {
  const sectorBytes = BigInt(integerOf(at(document, "logical_block_size"), 512, 65_536) ?? 512);
  const bytesOf = (statistic: bigint | undefined, ids: readonly number[], direction: "Write" | "Read"): bigint | undefined => {
    const bytes =
      statistic === undefined ? attributeBytes(attributes, ids, direction, { identity, sectorBytes }) : statistic * sectorBytes;
    return bytes !== undefined && bytes <= maximumCount ? bytes : undefined;
  };
  return {
    writtenBytes: bytesOf(statisticOf(document, statistics.logicalSectorsWritten), writeIds, "Write"),
    readBytes: bytesOf(statisticOf(document, statistics.logicalSectorsRead), readIds, "Read"),
  };
}

const writeIds = [241, 246, 225];
const readIds = [242];

const units: Readonly<Record<string, bigint>> = { GiB: 2n ** 30n, GB: 1_000_000_000n, "32MiB": 2n ** 25n };

function attributeBytes(
  attributes: readonly DecodedAttribute[],
  ids: readonly number[],
  direction: "Write" | "Read",
  { identity, sectorBytes }: { readonly identity: AtaIdentity; readonly sectorBytes: bigint },
): bigint | undefined {
  for (const id of ids) {
    const { name = "", rawValue } = attributes.find((each) => each.id === id) ?? {};
    const [, unit = ""] = new RegExp(`^(?:Host|Lifetime|Total)_${direction}e?s_(GiB|GB|32MiB)$`).exec(name) ?? [];
    const bytes = units[unit] ?? (isCountOfSectors(id, name, direction, identity) ? sectorBytes : undefined);
    if (bytes !== undefined && rawValue !== undefined) return rawValue * bytes;
  }
  return undefined;
}

/**
 * Total_LBAs_Written is also what smartctl calls attribute 241 of disks that it does not know, and some of those count in GiB or 32 MiB: the
 * name is believed only for disks that spin, Samsung's flash disks, and attribute 246, which no unknown disk gets that name for.
 */
function isCountOfSectors(id: number, name: string, direction: "Write" | "Read", identity: AtaIdentity): boolean {
  if (name !== `Total_LBAs_${direction === "Write" ? "Written" : "Read"}`) return false;
  return id === 246 || (identity.rotationRateRpm ?? 0) > 0 || isSamsung(identity);
}
