/**
 * One GPU of `nvidia-smi -q -x`. Its schema moved with the driver, and the number in the document's type does not say how (v12 of driver 525 is
 * unlike v12 of 570): each value is looked for under all the names that it has had.
 */
import type { DriverGpu, DriverInstance, Unchecked } from "../driver-reading.ts";
import { mergeProcesses } from "./merge-processes.ts";
import { smiEcc, smiRemappedRows, smiRetiredPages } from "./smi-memory-errors.ts";
import { firstSmiNumber, smiFlag, smiNumber, smiText } from "./smi-values.ts";
import { elementAt, elementsOf, type XmlElement } from "./xml-tree.ts";

/** As in an element <gpu>. What nvidia-smi rounds (memory to MiB) stays rounded. */
export function smiGpu(gpu: XmlElement, pciAddress: string): Unchecked<DriverGpu> {
  const utilization = elementAt(gpu, "utilization");
  const clocks = elementAt(gpu, "clocks");
  // There are readings of the whole module, too, under the same names.
  const power = elementAt(gpu, "gpu_power_readings") ?? elementAt(gpu, "power_readings");
  const isMigEnabled = smiFlag(gpu, "mig_mode", "current_mig");
  return {
    pciAddress,
    failure: undefined,
    uuid: smiText(gpu, "uuid"),
    productName: smiText(gpu, "product_name"),
    serialNumber: smiText(gpu, "serial"),
    vbiosVersion: smiText(gpu, "vbios_version"),
    computeCapability: undefined,
    architecture: smiText(gpu, "product_architecture")?.replace(/ Lovelace$/, ""), // NVML's own word is Ada
    memory: {
      totalBytes: mebibytes(gpu, "fb_memory_usage", "total"),
      reservedBytes: mebibytes(gpu, "fb_memory_usage", "reserved"),
      usedBytes: mebibytes(gpu, "fb_memory_usage", "used"),
      freeBytes: mebibytes(gpu, "fb_memory_usage", "free"),
    },
    utilization: {
      gpuPercent: smiNumber(utilization, "%", "gpu_util"),
      memoryPercent: smiNumber(utilization, "%", "memory_util"),
      encoderPercent: smiNumber(utilization, "%", "encoder_util"),
      decoderPercent: smiNumber(utilization, "%", "decoder_util"),
    },
    temperature: temperatureOf(elementAt(gpu, "temperature")),
    power: {
      drawWatts: firstSmiNumber(power, "W", "power_draw", "average_power_draw", "instant_power_draw"),
      limitWatts: firstSmiNumber(power, "W", "enforced_power_limit", "current_power_limit", "power_limit"),
      defaultLimitWatts: smiNumber(power, "W", "default_power_limit"),
      energyJoules: undefined,
    },
    clocks: {
      graphicsHertz: megahertz(clocks, "graphics_clock"),
      smHertz: megahertz(clocks, "sm_clock"),
      memoryHertz: megahertz(clocks, "mem_clock"),
      videoHertz: megahertz(clocks, "video_clock"),
      maximumGraphicsHertz: megahertz(gpu, "max_clocks", "graphics_clock"),
    },
    performanceState: performanceState(smiText(gpu, "performance_state")),
    fanPercent: smiNumber(gpu, "%", "fan_speed"),
    clocksEventReasons: reasonsOf(elementAt(gpu, "clocks_event_reasons") ?? elementAt(gpu, "clocks_throttle_reasons")),
    ecc: smiEcc(gpu),
    retiredPages: smiRetiredPages(elementAt(gpu, "retired_pages")),
    remappedRows: smiRemappedRows(elementAt(gpu, "remapped_rows")),
    recoveryAction: recoveryAction(elementAt(gpu, "gpu_recovery_action")?.text),
    pcieReplays: smiNumber(gpu, "", "pci", "replay_counter"),
    isPersistenceEnabled: smiFlag(gpu, "persistence_mode"),
    isDisplayActive: smiFlag(gpu, "display_active"),
    isMigEnabled,
    instances: isMigEnabled === true ? elementsOf(elementAt(gpu, "mig_devices"), "mig_device").map(instanceOf) : undefined,
    processes: processesOf(elementAt(gpu, "processes")),
  };
}

