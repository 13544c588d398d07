/** What NVIDIA's driver says of a GPU, as the subject and its samples. Pure. */
import { AppError } from "@nodekeeper/shared";
import { printable } from "../printable.ts";
import type { Finding } from "../section.ts";
import { clockLimits } from "./clock-limits.ts";
import type { DriverGpu, DriverInstance, DriverReading } from "./driver-reading.ts";
import { driverError } from "./nvidia/driver-error.ts";
import type { DriverAnswer } from "./raw-gpu.ts";

const maximumInstances = 16;

/** The driver's answer about one GPU. Throws what keeps it from being known, in one of our codes. */
export function driverGpuOf(id: string, answer: DriverAnswer): { readonly gpu: DriverGpu; readonly reading: DriverReading } {
  if (answer.outcome === "failed") throw answer.error;
  if (answer.outcome === "not asked") throw new AppError("INTERNAL", `NVIDIA's driver was not asked about the GPU ${id}`);
  const { reading } = answer;
  if (reading.failure !== undefined) throw driverError(reading.failure, `read the GPU ${id}`);
  const gpu = reading.gpus.find(({ pciAddress }) => pciAddress === id);
  if (gpu === undefined) {
    const message = `NVIDIA's driver is bound to the GPU ${id} and does not list it: starting it may have failed; the kernel log says why`;
    throw new AppError("GPU_READ_FAILED", message);
  }
  if (gpu.failure !== undefined) throw driverError(gpu.failure, `read the GPU ${id}`);
  return { gpu, reading };
}

/** The status. */
export function nvidiaStatus(gpu: DriverGpu, reading: DriverReading): Finding<"gpu_status"> {
  const { memory, utilization, temperature, power, clocks, ecc } = gpu;
  return {
    value: {
      uuid: text(gpu.uuid, 64),
      productName: text(gpu.productName),
      serialNumber: text(gpu.serialNumber, 64),
      vbiosVersion: text(gpu.vbiosVersion, 64),
      driverVersion: text(reading.driverVersion, 64),
      cudaVersion: text(reading.cudaVersion, 16),
      computeCapability: text(gpu.computeCapability, 16),
      architecture: text(gpu.architecture, 64),
      memoryTotalBytes: whole(memory?.totalBytes),
      memoryReservedBytes: whole(memory?.reservedBytes),
      powerLimitWatts: power?.limitWatts,
      defaultPowerLimitWatts: power?.defaultLimitWatts,
      slowdownCelsius: temperature?.slowdownCelsius,
      shutdownCelsius: temperature?.shutdownCelsius,
      maximumGraphicsClockHertz: whole(clocks?.maximumGraphicsHertz),
      isPersistenceEnabled: gpu.isPersistenceEnabled,
      isDisplayActive: gpu.isDisplayActive,
      isEccEnabled: ecc?.isEnabled,
      isEccPending: ecc?.isPending,
      isMigEnabled: gpu.isMigEnabled,
      retiredPagesCount: gpu.retiredPages?.count,
      isPageRetirementPending: gpu.retiredPages?.isPending,
      remappedRowsCorrectedCount: gpu.remappedRows?.corrected,
      remappedRowsUncorrectedCount: gpu.remappedRows?.uncorrected,
      isRowRemapPending: gpu.remappedRows?.isPending,
      hasRowRemapFailed: gpu.remappedRows?.hasFailed,
      recoveryAction: text(gpu.recoveryAction, 64),
      instances: (gpu.instances ?? []).slice(0, maximumInstances).map(instanceOf),
      source: reading.source,
    },
    samples: {
      memory_used_bytes: memory?.usedBytes,
      memory_free_bytes: memory?.freeBytes,
      utilization_percent: utilization?.gpuPercent,
      memory_utilization_percent: utilization?.memoryPercent,
      encoder_utilization_percent: utilization?.encoderPercent,
      decoder_utilization_percent: utilization?.decoderPercent,
      temperature_celsius: temperature?.gpuCelsius,
      memory_temperature_celsius: temperature?.memoryCelsius,
      power_watts: power?.drawWatts,
      energy_joules_total: power?.energyJoules,
      graphics_clock_hertz: clocks?.graphicsHertz,
      memory_clock_hertz: clocks?.memoryHertz,
      sm_clock_hertz: clocks?.smHertz,
      video_clock_hertz: clocks?.videoHertz,
      fan_percent: gpu.fanPercent,
      performance_state_number: gpu.performanceState,
      pcie_replays_total: gpu.pcieReplays,
      ecc_corrected_errors_total: ecc?.correctedErrors,
      ecc_uncorrected_errors_total: ecc?.uncorrectedErrors,
      ecc_lifetime_corrected_errors_total: ecc?.lifetimeCorrectedErrors,
      ecc_lifetime_uncorrected_errors_total: ecc?.lifetimeUncorrectedErrors,
      ...clockLimits(gpu.clocksEventReasons),
    },
  };
}

function instanceOf(instance: DriverInstance): NonNullable<Finding<"gpu_status">["value"]["instances"]>[number] {
  return {
    uuid: text(instance.uuid, 64),
    profile: text(instance.profile, 64),
    gpuInstanceNumber: instance.gpuInstance,
    computeInstanceNumber: instance.computeInstance,
    memoryTotalBytes: whole(instance.memoryTotalBytes),
    memoryUsedBytes: whole(instance.memoryUsedBytes),
  };
}

function text(value: string | undefined, maximumBytes?: number): string {
  return printable((value ?? "").trim(), maximumBytes);
}

function whole(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(Math.round(value));
}
