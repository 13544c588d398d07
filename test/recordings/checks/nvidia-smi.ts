/** `nvidia-smi -q -x` of many cards and drivers, held against what Python's own XML reader finds at the same places; and its words when it fails. */
import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import type { DriverGpu, DriverReading } from "../../../agent/src/probes/support/gpu/driver-reading.ts";
import { driverError } from "../../../agent/src/probes/support/gpu/nvidia/driver-error.ts";
import { parseSmiAnswer } from "../../../agent/src/probes/support/gpu/nvidia/smi-answer.ts";
import { textOf } from "../recording-index.ts";
import { type Check, checked, failedWith } from "../verdict.ts";

/** One document: every value that it states as a number or a switch is read, and nothing else. */
export const smiXml: Check = (entry) => {
  const reading = parseSmiAnswer({ exitCode: 0, stdout: textOf(entry), stderr: "" });
  const [log, ...gpus] = extract(entry.path);

  expect(reading.driverVersion).toBe(log?.["driver_version"]);
  expect(reading.gpus).toHaveLength(gpus.length);
  for (const [index, texts] of gpus.entries()) expectGpu(reading, index, texts);
  return checked;
};

/** What it prints when it fails, with the exit code that its words belong to. */
export const smiError: Check = (entry) => {
  const stdout = textOf(entry);
  const exitCode = /mismatch/.test(stdout) ? 18 : 9;
  const { failure, gpus } = parseSmiAnswer({ exitCode, stdout, stderr: "" });

  expect(gpus).toEqual([]);
  expect(failure).toMatchObject({ nvmlReturn: exitCode });
  return failedWith(driverError(failure ?? { nvmlReturn: 0, message: "" }, "read the GPUs").code);
};

/** Texts by their place below the element, e.g. "fb_memory_usage/total"; the first of several of one name. */
type Texts = Readonly<Record<string, string>>;

/** The whole document first, then each GPU. */
const program = `
import json, sys, xml.etree.ElementTree as tree
def texts(element, place=""):
    found = {}
    for child in element:
        at = place + child.tag
        found.setdefault(at, (child.text or "").strip())
        for key, value in texts(child, at + "/").items(): found.setdefault(key, value)
    return found
root = tree.parse(sys.argv[1]).getroot()
gpus = root.findall("gpu")
print(json.dumps([{c.tag: (c.text or "").strip() for c in root}] + [dict(texts(g), id=g.get("id"), pids=" ".join(sorted({p.findtext("pid") for p in g.iter("process_info")}, key=int)), instances=str(len(g.findall("mig_devices/mig_device")))) for g in gpus]))
`;

function extract(path: string): readonly Texts[] {
  return JSON.parse(execFileSync("python3", ["-c", program, path], { encoding: "utf8" })) as readonly Texts[]; // as the program prints it
}

const mebibyte = 2 ** 20;
const power = ["gpu_power_readings", "power_readings"];

/** What is read, from the first of some places that states a number, and times what. */
const numbers: readonly {
  readonly of: (gpu: DriverGpu) => number | undefined;
  readonly at: readonly string[];
  readonly times?: number;
}[] = [
  { of: ({ memory }) => memory?.totalBytes, at: ["fb_memory_usage/total"], times: mebibyte },
  { of: ({ memory }) => memory?.reservedBytes, at: ["fb_memory_usage/reserved"], times: mebibyte },
  { of: ({ memory }) => memory?.usedBytes, at: ["fb_memory_usage/used"], times: mebibyte },
  { of: ({ memory }) => memory?.freeBytes, at: ["fb_memory_usage/free"], times: mebibyte },
  { of: ({ utilization }) => utilization?.gpuPercent, at: ["utilization/gpu_util"] },
  { of: ({ utilization }) => utilization?.memoryPercent, at: ["utilization/memory_util"] },
  { of: ({ utilization }) => utilization?.encoderPercent, at: ["utilization/encoder_util"] },
  { of: ({ utilization }) => utilization?.decoderPercent, at: ["utilization/decoder_util"] },
  { of: ({ temperature }) => temperature?.gpuCelsius, at: ["temperature/gpu_temp"] },
  { of: ({ temperature }) => temperature?.memoryCelsius, at: ["temperature/memory_temp"] },
  { of: ({ temperature }) => temperature?.slowdownCelsius, at: ["temperature/gpu_temp_slow_threshold"] },
  { of: ({ temperature }) => temperature?.shutdownCelsius, at: ["temperature/gpu_temp_max_threshold"] },
  { of: (gpu) => gpu.power?.drawWatts, at: powerAt("power_draw", "average_power_draw", "instant_power_draw") },
  { of: (gpu) => gpu.power?.limitWatts, at: powerAt("enforced_power_limit", "current_power_limit", "power_limit") },
  { of: (gpu) => gpu.power?.defaultLimitWatts, at: powerAt("default_power_limit") },
  { of: ({ clocks }) => clocks?.graphicsHertz, at: ["clocks/graphics_clock"], times: 1e6 },
  { of: ({ clocks }) => clocks?.smHertz, at: ["clocks/sm_clock"], times: 1e6 },
  { of: ({ clocks }) => clocks?.memoryHertz, at: ["clocks/mem_clock"], times: 1e6 },
  { of: ({ clocks }) => clocks?.videoHertz, at: ["clocks/video_clock"], times: 1e6 },
  { of: ({ clocks }) => clocks?.maximumGraphicsHertz, at: ["max_clocks/graphics_clock"], times: 1e6 },
  { of: ({ fanPercent }) => fanPercent, at: ["fan_speed"] },
  { of: ({ performanceState }) => performanceState, at: ["performance_state"] },
  { of: ({ pcieReplays }) => pcieReplays, at: ["pci/replay_counter"] },
  { of: ({ remappedRows }) => remappedRows?.corrected, at: ["remapped_rows/remapped_row_corr"] },
  { of: ({ remappedRows }) => remappedRows?.uncorrected, at: ["remapped_rows/remapped_row_unc"] },
];

