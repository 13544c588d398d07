/**
 * What only a Raspberry Pi has to say: its revision, power and throttling, fan, external PCIe connector, bootloader, and what K3s trips over.
 * Absent on every other machine, at the cost of one file that is not there.
 * Sources: /sys/firmware/devicetree, hwmon, the thermal framework, /sys/bus/pci, config.txt, the kernel's log; each part in
 * support/raspberry-pi says its own. vcgencmd, which is missing in containers and on most distributions, is not needed.
 *
 * Voltage and fan are read each time, and the firmware is asked once a minute. The rest changes by a restart or by a hand on the connector: it is
 * read every five minutes, and kept between.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type RaspberryPi, RaspberryPiSchema, type Subject } from "@nodekeeper/proto";
import type { Host } from "../host/host.ts";
import { type Reading, readFile, readNames } from "../host/reading.ts";
import type { Payload } from "../payload.ts";
import { defineProbe, type LastReadAt, type Past, type Probe } from "../probe.ts";
import { isSamePeriod } from "./support/is-same-period.ts";
import { createKernelLogFollower, type KernelLogFollower } from "./support/kernel-log/kernel-log-follower.ts";
import { coolingOf, type RawCooling, readCooling } from "./support/raspberry-pi/cooling.ts";
import { inputVolts, powerOf, type RawPower, readPower } from "./support/raspberry-pi/power.ts";
import { interpretSetup, type RawSetup, readSetup, restingSetup } from "./support/raspberry-pi/setup.ts";
import { sectionOf } from "./support/section.ts";

/** What one run reads; undefined on other machines. */
export interface RawRaspberryPi {
  /** model of the device tree. */
  readonly model: Reading;
  readonly power: RawPower;
  readonly cooling: RawCooling;
  /** Undefined while it rests. */
  readonly setup: RawSetup | undefined;
  /** The last reading of this agent. */
  readonly before: RaspberryPi;
}

const deviceTree = "/sys/firmware/devicetree/base";
const chips = "/sys/class/hwmon";
const setupRestMs = 300_000;
const firmwareRestMs = 60_000;

/** Makes the probe. Without a follower each run reads the whole kernel log by itself. */
export function createRaspberryPiProbe(follower?: KernelLogFollower): Probe<RawRaspberryPi | undefined> {
  return defineProbe<RawRaspberryPi | undefined>({
    name: "raspberry-pi",
    title: "power, fan and PCIe of a Raspberry Pi",
    intervalMs: 15_000,
    minimumIntervalMs: 5_000,
    maximumIntervalMs: 3_600_000,
    timeoutMs: 10_000,
    needs: {
      paths: [
        deviceTree,
        chips,
        "/sys/class/thermal",
        "/sys/bus/pci",
        "/boot",
        "/dev/vcio",
        "/dev/kmsg",
        "/proc",
        "/sys/fs/cgroup",
      ],
      commands: ["pi-firmware"],
      root: true,
    },
    read: (host, signal, lastReadAt, past) => read({ host, signal, lastReadAt, past, follower }),
    parse,
  });
}

interface Run {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly lastReadAt: LastReadAt | undefined;
  readonly past: Past | undefined;
  readonly follower: KernelLogFollower | undefined;
}

async function read({ host, signal, lastReadAt, past, follower }: Run): Promise<RawRaspberryPi | undefined> {
  const model = await readFile(host, `${deviceTree}/model`);
  if (model.outcome === "absent" || (model.outcome === "ok" && !model.value.startsWith("Raspberry Pi"))) return undefined;
  const before = readingOf(past?.readings("raspberry_pi")[0]);
  const { wallMs } = await host.time();
  const lastRunMs = before === undefined ? undefined : lastReadAt?.("raspberry_pi", "");
  const isResting = isSamePeriod(lastRunMs, wallMs, setupRestMs);
  const volts = past?.sample("raspberry_pi", "", "pmic_input_volts");
  const earlier = { facts: before ?? {}, volts, isYoung: isSamePeriod(lastRunMs, wallMs, firmwareRestMs) };
  const folders = await readChips(host);
  const [power, cooling, setup] = await Promise.all([
    followed(follower, (log) => readPower(host, folders?.get("rpi_volt"), { follower: log, earlier }, signal)),
    readCooling(host, folders),
    isResting ? undefined : readSetup(host, deviceTree),
  ]);
  return { model, power, cooling, setup, before: before ?? create(RaspberryPiSchema) };
}

function parse(raw: RawRaspberryPi | undefined): Payload | undefined {
  if (raw === undefined) return undefined;
  const { subject, samples } = sectionOf("raspberry_pi", "", () => {
    const { levelCount, level, rpm, hasFan } = coolingOf(raw.cooling);
    const value: MessageInitShape<typeof RaspberryPiSchema> = {
      ...(raw.setup === undefined ? restingSetup(raw.before) : interpretSetup(raw.setup, raw.model, raw.before)),
      ...powerOf(raw.power, raw.before),
      hasFan,
      coolingLevelCount: levelCount,
    };
    const volts = inputVolts(raw.power);
    const samples = {
      ...(hasFan === true && { fan_rpm: rpm, fan_level_number: level }),
      ...(volts !== undefined && { pmic_input_volts: volts }),
    };
    return { value, samples };
  });
  return { subjects: [subject], lists: [], samples };
}

function readingOf(subject: Subject | undefined): RaspberryPi | undefined {
  return subject?.value.case === "raspberryPi" ? subject.value.value : undefined;
}

/** Folders of hwmon by the chips' names: their numbers differ from boot to boot. Undefined where they could not be listed. */
async function readChips(host: Host): Promise<ReadonlyMap<string, string> | undefined> {
  const entries = await readNames(host, chips);
  if (entries.outcome !== "ok") return entries.outcome === "absent" ? new Map() : undefined;
  const names = await Promise.all(entries.value.map((entry) => readFile(host, `${chips}/${entry}/name`)));
  return new Map(
    names.flatMap((name, index) => (name.outcome === "ok" ? [[name.value.trim(), `${chips}/${entries.value[index]}`]] : [])),
  );
}

async function followed<Value>(
  shared: KernelLogFollower | undefined,
  work: (follower: KernelLogFollower) => Promise<Value>,
): Promise<Value> {
  if (shared !== undefined) return await work(shared);
  using own = createKernelLogFollower();
  return await work(own);
}
