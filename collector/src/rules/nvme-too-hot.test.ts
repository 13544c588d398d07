import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { type HealthInit, judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { nvmeTooHot } from "./nvme-too-hot.ts";

interface Reading {
  readonly celsius: number;
  readonly warning?: number;
  readonly critical?: number;
  readonly sensors?: readonly number[];
  readonly criticalWarning?: number;
}

function log({ celsius, warning, critical, sensors = [], criticalWarning = 0 }: Reading): HealthInit {
  return {
    nvme: {
      compositeTemperatureCelsius: celsius,
      temperatureSensorsCelsius: [...sensors],
      criticalWarning,
      warningCompositeTemperatureTimeMinutes: 12n,
      criticalCompositeTemperatureTimeMinutes: 0n,
      ...(warning === undefined ? {} : { warningCompositeTemperatureThresholdCelsius: warning }),
      ...(critical === undefined ? {} : { criticalCompositeTemperatureThresholdCelsius: critical }),
    },
  };
}

describe("feature 30: an NVMe disk's temperature is judged by its own WCTEMP and CCTEMP", () => {
  it.each<{ name: string; reading: Reading; firing?: Partial<Finding>; expected: string }>([
    { name: "below its WCTEMP", reading: { celsius: 81, warning: 82, critical: 85 }, expected: "clear" },
    { name: "at its WCTEMP", reading: { celsius: 82, warning: 82, critical: 85 }, expected: "medium" },
    { name: "at its CCTEMP", reading: { celsius: 85, warning: 82, critical: 85 }, expected: "high" },
    { name: "at 75 °C where it allows 100", reading: { celsius: 75, warning: 100, critical: 110 }, expected: "clear" },
    { name: "at 69 °C where it states nothing", reading: { celsius: 69 }, expected: "clear" },
    { name: "at 70 °C where it states nothing", reading: { celsius: 70 }, expected: "medium" },
    { name: "at 80 °C where it states nothing", reading: { celsius: 80 }, expected: "high" },
    { name: "at 95 °C where it states WCTEMP alone", reading: { celsius: 95, warning: 82 }, expected: "medium" },
    { name: "at 66 °C where it states a CCTEMP of 65 alone", reading: { celsius: 66, critical: 65 }, expected: "high" },
    { name: "a little below it again", reading: { celsius: 79, warning: 82 }, firing: {}, expected: "medium" },
    { name: "well below it again", reading: { celsius: 78, warning: 82 }, firing: {}, expected: "clear" },
    {
      name: "a little below CCTEMP again",
      reading: { celsius: 82, warning: 80, critical: 85 },
      firing: { severity: "high" },
      expected: "high",
    },
    {
      name: "well below CCTEMP again",
      reading: { celsius: 81, warning: 80, critical: 85 },
      firing: { severity: "high" },
      expected: "medium",
    },
  ])("says $expected $name", ({ reading, firing, expected }) => {
    expect(outcomeOf(nvmeTooHot, log(reading), firing === undefined ? {} : { firing })).toBe(expected);
  });

  it("lasts for ten minutes before it is said", () => {
    expect(nvmeTooHot.holdMs).toBe(600_000);
    expect(judgeDisk(nvmeTooHot, log({ celsius: 90, critical: 85 }))).not.toHaveProperty("isDeclared");
  });

  it("shows the thresholds, and the time that the disk has counted above them", () => {
    expect(judgeDisk(nvmeTooHot, log({ celsius: 83, warning: 82, critical: 85, sensors: [83, 71] }))).toMatchObject({
      text: "A disk (/dev/sda): it is hotter than its own limit of 82 °C",
      evidence: [
        { name: "composite_temperature_celsius", value: 83 },
        { name: "warning_threshold_celsius", value: 82 },
        { name: "critical_threshold_celsius", value: 85 },
        { name: "temperature_sensors_celsius", value: "83, 71" },
        { name: "warning_composite_temperature_time_minutes", value: 12 },
        { name: "critical_composite_temperature_time_minutes", value: 0 },
      ],
    });
  });

  it("leaves it to the disk's own warning where that is set, until it is critical", () => {
    const warned = { warning: 82, critical: 85, criticalWarning: 0b10 };

    expect(outcomeOf(nvmeTooHot, log({ celsius: 83, ...warned }))).toBe("clear");
    expect(outcomeOf(nvmeTooHot, log({ celsius: 83, ...warned }), { firing: {} })).toBe("medium");
    expect(outcomeOf(nvmeTooHot, log({ celsius: 86, ...warned }))).toBe("high");
  });

  it("suspects the sensor where another one of the disk does not agree (Samsung 980, 84 °C for ever; smartmontools issue 637)", () => {
    const lie = { celsius: 84, warning: 82, critical: 85, sensors: [84, 40] };

    expect(outcomeOf(nvmeTooHot, log(lie))).toBe("low");
    expect(outcomeOf(nvmeTooHot, log({ ...lie, celsius: 90 }))).toBe("low");
    expect(outcomeOf(nvmeTooHot, log({ ...lie, criticalWarning: 0b10 }))).toBe("hold");
  });

  it("concludes nothing from sensors that contradict each other, and nothing from what is old or unknown", () => {
    expect(outcomeOf(nvmeTooHot, log({ celsius: 80, warning: 82, sensors: [84, 40] }))).toBe("hold");
    expect(outcomeOf(nvmeTooHot, log({ celsius: 90 }), { ageMs: 3_600_000 })).toBe("hold");
    expect(outcomeOf(nvmeTooHot, log({ celsius: 90 }), { after: "failed" })).toBe("hold");
    expect(outcomeOf(nvmeTooHot, { nvme: {} })).toBe("hold");
    expect(outcomeOf(nvmeTooHot, { temperatureCelsius: 90 })).toBe("hold");
  });
});
