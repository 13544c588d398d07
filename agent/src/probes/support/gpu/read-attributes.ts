/**
 * Reads the files that the drivers of AMD and Intel have for a GPU that is awake. Sources: kernel documentation, gpu/amdgpu/driver-misc and
 * thermal, ABI/testing/sysfs-driver-intel-i915-hwmon, sysfs-driver-intel-xe-hwmon, sysfs-driver-intel-i915 and xe's freq and throttle.
 */
import type { Host } from "../../../host/host.ts";
import { type Reading, readNames } from "../../../host/reading.ts";
import { readValue } from "../block/read-value.ts";
import type { RawGpu } from "./raw-gpu.ts";

const amdFiles = [
  "gpu_busy_percent",
  "mem_busy_percent",
  "mem_info_gtt_total",
  "mem_info_gtt_used",
  "mem_info_vram_total",
  "mem_info_vram_used",
  "pcie_replay_count",
  "pp_dpm_sclk",
  "product_name",
  "serial_number",
  "unique_id",
  "vbios_version",
];
/** The first tile's first graphics unit stands for the whole. */
const xeFiles = ["act_freq", "rp0_freq", "throttle/reason_pl1", "throttle/reason_pl2", "throttle/reason_pl4"].concat([
  "throttle/reason_prochot",
  "throttle/reason_thermal",
]);
const xeFolder = "tile0/gt0/freq0";
const i915Files = ["gt_act_freq_mhz", "gt_RP0_freq_mhz"];
const i915ThrottleFiles = ["pl1", "pl2", "pl4", "prochot", "thermal"].map((reason) => `throttle_reason_${reason}`);

/** A monitoring chip has dozens of files, of which these are of use. */
const chipFile =
  /^(?:name|(?:temp|energy|power|freq|in)\d+_label|temp\d+_(?:input|crit|emergency)|power1_(?:average|input|cap|cap_default|max)|energy\d+_input|freq[12]_input|fan1_input|pwm1(?:_max)?)$/;
/** Memory channels of Intel's cards: one for all has a label of its own. */
const maximumTemperatureChannel = 5;

/** By path in the GPU's folder; the numbers of the chip and the card, which change with each boot, are left out: "hwmon/temp1_input". */
export async function readAttributes(host: Host, gpu: RawGpu, driver: string): Promise<Readonly<Record<string, Reading>>> {
  const card = gpu.drmNames.find((name) => name.startsWith("card"));
  const parts = [readChip(host, gpu.path)];
  if (driver === "amdgpu") parts.push(readFolder(host, gpu.path, "", amdFiles));
  if (driver === "xe") parts.push(readFiles(host, `${gpu.path}/${xeFolder}`, "freq/", xeFiles));
  if (driver === "i915" && card !== undefined) {
    parts.push(readFolder(host, `${gpu.path}/drm/${card}`, "card/", i915Files));
    parts.push(readFolder(host, `${gpu.path}/drm/${card}/gt/gt0`, "gt/", i915ThrottleFiles));
  }
  return Object.assign({}, ...(await Promise.all(parts)));
}

type Attributes = Readonly<Record<string, Reading>>;

async function readChip(host: Host, path: string): Promise<Attributes> {
  const chips = await readNames(host, `${path}/hwmon`);
  const chip = chips.outcome === "ok" ? chips.value.find((name) => /^hwmon\d+$/.test(name)) : undefined;
  if (chip === undefined) return {};
  const names = await readNames(host, `${path}/hwmon/${chip}`);
  const wanted = names.outcome === "ok" ? names.value.filter(isOfUse) : [];
  return await readFiles(host, `${path}/hwmon/${chip}`, "hwmon/", wanted);
}

function isOfUse(name: string): boolean {
  const channel = Number(/^temp(\d+)/.exec(name)?.[1] ?? 0);
  return chipFile.test(name) && channel <= maximumTemperatureChannel;
}

/** Those of the names that are there. */
async function readFolder(host: Host, folder: string, prefix: string, wanted: readonly string[]): Promise<Attributes> {
  const names = await readNames(host, folder);
  const there = names.outcome === "ok" ? wanted.filter((name) => names.value.includes(name)) : [];
  return await readFiles(host, folder, prefix, there);
}

async function readFiles(host: Host, folder: string, prefix: string, names: readonly string[]): Promise<Attributes> {
  const readings = names.map(async (name) => [`${prefix}${name}`, await readValue(host, `${folder}/${name}`)] as const);
  return Object.fromEntries((await Promise.all(readings)).filter(([, { outcome }]) => outcome !== "absent"));
}