/** "00000000:01:00.0" and "0000:01:00.0" are 0000:01:00.0; undefined for what is no address. */
export function smiPciAddress(text: string): string | undefined {
  const match = /^(?<domain>[0-9a-f]{4,8})(?<rest>:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/.exec(text.toLowerCase());
  if (match?.groups === undefined) return undefined;
  const { domain = "", rest = "" } = match.groups;
  return `${Number.parseInt(domain, 16).toString(16).padStart(4, "0")}${rest}`;
}

/** nvmlClocksEventReasons, by the end of the element's name; what reasons there may be besides is not told. */
const reasonBits: ReadonlyMap<string, number> = new Map([
  ["gpu_idle", 0x1],
  ["applications_clocks_setting", 0x2],
  ["user_defined_clocks", 0x2],
  ["sw_power_cap", 0x4],
  ["hw_slowdown", 0x8],
  ["sync_boost", 0x10],
  ["sw_thermal_slowdown", 0x20],
  ["hw_thermal_slowdown", 0x40],
  ["hw_power_brake_slowdown", 0x80],
  ["display_clocks_setting", 0x100],
]);

function reasonsOf(reasons: XmlElement | undefined): number | undefined {
  const told = (reasons?.children ?? []).flatMap((reason) => {
    const isActive = smiFlag(reason);
    const bit = reasonBits.get(reason.name.replace(/^clocks_(?:event|throttle)_reason_/, ""));
    return isActive === undefined || bit === undefined ? [] : [isActive ? bit : 0];
  });
  return told.length === 0 ? undefined : told.reduce((mask, bit) => mask | bit, 0);
}

/**
 * Datacentre GPUs tell their distance to a limit instead ("T.Limit"), and each limit as a margin to that. It is not the distance of this
 * temperature (an H100 at 67 °C says 15, its limit being 87), so that no limit in degrees follows from it.
 */
function temperatureOf(temperature: XmlElement | undefined): Unchecked<DriverGpu>["temperature"] {
  return {
    gpuCelsius: smiNumber(temperature, "C", "gpu_temp"),
    memoryCelsius: smiNumber(temperature, "C", "memory_temp"),
    slowdownCelsius: smiNumber(temperature, "C", "gpu_temp_slow_threshold"),
    shutdownCelsius: smiNumber(temperature, "C", "gpu_temp_max_threshold"),
  };
}

function performanceState(text: string | undefined): number | undefined {
  const match = /^P(\d{1,2})$/.exec(text ?? "");
  return match === null ? undefined : Number(match[1]);
}

/** "None", "Reset", "Reboot", "Drain P2P", "Drain and Reset". */
function recoveryAction(text = ""): string | undefined {
  const word = text.toLowerCase().replaceAll(/\s+/g, "-");
  if (!/^[a-z0-9-]+$/.test(word) || /deprecated|unknown/.test(word)) return undefined;
  return word === "reset" ? "gpu-reset" : word === "reboot" ? "node-reboot" : word;
}

function instanceOf(instance: XmlElement): Unchecked<DriverInstance> {
  return {
    uuid: smiText(instance, "uuid"),
    profile: undefined,
    gpuInstance: smiNumber(instance, "", "gpu_instance_id"),
    computeInstance: smiNumber(instance, "", "compute_instance_id"),
    memoryTotalBytes: mebibytes(instance, "fb_memory_usage", "total"),
    memoryUsedBytes: mebibytes(instance, "fb_memory_usage", "used"),
  };
}

/** Undefined where it says something else than a list; an empty element is an empty list. */
function processesOf(processes: XmlElement | undefined): Unchecked<DriverGpu>["processes"] {
  if (processes === undefined || processes.text !== "") return undefined;
  const entries = elementsOf(processes, "process_info").map((entry) => {
    const kinds = (elementAt(entry, "type")?.text ?? "").split("+");
    return {
      pid: smiNumber(entry, "", "pid") ?? Number.NaN,
      memoryBytes: mebibytes(entry, "used_memory"),
      instance: ["gpu_instance_id", "compute_instance_id"].map((name) => elementAt(entry, name)?.text).join(" "),
      isCompute: kinds.includes("C"),
      isGraphics: kinds.includes("G"),
    };
  });
  return mergeProcesses(entries);
}

function mebibytes(element: XmlElement | undefined, ...path: readonly string[]): number | undefined {
  const value = smiNumber(element, "MiB", ...path);
  return value === undefined ? undefined : value * 2 ** 20;
}

function megahertz(element: XmlElement | undefined, ...path: readonly string[]): number | undefined {
  const value = smiNumber(element, "MHz", ...path);
  return value === undefined ? undefined : value * 1_000_000;
}
