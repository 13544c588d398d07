/**
 * Wear of a flash disk on ATA, as percentage used like that of NVMe: 0 when new. Device statistics say it by the standard. Attributes say it
 * in the vendor's way, by the name that smartctl's drive database gives them; direction and place of the number differ, and a name that is
 * not in the table says nothing.
 */
import type { DecodedAttribute } from "./ata-attributes.ts";
import { statisticOf, statistics } from "./ata-statistics.ts";
import type { AtaIdentity } from "./ata-vendor.ts";
import { isIntel, isPhison, isSamsung, isSandForce } from "./ata-vendor.ts";

/** Percent used, 0 to 255; undefined where the disk does not say it in a way that is known. */
export function ataWearOf(document: unknown, attributes: readonly DecodedAttribute[], identity: AtaIdentity): number | undefined {
  const statistic = statisticOf(document, statistics.percentageUsedEnduranceIndicator);
  if (statistic !== undefined && statistic <= 255n) return Number(statistic);
  for (const { ids, name, isFor, used } of wearAttributes) {
    if (!isFor(identity)) continue;
    const attribute = attributes.find((each) => ids.includes(each.id) && name.test(each.name));
    const percent = attribute === undefined ? undefined : used(attribute);
    if (percent !== undefined) return percent;
  }
  return undefined;
}

interface WearAttribute {
  readonly ids: readonly number[];
  /** By the drive database. */
  readonly name: RegExp;
  readonly isFor: (identity: AtaIdentity) => boolean;
  readonly used: (attribute: DecodedAttribute) => number | undefined;
}

/** The first that a disk has counts. */
const wearAttributes: readonly WearAttribute[] = [
  // Samsung: the normalised value falls from 100 (smartmontools drivedb, "Samsung based SSDs"; equal to the device statistics of an 860 EVO).
  { ids: [177], name: /^Wear_Leveling_Count$/, isFor: isSamsung, used: fromNormalized },
  // Intel, and Intel's disks under Dell's name: the normalised value falls from 100 to 1.
  { ids: [233], name: /^Media_Wearout_Indicator$/, isFor: isIntel, used: fromNormalized },
  // Micron and Crucial: the raw value is what is used, though the name says what remains; the normalised value falls with it.
  { ids: [202], name: /^(?:Percent_Lifetime_(?:Remain|Used)|Perc_Rated_Life_Used)$/, isFor: always, used: fromUsed },
  // Phison: the raw value is what is left. SandForce packs its raw value: the normalised one is what is left.
  { ids: [231], name: /^SSD_Life_Left$/, isFor: isPhison, used: fromRemaining },
  { ids: [231], name: /^SSD_Life_Left$/, isFor: isSandForce, used: fromNormalized },
  // Names that say by themselves what the raw value is.
  { ids: [169, 233], name: /^Remaining_Lifetime_Perc$/, isFor: always, used: fromRemaining },
  {
    ids: [231, 245, 248],
    name: /^(?:Percent_Life_Remaining|PCT_Life_Remaining|Perc_Rated_Life_Remain)$/,
    isFor: always,
    used: fromRemaining,
  },
  { ids: [173], name: /^Percent_Life_Used$/, isFor: always, used: fromRaw },
];

function always(): boolean {
  return true;
}

function fromNormalized({ normalizedValue }: DecodedAttribute): number | undefined {
  return normalizedValue !== undefined && normalizedValue <= 100 ? 100 - normalizedValue : undefined;
}

function fromRaw({ rawValue }: DecodedAttribute): number | undefined {
  return rawValue !== undefined && rawValue <= 255n ? Number(rawValue) : undefined;
}

function fromRemaining({ rawValue }: DecodedAttribute): number | undefined {
  return rawValue !== undefined && rawValue <= 100n ? 100 - Number(rawValue) : undefined;
}

/** Only where the two numbers agree: there are firmwares with the opposite direction. At its end the normalised value stays, the raw one goes on. */
function fromUsed(attribute: DecodedAttribute): number | undefined {
  const raw = fromRaw(attribute);
  const normalized = fromNormalized(attribute);
  if (raw === undefined || normalized === undefined) return undefined;
  return raw === normalized || (normalized >= 99 && raw >= 99) ? raw : undefined;
}
