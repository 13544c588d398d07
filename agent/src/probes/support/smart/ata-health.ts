/**
 * What the attributes of an ATA disk mean. An attribute counts only under the name that smartctl's drive database gives to its meaning: the
 * same number means something else on other disks. What Seagate packs into one raw value is taken apart. Pure.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AtaHealthSchema } from "@nodekeeper/proto";
import type { DecodedAttribute } from "./ata-attributes.ts";
import { statisticOf, statistics } from "./ata-statistics.ts";
import { ataTrafficOf } from "./ata-traffic.ts";
import { type AtaIdentity, isSpinningSeagate } from "./ata-vendor.ts";
import { ataWearOf } from "./ata-wear.ts";

type Health = MessageInitShape<typeof AtaHealthSchema>;

/** The decoded health; undefined where nothing of it is known. */
export function ataHealthOf(
  document: unknown,
  attributes: readonly DecodedAttribute[],
  identity: AtaIdentity,
): Health | undefined {
  const count = (id: number, name: RegExp): bigint | undefined => {
    const attribute = attributes.find((each) => each.id === id && name.test(each.name));
    return attribute === undefined ? undefined : plainCountOf(attribute);
  };
  const health: Health = {
    reallocatedSectorCount: count(5, /^(?:Reallocated?_|Retired_Block|Later_Bad_Block|New_Bad_Blk)/),
    reallocationEventCount: count(196, /^Reallocated_Event/),
    pendingSectorCount: count(197, /Pending/),
    offlineUncorrectableSectorCount: count(198, /^(?:Offline_Uncorrectable|Total_Offl_Uncorrectabl|Uncorrectable_Sector)/),
    reportedUncorrectableErrors:
      count(187, /^(?:Reported_U|Uncorrectable_E)/) ?? statisticOf(document, statistics.reportedUncorrectableErrors),
    spinRetryCount: count(10, /^Spin_Retry/),
    endToEndErrors: count(184, /^End-to-End/),
    interfaceCrcErrors: count(199, /CRC/) ?? statisticOf(document, statistics.interfaceCrcErrors),
    ...commandTimeoutsOf(attributes, identity),
    ...seagateErrorsOf(attributes, identity),
    percentageUsed: ataWearOf(document, attributes, identity),
    ...ataTrafficOf(document, attributes, identity),
  };
  const known = Object.fromEntries(Object.entries(health).filter(([, value]) => value !== undefined));
  return Object.keys(known).length === 0 ? undefined : known;
}

const wordMask = 0xffffn;
/** The raw values that vendors pack have six bytes. */
const maximumPacked = 2n ** 48n;
/** No disk has made so many errors: a larger number is packed in a way that is not known. */
const maximumPlain = 2n ** 32n;

/** smartctl shows "8 (3 0)" for a count with further numbers above it, and leaves a count alone that stands by itself. */
function plainCountOf({ rawValue, rawText }: DecodedAttribute): bigint | undefined {
  const [, first] = /^(\d{1,5}) \(/.exec(rawText) ?? [];
  if (first !== undefined) return BigInt(first);
  return rawValue !== undefined && rawValue < maximumPlain && /^\d*$/.test(rawText) ? rawValue : undefined;
}

/** Seagate: three words, of which the lowest is the total, the next those above 5 s, the highest those above 7.5 s. */
function commandTimeoutsOf(attributes: readonly DecodedAttribute[], identity: AtaIdentity): Health {
  const attribute = attributes.find(({ id, name }) => id === 188 && name.startsWith("Command_Timeout"));
  if (attribute?.rawValue === undefined) return {};
  if (!isSpinningSeagate(identity)) return { commandTimeoutCount: plainCountOf(attribute) };
  const { rawValue } = attribute;
  if (rawValue >= maximumPacked) return {};
  return {
    commandTimeoutCount: rawValue & wordMask,
    commandTimeoutOver5SecondsCount: (rawValue >> 16n) & wordMask,
    commandTimeoutOver75SecondsCount: rawValue >> 32n,
  };
}

/** Seagate: errors in the upper 16 bits, operations in the lower 32. What other vendors count there cannot be told. */
function seagateErrorsOf(attributes: readonly DecodedAttribute[], identity: AtaIdentity): Health {
  if (!isSpinningSeagate(identity)) return {};
  const errors = (id: number, name: string): bigint | undefined => {
    const rawValue = attributes.find((each) => each.id === id && each.name === name)?.rawValue;
    return rawValue !== undefined && rawValue < maximumPacked ? rawValue >> 32n : undefined;
  };
  return { readErrors: errors(1, "Raw_Read_Error_Rate"), seekErrors: errors(7, "Seek_Error_Rate") };
}
