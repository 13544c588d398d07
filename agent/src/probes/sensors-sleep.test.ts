import { beforeEach, describe, expect, it } from "vitest";
import { sensors } from "./sensors.ts";
import { factsAt, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const device = "/sys/devices/pci0000:00/0000:03:00.0";
const sensor = "amdgpu/0000:03:00.0/temp1";

/** Names of the chip's files that were read. */
let read: string[];
let host: TreeHost;

beforeEach(() => {
  host = new TreeHost();
  host.add("/sys/class/hwmon", { hwmon5: { link: `${device}/hwmon/hwmon5` } });
  host.add(`${device}/hwmon/hwmon5`, {
    ...{ name: "amdgpu\n", temp1_label: "edge\n", temp1_input: "40000\n", temp1_crit: "100000\n" },
    device: { link: device },
  });
  read = [];
  const readText = host.readText.bind(host);
  host.readText = async (path) => {
    if (path.includes("/hwmon5/")) read.push(path.slice(path.lastIndexOf("/") + 1));
    return await readText(path);
  };
});

describe("sensors of a device that can sleep", () => {
  it.each(["suspended", "suspending"])("are not asked while it is %s", async (status) => {
    host.add(`${device}/power`, { runtime_status: `${status}\n`, control: "auto\n", autosuspend_delay_ms: "5000\n" });

    const payload = await runToPayload(sensors, host);

    expect(factsAt(payload, "sensor", sensor)).toMatchObject({ label: "edge" });
    expect(samplesAt(payload, "sensor", sensor)).toEqual({ temperature_celsius: undefined });
    expect(read.filter((name) => /input|crit/.test(name))).toEqual([]);
  });

  it.each([
    { control: "auto", delayMs: "5000", isRead: true },
    { control: "auto", delayMs: "60000", isRead: false },
    { control: "auto", delayMs: "-1000", isRead: true },
    { control: "on", delayMs: "60000", isRead: true },
    { control: "auto", delayMs: undefined, isRead: true },
  ])("keep it awake for ever by no reading: control $control, delay $delayMs ms", async ({ control, delayMs, isRead }) => {
    host.add(`${device}/power`, { runtime_status: "active\n", control: `${control}\n` });
    if (delayMs !== undefined) host.add(`${device}/power`, { autosuspend_delay_ms: `${delayMs}\n` });

    const payload = await runToPayload(sensors, host);

    expect(samplesAt(payload, "sensor", sensor)).toEqual({ temperature_celsius: isRead ? 40 : undefined });
    expect(read.includes("temp1_input")).toBe(isRead);
  });
});
