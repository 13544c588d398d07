/**
 * Text dumps of sbc-bench on Raspberry Pis, made into the files of the machine that they were taken of: what the dump does not say is not there.
 * What a dump says stands beside the files as the dump's own words.
 */
import { TreeHost } from "./tree-host.ts";

/** A machine, and what its dump says of it. */
export interface BenchedPi {
  readonly host: TreeHost;
  readonly model: string;
  readonly kernel: string;
  /** config.txt without comments. */
  readonly configuration: string;
  /** Lines of `sensors`, by chip and name: "pwmfan-isa-0000 fan1" is "656 RPM". */
  readonly sensors: ReadonlyMap<string, string>;
  /** Lines of its section "PCIe and storage devices". */
  readonly devices: readonly string[];
}

/** Makes the machine of a dump, as it was before the load. */
export function benchedPi(text: string): BenchedPi {
  const model = /^sbc-bench v\S+ (Raspberry Pi .*?) \(/.exec(text)?.[1] ?? "";
  const kernel = /^Linux (\S+) \(/m.exec(text)?.[1] ?? "";
  const [, configPath = "", configuration = ""] = /^ThreadX configuration \((\S+)\):\n(.*?)\n\n/ms.exec(text) ?? [];
  const sensors = sensorsIn(/^Hardware sensors:\n\n(.*?)\n\n#####/ms.exec(text)?.[1] ?? "");
  const devices = (/^### PCIe and storage devices:\n\n(.*?)\n\n/ms.exec(text)?.[1] ?? "")
    .split("\n")
    .map((line) => line.slice(4));
  const host = new TreeHost({
    "/sys/firmware/devicetree/base/model": `${model}\0`,
    "/proc/sys/kernel/osrelease": `${kernel}\n`,
    [configPath]: `${configuration}\n`,
  });
  [...new Set([...sensors.keys()].map((key) => key.split(" ")[0] ?? ""))].forEach((chip, index) => {
    addChip(host, chip, index, sensors);
  });
  devices.forEach((line, index) => {
    addDevice(host, line, index);
  });
  return { host, model, kernel, configuration, sensors, devices };
}

/** The number at the beginning of what `sensors` prints, in its base unit. */
export function printedNumber(text: string | undefined): number {
  const [, number, unit] = /^([+-]?[\d.]+) +(\S+)/.exec(text ?? "") ?? [];
  return Number(number) / (unit === "mV" ? 1000 : 1);
}

function sensorsIn(block: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let chip = "";
  for (const line of block.split("\n")) {
    const [, label, value] = /^([\w ]+): +(\S.*?) *$/.exec(line) ?? [];
    if (/^\w+-\w+-\w+(?:-\w+)?$/.test(line)) chip = line;
    else if (label !== undefined && value !== undefined) found.set(`${chip} ${label}`, value);
  }
  return found;
}

/** Attributes in the kernel's units: thousandths of volts and degrees, turns a minute. */
function addChip(host: TreeHost, chip: string, index: number, sensors: ReadonlyMap<string, string>): void {
  const folder = `/sys/class/hwmon/hwmon${index}`;
  host.add(folder, { name: `${/^(\w+?)-(?:isa|virtual|pci|i2c)-/.exec(chip)?.[1]}\n` });
  let unnamed = 0;
  for (const [key, value] of sensors) {
    if (!key.startsWith(`${chip} `)) continue;
    const label = key.slice(chip.length + 1);
    const channel = /^[a-z]+\d+$/.test(label) ? label : `temp${++unnamed}`;
    const factor = channel.startsWith("fan") ? 1 : 1000;
    host.add(folder, { [`${channel}_input`]: `${Math.round(printedNumber(value) * factor)}\n` });
    if (channel !== label) host.add(folder, { [`${channel}_label`]: `${label}\n` });
  }
}

/** "…: Speed 5GT/s (downgraded), Width x1 (downgraded), driver in use: rp1"; on a Pi 5 the last domain is the south bridge's. */
function addDevice(host: TreeHost, line: string, index: number): void {
  const [, speed, width] = /Speed ([\d.]+)GT\/s.*?Width x(\d+)/.exec(line) ?? [];
  if (speed === undefined) return;
  const isSouthBridge = line.includes("driver in use: rp1");
  const name = /\/dev\/(nvme\d+)/.exec(line)?.[1];
  const path = `/sys/devices/platform/axi/pcie${index}/pci000${index}:00/000${index}:00:00.0/000${index}:01:00.0`;
  host.add(path, {
    class: isSouthBridge ? "0x020000\n" : "0x010802\n",
    vendor: isSouthBridge ? "0x1de4\n" : "0x144d\n",
    driver: "",
    "power/runtime_status": "active\n",
    current_link_speed: `${Number(speed).toFixed(1)} GT/s PCIe\n`,
    current_link_width: `${width}\n`,
    ...(name === undefined ? {} : { [`nvme/${name}/state`]: "live\n" }),
  });
  host.add("/sys/bus/pci/devices", { [`000${index}:01:00.0`]: { link: path } });
}
