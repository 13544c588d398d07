import { expiryLevel } from "@nodekeeper/shared/readings";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HealthInit, judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { ataAttributesFailing } from "./ata-attributes-failing.ts";
import { diskWorn } from "./disk-worn.ts";
import { nvmeCriticalWarning } from "./nvme-critical-warning.ts";
import { nvmeSpareLow } from "./nvme-spare-low.ts";
import { nvmeTooHot } from "./nvme-too-hot.ts";
import { rangesPassed, ratedCounts } from "./support/failure-rates.ts";

/** Milder first. What is not known has no place among them: a table that has a number knows. */
const order: readonly (string | undefined)[] = ["clear", "low", "medium", "high"];
const parameters = { numRuns: 200 };

/** Where what is said of it stands; fails where nothing is, or it is not known. */
function gravity(said: string | undefined): number {
  const place = order.indexOf(said);
  expect(place, `${said} is no answer`).toBeGreaterThanOrEqual(0);
  return place;
}

/** Two numbers, of which the first is not the larger one. */
function pairs(most: number): fc.Arbitrary<readonly [number, number]> {
  return fc.tuple(fc.nat(most), fc.nat(most)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
}

interface Table {
  readonly name: string;
  readonly most: number;
  of(value: number): string | undefined;
}

const disk = (rule: Parameters<typeof outcomeOf>[0], health: HealthInit) => outcomeOf(rule, health);
const hardDisk = (ata: HealthInit["ata"]): HealthInit => ({ rotationRateRpm: 7_200, ...(ata === undefined ? {} : { ata }) });
const limits = { warningCompositeTemperatureThresholdCelsius: 82, criticalCompositeTemperatureThresholdCelsius: 85 };

const tables: readonly Table[] = [
  { name: "wear", most: 400, of: (percentageUsed) => disk(diskWorn, { nvme: { percentageUsed } }) },
  {
    ...{ name: "spare that is gone", most: 100 },
    of: (gone) => disk(nvmeSpareLow, { nvme: { availableSparePercent: 100 - gone, availableSpareThresholdPercent: 10 } }),
  },
  {
    ...{ name: "heat by its own limits", most: 200 },
    of: (celsius) => disk(nvmeTooHot, { nvme: { compositeTemperatureCelsius: celsius, ...limits } }),
  },
  {
    ...{ name: "heat without limits", most: 200 },
    of: (celsius) => disk(nvmeTooHot, { nvme: { compositeTemperatureCelsius: celsius } }),
  },
  { name: "days that are gone of an end that comes", most: 120, of: (gone) => expiryLevel((100 - gone) * 86_400_000) ?? "clear" },
  ...ratedCounts.map(({ field, attribute }) => ({
    ...{ name: `ATA attribute ${attribute}`, most: 4_000_000_000 },
    of: (count: number) => disk(ataAttributesFailing, hardDisk({ [field]: BigInt(count) })),
  })),
];

describe("what is looked up in tables (acceptance 21)", () => {
  it.each(tables)("has an answer for every number, and never a milder one for a larger number: $name", ({ most, of }) => {
    fc.assert(
      fc.property(pairs(most), ([less, more]) => {
        expect(gravity(of(more))).toBeGreaterThanOrEqual(gravity(of(less)));
      }),
      parameters,
    );
  });

  it("has an answer for every mask of NVMe's critical warning, and never a milder one for more bits", () => {
    const say = (criticalWarning: number) =>
      disk(nvmeCriticalWarning, { nvme: { criticalWarning, compositeTemperatureCelsius: 85, ...limits } });
    const answers = Array.from({ length: 256 }, (_, mask) => gravity(say(mask)));

    for (const [mask, answer] of answers.entries()) {
      for (let bit = 1; bit < 256; bit *= 2) expect(answers[mask | bit]).toBeGreaterThanOrEqual(answer);
    }
    expect(answers[0]).toBe(gravity("clear"));
  });

  it("measures a disk that counts more as no better", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ratedCounts), pairs(4_000_000_000), (rated, [less, more]) => {
        expect(rangesPassed(rated, BigInt(more))).toBeGreaterThanOrEqual(rangesPassed(rated, BigInt(less)));
        const [mild, grave] = [less, more].map((count) => measureOf({ [rated.field]: BigInt(count) }));
        expect(grave ?? 0).toBeGreaterThanOrEqual(mild ?? 0);
      }),
      parameters,
    );
  });
});

function measureOf(ata: NonNullable<HealthInit["ata"]>): number | undefined {
  const verdict = judgeDisk(ataAttributesFailing, hardDisk(ata));
  return verdict?.kind === "raise" ? verdict.measure?.level : undefined;
}