const switches: readonly { readonly of: (gpu: DriverGpu) => boolean | undefined; readonly at: string }[] = [
  { of: ({ ecc }) => ecc?.isEnabled, at: "ecc_mode/current_ecc" },
  { of: ({ ecc }) => ecc?.isPending, at: "ecc_mode/pending_ecc" },
  { of: (gpu) => gpu.isPersistenceEnabled, at: "persistence_mode" },
  { of: (gpu) => gpu.isDisplayActive, at: "display_active" },
  { of: (gpu) => gpu.isMigEnabled, at: "mig_mode/current_mig" },
  { of: ({ retiredPages }) => retiredPages?.isPending, at: "retired_pages/pending_retirement" },
  { of: ({ remappedRows }) => remappedRows?.isPending, at: "remapped_rows/remapped_row_pending" },
  { of: ({ remappedRows }) => remappedRows?.hasFailed, at: "remapped_rows/remapped_row_failure" },
];

function powerAt(...names: readonly string[]): readonly string[] {
  return power.flatMap((folder) => names.map((name) => `${folder}/${name}`));
}

function expectGpu({ gpus }: DriverReading, index: number, texts: Texts): void {
  const gpu = gpus[index];
  if (gpu === undefined) throw new Error(`the GPU ${index} is missing`);
  expect(`0000${gpu.pciAddress}`.toUpperCase()).toBe((texts["id"] ?? "").padStart(16, "0"));
  expect(gpu.uuid).toBe(texts["uuid"]);
  expect(gpu.productName).toBe(texts["product_name"]);
  for (const { of, at, times = 1 } of numbers) {
    const stated = at.map((place) => numberIn(texts[place])).find((value) => value !== undefined);
    expect(of(gpu), at.join(", ")).toBe(stated === undefined ? undefined : stated * times);
  }
  for (const { of, at } of switches) expect(of(gpu), at).toBe(switchIn(texts[at]));
  expect(gpu.clocksEventReasons, "reasons").toBe(reasonsIn(texts));
  const pids = (gpu.processes ?? []).map(({ pid }) => pid);
  expect(pids.join(" ")).toBe(texts["pids"]);
  expect(String(gpu.instances?.length ?? 0)).toBe(texts["instances"]);
}

function numberIn(text = ""): number | undefined {
  const digits = /^P?(-?[\d.]+)(?: (?:MiB|MHz|W|C|%))?$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function switchIn(text = ""): boolean | undefined {
  return /^(?:Enabled|Yes)$/.test(text) ? true : /^(?:Disabled|No)$/.test(text) ? false : undefined;
}

/** In the order of their bits, as they are in nvml.h. */
const reasons = [
  "gpu_idle",
  "applications_clocks_setting",
  "sw_power_cap",
  "hw_slowdown",
  "sync_boost",
  "sw_thermal_slowdown",
  "hw_thermal_slowdown",
  "hw_power_brake_slowdown",
  "display_clocks_setting",
];

function reasonsIn(texts: Texts): number | undefined {
  const kinds = ["event", "throttle"];
  const stated = reasons.map((reason) =>
    kinds.map((kind) => texts[`clocks_${kind}_reasons/clocks_${kind}_reason_${reason}`]).find((text) => text !== undefined),
  );
  if (!stated.some((text) => text === "Active" || text === "Not Active")) return undefined;
  return stated.reduce((mask, text, bit) => (text === "Active" ? mask + 2 ** bit : mask), 0);
}
