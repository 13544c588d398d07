/** What was printed on Raspberry Pis: sensors(1) as a tree of /sys that our probe reads, and the same machine's lscpu and name. */
import { expect } from "vitest";
import { createRaspberryPiProbe } from "../../../agent/src/probes/raspberry-pi.ts";
import { sensors } from "../../../agent/src/probes/sensors.ts";
import { system } from "../../../agent/src/probes/system.ts";
import { factsAt, runToPayload, samplesAt } from "../../../agent/src/probes/test-support/payload-view.ts";
import { recordings } from "../../../agent/src/probes/test-support/recordings.ts";
import { TreeHost } from "../../../agent/src/probes/test-support/tree-host.ts";
import { expectAccepted } from "../expect-accepted.ts";
import { textOf } from "../recording-index.ts";
import { type Check, checked, witness } from "../verdict.ts";

/** One line of sensors(1). */
interface PrintedSensor {
  readonly chip: string;
  readonly label: string;
  readonly channel: string;
  /** In the kernel's unit; undefined for N/A. */
  readonly value: number | undefined;
  readonly limits: Readonly<Record<string, number>>;
}

/** A dump of sbc-bench: its sensors, and, where it has them, lscpu's words and the board's name. */
export const piDump: Check = async (entry) => {
  const text = textOf(entry);
  const board = /^(?:sbc-bench \S+|#) (Raspberry Pi .*?)(?: \(.*\))?$/m.exec(text)?.[1];
  if (board === undefined) throw new Error("it does not name the board");
  await expectBoard(board, text);
  const [, section = ""] = /^Hardware sensors:\n\n([\s\S]*?)\n##/m.exec(text) ?? [];
  if (section === "") return witness; // a review page: the board's name only
  await expectSensors(section);
  return checked;
};

/** The output of sensors(1) alone. */
export const piSensors: Check = async (entry) => {
  await expectSensors(textOf(entry));
  return checked;
};

/** /proc/cgroups, whose memory controller the firmware had switched off. */
export const piCgroups: Check = async (entry) => {
  const text = textOf(entry);
  const enabled = text
    .split("\n")
    .find((line) => line.startsWith("memory"))
    ?.trim()
    .split(/\s+/)
    .at(-1);
  const payload = await runToPayload(raspberryPi, new TreeHost({ ...board, "/proc/cgroups": text }));

  expect(enabled).toBe("0");
  expect(factsAt(payload, "raspberry_pi")).toMatchObject({ isMemoryCgroupEnabled: false });
  expectAccepted(payload);
  return checked;
};

/** lspci -knn as a tree of /sys: bridges of the board and of a switch, and an NVMe disk behind it that no driver took. */
export const piLspci: Check = async (entry) => {
  const host = new TreeHost(board);
  const functions = [...textOf(entry).matchAll(/^(\S+) .*?\[(\w{4})\]: .*\[(\w{4}):\w{4}\].*\n((?:\t.*\n?)*)/gm)];
  for (const [, address = "", kind, vendor, rest = ""] of functions) {
    const place = `/sys/devices/platform/axi/1000110000.pcie/pci0001:00/${address}`;
    const driver = rest.includes("Kernel driver in use") ? { driver: "" } : {};
    host.add(place, { ...driver, class: `0x${kind}00\n`, vendor: `0x${vendor}\n` });
    host.add("/sys/bus/pci/devices", { [address]: { link: place } });
  }
  const payload = await runToPayload(raspberryPi, host);

  expect(functions).toHaveLength(7);
  expect(factsAt(payload, "raspberry_pi")).toMatchObject({ externalLinks: [{ address: "0001:03:00.0", hasDriver: false }] });
  expectAccepted(payload);
  return checked;
};

/** Values of get_throttled that users published, each as the firmware's answer: bits 0 to 3 are now, 16 to 19 since the start. */
export const piThrottled: Check = async (entry) => {
  const lines = textOf(entry).trim().split("\n");
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const bits = BigInt(line.slice("throttled=".length));
    const isSet = (bit: bigint): boolean => ((bits >> bit) & 1n) === 1n;
    const host = new TreeHost({ ...board, "/dev/vcio": "" });
    host.programs.set("pi-firmware", async () => ({ exitCode: 0, stdout: `${line}\n`, stderr: "" }));
    const payload = await runToPayload(raspberryPi, host);

    expect(factsAt(payload, "raspberry_pi")).toMatchObject({
      ...{ isUnderVoltage: isSet(0n), isFrequencyCapped: isSet(1n), isThrottled: isSet(2n) },
      ...{ isAtSoftTemperatureLimit: isSet(3n), hasBeenUnderVoltage: isSet(16n), hasBeenFrequencyCapped: isSet(17n) },
      ...{ hasBeenThrottled: isSet(18n), hasBeenAtSoftTemperatureLimit: isSet(19n), powerSource: "firmware" },
    });
    expectAccepted(payload);
  }
  return checked;
};

const raspberryPi = createRaspberryPiProbe();
const board = { "/sys/firmware/devicetree/base/model": "Raspberry Pi 5 Model B Rev 1.0\0" };

