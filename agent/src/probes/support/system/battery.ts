/** Kind battery: the machine's batteries taken together. Absent where it has none. */
import type { BatteryCharge } from "../../../host/host.ts";
import { type HostFiles, namesAt } from "../host-files.ts";
import { integerIn } from "../malformed.ts";
import { type Section, sectionOf } from "../section.ts";
import { type PowerSupply, powerSuppliesIn, powerSupplyFolder } from "./power-supplies.ts";

/**
 * What is known of the batteries. `charge` is what systeminformation says of charge, charging and cycles; without it (another root, two
 * batteries, a name that it does not know) the kernel's files say the same.
 */
export function parseBattery(files: HostFiles, charge: BatteryCharge | undefined): Section {
  return sectionOf("battery", "", () => {
    namesAt(files, powerSupplyFolder); // throws where it could not be listed
    const supplies = powerSuppliesIn(files);
    const batteries = supplies.filter((supply) => supply.get("TYPE") === "Battery" && supply.get("PRESENT") !== "0");
    if (batteries.length === 0) return undefined;
    const said = batteries.length === 1 ? charge : undefined;
    return {
      value: {
        isCharging: said?.isCharging ?? isCharging(batteries),
        isOnMains: isOnMains(supplies),
        ...capacitiesOf(batteries),
        cycleCount: said?.cycleCount ?? cyclesOf(batteries),
      },
      samples: { charge_percent: said?.chargePercent ?? chargeOf(batteries) },
    };
  });
}

/** "Not charging" and "Full" are no; "Unknown" is unknown. */
function isCharging(batteries: readonly PowerSupply[]): boolean | undefined {
  const states = batteries.map((battery) => battery.get("STATUS") ?? "Unknown");
  if (states.includes("Charging")) return true;
  return states.every((state) => state === "Unknown") ? undefined : false;
}

function isOnMains(supplies: readonly PowerSupply[]): boolean | undefined {
  const feeds = supplies.filter((supply) => ["Mains", "USB", "Wireless"].includes(supply.get("TYPE") ?? ""));
  const states = feeds.map((feed) => feed.get("ONLINE")).filter((state) => state !== undefined);
  return states.length === 0 ? undefined : states.some((state) => state !== "0");
}

/** µWh or µAh, whichever the battery counts in, as mWh or mAh; several batteries are added where they count in the same. */
function capacitiesOf(batteries: readonly PowerSupply[]): {
  readonly designedCapacity?: number | undefined;
  readonly maximumCapacity?: number | undefined;
  readonly capacityUnit: string;
} {
  for (const [quantity, capacityUnit] of [
    ["ENERGY", "mWh"],
    ["CHARGE", "mAh"],
  ] as const) {
    const maximumCapacity = sumOf(batteries, `${quantity}_FULL`);
    if (maximumCapacity === undefined) continue;
    const designedCapacity = sumOf(batteries, `${quantity}_FULL_DESIGN`);
    return {
      maximumCapacity: maximumCapacity / 1000,
      designedCapacity: designedCapacity === undefined ? undefined : designedCapacity / 1000,
      capacityUnit,
    };
  }
  return { capacityUnit: "" };
}

/** A full battery may say a little more than it holds. Several batteries that weigh the same count the same; where they do not say how much they hold, their percentages do. */
function chargeOf(batteries: readonly PowerSupply[]): number | undefined {
  if (batteries.length > 1) {
    for (const quantity of ["ENERGY", "CHARGE"]) {
      const full = sumOf(batteries, `${quantity}_FULL`);
      const now = sumOf(batteries, `${quantity}_NOW`);
      if (full !== undefined && full > 0 && now !== undefined) return Math.min(100, (100 * now) / full);
    }
  }
  const sum = sumOf(batteries, "CAPACITY");
  return sum === undefined ? undefined : Math.min(100, sum / batteries.length);
}

/** The most that one of them had. 0 is what drivers say that do not count, and some say what no battery lives to see. */
function cyclesOf(batteries: readonly PowerSupply[]): number | undefined {
  const most = Math.max(...batteries.map((battery) => numberOf(battery, "CYCLE_COUNT") ?? 0));
  return most > 0 && most <= maximumCycles ? most : undefined;
}

const maximumCycles = 1_000_000;
/** In µWh or µAh: a hundred kilowatt hours. */
const bounds = { minimum: 0, maximum: 1e11 };

/** The sum of a property over all batteries; undefined where one does not have it. */
function sumOf(batteries: readonly PowerSupply[], name: string): number | undefined {
  return batteries.reduce<number | undefined>((sum, battery) => {
    const value = numberOf(battery, name);
    return sum === undefined || value === undefined ? undefined : sum + value;
  }, 0);
}

function numberOf(battery: PowerSupply, name: string): number | undefined {
  const text = battery.get(name);
  if (text === undefined) return undefined;
  return integerIn(powerSupplyFolder, `${battery.get("NAME") ?? "battery"}: ${name}`, text, bounds);
}
