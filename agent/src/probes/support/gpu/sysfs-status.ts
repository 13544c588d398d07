/** What the drivers of AMD and Intel say of a GPU in sysfs. Units: kernel documentation, hwmon/sysfs-interface and gpu/amdgpu. Pure. */
import { AppError } from "@nodekeeper/shared";
import { integerOf, textOf } from "../block/file-values.ts";
import { printable } from "../printable.ts";
import type { Finding } from "../section.ts";
import {
  type Attributes,
  anyFlag,
  fanPercentOf,
  fanRpmOf,
  hertzOf,
  joulesOf,
  megahertz,
  temperatureOf,
  wattsOf,
} from "./chip-values.ts";
import { gpuIdentity } from "./gpu-identity.ts";
import type { ReadGpu } from "./raw-gpu.ts";

const maximumBytes = 2 ** 53;

/** The status of a GPU of AMD or Intel. Throws where none of its files could be read. */
export function sysfsStatus(gpu: ReadGpu): Finding<"gpu_status"> {
  requireAny(gpu);
  return gpuIdentity(gpu).vendor === "amd" ? amdStatus(gpu.attributes) : intelStatus(gpu.attributes);
}

function amdStatus(attributes: Attributes): Finding<"gpu_status"> {
  const bytes = (name: string): number | undefined => integerOf(attributes[`mem_info_${name}`], 0, maximumBytes);
  const line = (name: string): string => printable(textOf(attributes[name]) ?? "", 64);
  const [total, used] = [bytes("vram_total"), bytes("vram_used")];
  const edge = temperatureOf(attributes, "edge", "");
  return {
    value: {
      uuid: line("unique_id"),
      productName: line("product_name"),
      serialNumber: line("serial_number"),
      vbiosVersion: line("vbios_version"),
      memoryTotalBytes: toBigint(total),
      sharedMemoryTotalBytes: toBigint(bytes("gtt_total")),
      powerLimitWatts: wattsOf(attributes, "cap"),
      defaultPowerLimitWatts: wattsOf(attributes, "cap_default"),
      slowdownCelsius: edge.critical,
      shutdownCelsius: edge.emergency,
      maximumGraphicsClockHertz: toBigint(highestStep(attributes)),
      source: "sysfs",
    },
    samples: {
      memory_used_bytes: used,
      memory_free_bytes: total === undefined || used === undefined ? undefined : Math.max(0, total - used),
      shared_memory_used_bytes: bytes("gtt_used"),
      utilization_percent: integerOf(attributes["gpu_busy_percent"], 0, 100),
      memory_utilization_percent: integerOf(attributes["mem_busy_percent"], 0, 100),
      temperature_celsius: edge.celsius,
      hotspot_temperature_celsius: temperatureOf(attributes, "junction").celsius,
      memory_temperature_celsius: temperatureOf(attributes, "mem").celsius,
      power_watts: wattsOf(attributes, "average", "input"),
      graphics_clock_hertz: hertzOf(attributes, "sclk", ""),
      memory_clock_hertz: hertzOf(attributes, "mclk"),
      fan_rpm: fanRpmOf(attributes),
      fan_percent: fanPercentOf(attributes),
      pcie_replays_total: integerOf(attributes["pcie_replay_count"], 0, maximumBytes),
    },
  };
}

/** Intel gives no power, only the energy since the start, of the whole card where it measures that; and no memory. */
function intelStatus(attributes: Attributes): Finding<"gpu_status"> {
  const chip = temperatureOf(attributes, "pkg", "");
  const limits = (...reasons: readonly string[]): number | undefined =>
    anyFlag(
      attributes,
      reasons.flatMap((reason) => [`freq/throttle/reason_${reason}`, `gt/throttle_reason_${reason}`]),
    );
  return {
    value: {
      powerLimitWatts: wattsOf(attributes, "cap", "max"),
      slowdownCelsius: chip.critical,
      shutdownCelsius: chip.emergency,
      maximumGraphicsClockHertz: toBigint(megahertz(attributes["freq/rp0_freq"] ?? attributes["card/gt_RP0_freq_mhz"])),
      source: "sysfs",
    },
    samples: {
      temperature_celsius: chip.celsius,
      memory_temperature_celsius: temperatureOf(attributes, "vram").celsius,
      energy_joules_total: joulesOf(attributes, "card", "pkg", ""),
      graphics_clock_hertz: megahertz(attributes["freq/act_freq"] ?? attributes["card/gt_act_freq_mhz"]),
      fan_rpm: fanRpmOf(attributes),
      is_limited_by_power_cap: limits("pl1", "pl2", "pl4"),
      is_limited_by_hardware_slowdown: limits("prochot"),
      is_limited_by_hardware_thermal: limits("thermal"),
    },
  };
}

/** "2: 2700Mhz", the last and highest of pp_dpm_sclk. */
function highestStep(attributes: Attributes): number | undefined {
  const steps = [...(textOf(attributes["pp_dpm_sclk"]) ?? "").matchAll(/^\d+: (\d{1,5})Mhz/gim)].map(([, step]) => Number(step));
  return steps.length === 0 ? undefined : Math.max(...steps) * 1_000_000;
}

function toBigint(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}

function requireAny({ id, attributes }: ReadGpu): void {
  const readings = Object.values(attributes);
  const failed = readings.find((reading) => reading.outcome === "failed");
  if (failed?.outcome !== "failed" || readings.some(({ outcome }) => outcome === "ok")) return;
  throw new AppError("GPU_READ_FAILED", `cannot read the GPU ${id}: ${failed.error.message}`, { cause: failed.error });
}
