/**
 * What was recorded on Raspberry Pis. Of the fixtures in pi/, the cpuinfo files are read by system-recordings.test.ts, and lists of PCI devices, of
 * control groups and of get_throttled in test/recordings; the two review pages repeat the dumps of the same machines, and are held against them here.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRaspberryPiProbe } from "./raspberry-pi.ts";
import { sensors } from "./sensors.ts";
import { throttledBits } from "./support/raspberry-pi/power.ts";
import { factsAt, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { missingForRecordings, recordingsFolder } from "./test-support/recordings.ts";
import { benchedPi, printedNumber } from "./test-support/sbc-bench.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const missing = missingForRecordings();
const note = missing === undefined ? "" : ` (skipped: ${missing})`;
const probe = createRaspberryPiProbe();

function recorded(name: string): string {
  return readFileSync(join(recordingsFolder, "pi", name), "utf8");
}

describe.skipIf(missing !== undefined)(`dumps of Raspberry Pis${note}`, () => {
  const dumps = [
    {
      name: "1ULtUe",
      model: "Raspberry Pi 5 Model B Rev 1.0",
      kernel: "6.6.20+rpt-rpi-2712",
      facts: { hasFan: false },
      fan: {},
    },
    {
      name: "4HDw",
      model: "Raspberry Pi 5 Model B Rev 1.0",
      kernel: "6.1.47-v8_16k+",
      facts: { hasFan: true, isExternalPcieEnabled: true, configuredPcieGenerationNumber: 3 },
      fan: { fan_rpm: 0 },
    },
    {
      name: "8-NK",
      model: "Raspberry Pi 5 Model B Rev 1.1",
      kernel: "6.6.69-v8-16k+",
      facts: { hasFan: true },
      fan: { fan_rpm: 0 },
    },
    {
      name: "Xh2H",
      model: "Raspberry Pi Compute Module 5 Rev 1.0",
      kernel: "6.6.63-v8-16k+",
      facts: {
        hasFan: true,
        externalLinks: [{ address: "0001:01:00.0", device: "nvme0", hasDriver: true, gigatransfersPerSecond: 5, laneCount: 1 }],
      },
      fan: { fan_rpm: 656 },
    },
    {
      name: "3Llk",
      model: "Raspberry Pi 4 Model B Rev 1.4",
      kernel: "5.10.63-v7l+",
      facts: { hasFan: false },
      fan: {},
    },
  ];

  it.each(dumps)("$name, a $model, is read in full", async ({ name, model, kernel, facts, fan }) => {
    const pi = benchedPi(recorded(`sbc-bench__${name}.txt`));
    expect({ model: pi.model, kernel: pi.kernel, hasConfiguration: pi.configuration !== "" }).toEqual({
      ...{ model, kernel, hasConfiguration: true },
    });

    const payload = await runToPayload(probe, pi.host);

    expect(factsAt(payload, "raspberry_pi")).toEqual({ model, ...facts });
    expect(samplesAt(payload, "raspberry_pi")).toEqual(facts.hasFan ? { fan_level_number: undefined, ...fan } : {});
  });

  it.each(dumps.slice(0, -1))("$name has every number that its own `sensors` printed", async ({ name }) => {
    const pi = benchedPi(recorded(`sbc-bench__${name}.txt`));
    const printed = [...pi.sensors].filter(([key]) => !/humidity/.test(key)).map(([, value]) => printedNumber(value));

    expect(printed.length).toBeGreaterThan(5);

    const { samples } = await runToPayload(sensors, pi.host);

    const told = samples.filter(({ name: sample }) => sample !== "is_alarm").map(({ value }) => value);
    expect(told.toSorted()).toEqual(printed.toSorted());
  });

  it("the review pages say of their machines' PCIe what the dumps say", () => {
    for (const [page, dump] of [
      ["5B-Rev1.1", "8-NK"],
      ["CM5-Rev1.0", "Xh2H"],
    ]) {
      const { devices } = benchedPi(recorded(`sbc-bench__${dump}.txt`));
      const review = recorded(`sbc-bench__review_RPi-${page}.md`);

      expect(devices.filter((line) => !review.includes(line))).toEqual([]);
      expect(devices.length).toBeGreaterThan(0);
    }
  });

  it("the bits that sbc-bench printed of a Pi 4 mean what it says they mean", () => {
    const printed = /^([01]{4,20})\n\|/m.exec(recorded("sbc-bench__3Llk.txt"))?.[1] ?? "";
    const bits = throttledBits(`0x${Number.parseInt(printed, 2).toString(16)}`);

    expect(bits).toEqual({ now: [false, false, false, false], before: [false, true, true, true] });
  });
});

describe.skipIf(missing !== undefined)(`parts of Raspberry Pis${note}`, () => {
  const model = { "/sys/firmware/devicetree/base/model": "Raspberry Pi 5 Model B Rev 1.0\0" };

  it("a chip of which `sensors` prints N/A has an alarm and no voltage", async () => {
    expect(recorded("issue__rpi-linux-5584-sensors-rpi_volt.txt")).toMatch(/^rpi_volt-isa-0000\n.*\nin0: +N\/A$/m);
    const host = new TreeHost({
      ...model,
      "/sys/class/hwmon/hwmon1/name": "rpi_volt\n",
      "/sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
    });

    const payload = await runToPayload(sensors, host);

    expect(samplesAt(payload, "sensor", "rpi_volt/in0")).toMatchObject({ is_alarm: 1 });
    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ isUnderVoltage: true });
  });
});