async function expectBoard(name: string, text: string): Promise<void> {
  const model = /^Model name:\s+(.*)$/m.exec(text)?.[1];
  const count = /^CPU\(s\):\s+(\d+)$/m.exec(text)?.[1];
  const soc = /Raspberry Pi (?:5|Compute Module 5)/.test(name) ? "BCM2712" : "BCM2711";
  const cpuinfo = recordings("pi", ".txt").find(({ name }) => name.includes(`cpuinfo_${soc}`));
  const host = new TreeHost({
    "/sys/firmware/devicetree/base/model": `${name}\0`,
    "/sys/firmware/devicetree/base/compatible": "raspberrypi,5-model-b\0brcm,bcm2712\0",
    "/proc/cpuinfo": cpuinfo?.text ?? "",
    "/proc/loadavg": "0 0 0 1/1 1\n",
    "/proc/stat": "cpu  1 1 1 1 1 1 1 1\nctxt 1\nprocs_running 1\nprocs_blocked 0\n",
  });
  const payload = await runToPayload(system, host);

  expect(factsAt(payload, "board")).toEqual({ vendor: "Raspberry Pi Ltd", productName: name });
  if (model !== undefined) expect(factsAt(payload, "cpu")).toMatchObject({ modelName: model, logicalCount: Number(count) });
  expectAccepted(payload);
}

async function expectSensors(section: string): Promise<void> {
  const printed = printedSensors(section);
  expect(printed.length).toBeGreaterThan(1);
  const host = new TreeHost();
  const chips = [...new Set(printed.map(({ chip }) => chip))];
  for (const { chip, channel, label, value, limits } of printed) {
    const folder = `/sys/class/hwmon/hwmon${chips.indexOf(chip)}`;
    host.add(folder, {
      name: `${chip}\n`,
      // rpi_volt has no value, only an alarm.
      ...(value === undefined ? { [`${channel}_lcrit_alarm`]: "0\n" } : { [`${channel}_input`]: `${value}\n` }),
      ...(label !== channel && { [`${channel}_label`]: `${label}\n` }),
      ...Object.fromEntries(Object.entries(limits).map(([name, limit]) => [`${channel}_${name}`, `${limit}\n`])),
    });
  }
  const payload = await runToPayload(sensors, host);

  for (const { chip, channel, label, value, limits } of printed) {
    const id = `${chip}/${channel}`;
    const isNone = (limit: number | undefined): boolean => limit === undefined || limit > 65_000_000 || limit < -273_000;
    expect(factsAt(payload, "sensor", id)).toMatchObject({ chip, label });
    expect(factsAt(payload, "sensor", id)).toEqual(
      expect.objectContaining({
        ...(!isNone(limits["max"]) && { maximum: Number(limits["max"]) / 1000 }),
        ...(!isNone(limits["crit"]) && { critical: Number(limits["crit"]) / 1000 }),
      }),
    );
    if (isNone(limits["max"])) expect(factsAt(payload, "sensor", id)).not.toHaveProperty("maximum");
    const [told] = Object.values(samplesAt(payload, "sensor", id));
    expect(told).toBe(value === undefined ? 0 : channel.startsWith("fan") ? value : value / 1000);
  }
  expectAccepted(payload);
}

/** Chips are paragraphs: name-bus-address, then "label: value unit (limit = value …)", limits also on lines of their own. */
function printedSensors(section: string): readonly PrintedSensor[] {
  return section
    .trim()
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const [title = "", ...lines] = paragraph.split("\n");
      const chip = /^(\w+)-(?:isa|virtual|pci|i2c|mdio|scsi)-[\w-]+$/.exec(title.trim())?.[1];
      if (chip === undefined) return [];
      const joined = lines.filter((line) => !line.startsWith("Adapter:")).join("\n");
      const counts = new Map<string, number>();
      return [...joined.matchAll(/^([^:\n]+):\s+(N\/A|[+-]?[\d.]+)\s*(°?C|mV|V|RPM|)([^:]*?)(?=\n[^\s(]|$)/gm)].map(
        ([, label = "", value = "", unit = "", rest = ""]) => {
          const kind = unit.endsWith("C") ? "temp" : unit === "RPM" ? "fan" : "in";
          const number = (counts.get(kind) ?? 0) + 1;
          counts.set(kind, number);
          const channel = /^(?:temp|fan|in)\d+$/.test(label) ? label : `${kind}${number}`;
          return { chip, label, channel, value: value === "N/A" ? undefined : scaled(value, unit), limits: limitsIn(rest) };
        },
      );
    });
}

function scaled(value: string, unit: string): number {
  return Math.round(Number(value) * (unit === "mV" || unit === "RPM" ? 1 : 1000));
}

function limitsIn(text: string): Readonly<Record<string, number>> {
  const names: Readonly<Record<string, string>> = { high: "max", crit: "crit" };
  return Object.fromEntries(
    [...text.matchAll(/(\w+)\s*=\s*([+-]?[\d.]+)/g)].flatMap(([, name = "", value = ""]) =>
      names[name] === undefined ? [] : [[names[name], Math.round(Number(value) * 1000)]],
    ),
  );
}
