import { beforeEach, describe, expect, it } from "vitest";
import { createRaspberryPiProbe } from "./raspberry-pi.ts";
import { factsAt, runOnce, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { PiMachine, tree } from "./test-support/raspberry-pi-machine.ts";
import { denied, ioError, TreeHost } from "./test-support/tree-host.ts";

const probe = createRaspberryPiProbe();

let host: PiMachine;

beforeEach(() => {
  host = new PiMachine();
});

describe("a Raspberry Pi 5", () => {
  it("is told in full", async () => {
    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "raspberry_pi")).toEqual({
      model: "Raspberry Pi 5 Model B Rev 1.0",
      revision: "d04170",
      boardMemoryBytes: String(8 * 2 ** 30),
      isUnderVoltage: false,
      hasBeenUnderVoltage: false,
      powerSource: "rpi_volt",
      coolingLevelCount: 4,
      hasFan: true,
      configuredPcieGenerationNumber: 3,
      isExternalPcieEnabled: true,
      externalLinks: [{ address: "0001:01:00.0", device: "nvme0", hasDriver: true, gigatransfersPerSecond: 5, laneCount: 1 }],
      bootloaderVersion: "2025-09-25 5855b10b",
      pageSizeBytes: 16384,
      isMemoryCgroupEnabled: true,
    });
    expect(samplesAt(payload, "raspberry_pi")).toEqual({ fan_rpm: 3163, fan_level_number: 2 });
  });

  it("is absent on any other machine, for the price of one file", async () => {
    const asked: string[] = [];
    class Listening extends TreeHost {
      override async readText(path: string): Promise<string> {
        asked.push(path);
        return await super.readText(path);
      }
    }

    expect(await runOnce(probe, new Listening())).toBeUndefined();
    expect(await runOnce(probe, new Listening({ [`${tree}/model`]: "Radxa ROCK 5B\0" }))).toBeUndefined();
    expect(asked).toEqual([`${tree}/model`, `${tree}/model`]);
  });

  it("is failed where the device tree cannot be read", async () => {
    host.add(tree, { model: denied(`${tree}/model`) });

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatch(/^HOST_PERMISSION_DENIED: /);
  });

  it("tells what it knows where the rest cannot be read", async () => {
    for (const path of [...host.entries.keys()]) if (path !== `${tree}/model`) host.entries.set(path, ioError(path));

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toEqual({ model: "Raspberry Pi 5 Model B Rev 1.0" });
  });

  it("finds the connector's device whatever its domain, behind a switch, and without a driver", async () => {
    host.remove("/sys/bus/pci/devices");
    host.addFunction("/sys/devices/platform/axi/1000110000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0/0000:03:00.0", {
      ...{
        class: "0x010802\n",
        vendor: "0x2646\n",
        "power/runtime_status": "suspended\n",
        current_link_speed: "5.0 GT/s PCIe\n",
      },
    });

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({
      externalLinks: [{ address: "0000:03:00.0", hasDriver: false }],
    });
  });

  it("says that the memory controller is off, by either hierarchy of cgroups", async () => {
    host.add("/sys/fs/cgroup", { "cgroup.controllers": "cpuset cpu io pids\n" });
    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ isMemoryCgroupEnabled: false });

    host.remove("/sys/fs/cgroup/cgroup.controllers");
    host.add("/proc", { cgroups: "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t39\t1\nmemory\t0\t39\t0\n" });
    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ isMemoryCgroupEnabled: false });
  });

  it("has no fan where the kernel knows none", async () => {
    host.remove("/sys/class/hwmon/hwmon1");
    host.remove("/sys/class/thermal");

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "raspberry_pi")).toMatchObject({ hasFan: false });
    expect(factsAt(payload, "raspberry_pi")).not.toHaveProperty("coolingLevelCount");
    expect(payload.samples).toEqual([]);
  });

  it("has a fan on a pin, which counts no turns", async () => {
    host.remove("/sys/class/hwmon/hwmon1");
    host.add("/sys/class/thermal/cooling_device0", { type: "gpio-fan\n", cur_state: "1\n", max_state: "1\n" });

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "raspberry_pi")).toMatchObject({ hasFan: true, coolingLevelCount: 1 });
    expect(samplesAt(payload, "raspberry_pi")).toEqual({ fan_rpm: undefined, fan_level_number: 1 });
  });

  it("says that the connector is off where neither config.txt nor a HAT switched it on", async () => {
    host.add(`${tree}/axi/pcie@1000110000`, { status: "disabled\0" });

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ isExternalPcieEnabled: false });
  });

  it("reads what a restart changes every five minutes, and power each time", async () => {
    const fiveMinutes = Math.floor(host.clock.wallMs / 300_000) * 300_000;
    const before = { model: "as before", revision: "d04170", isMemoryCgroupEnabled: true };
    host.addChip(4, { name: "rpi_volt\n", in0_lcrit_alarm: "1\n" });

    const rested = await host.runAfter(probe, before, { lastRunMs: fiveMinutes + 1 });
    const fresh = await host.runAfter(probe, before, { lastRunMs: fiveMinutes - 1 });

    expect(factsAt(rested, "raspberry_pi")).toMatchObject({ model: "as before", revision: "d04170", isUnderVoltage: true });
    expect(factsAt(fresh, "raspberry_pi")).toMatchObject({ model: "Raspberry Pi 5 Model B Rev 1.0", isUnderVoltage: true });
  });
});

describe("config.txt of a Raspberry Pi 5", () => {
  it("is read with what it includes, in the included file's own filters", async () => {
    host.add("/boot/firmware", { "config.txt": "include extra.txt\n", "extra.txt": "[pi4]\n[pi5]\ndtparam=pciex1_gen=2\n" });

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ configuredPcieGenerationNumber: 2 });
  });

  it("may include itself", async () => {
    host.add("/boot/firmware", { "config.txt": "include config.txt\ndtparam=pciex1_gen=3\n" });

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ configuredPcieGenerationNumber: 3 });
  });

  it("lies in /boot on older systems", async () => {
    host.remove("/boot/firmware");
    host.add("/boot", { "config.txt": "dtparam=pciex1_gen=1\n" });

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ configuredPcieGenerationNumber: 1 });
  });
});
