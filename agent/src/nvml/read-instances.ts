/** The instances into which a GPU is cut (MIG). */
import type { DriverInstance, Unchecked } from "../probes/support/gpu/driver-reading.ts";
import { createNvmlDevice, type NvmlDevice } from "./nvml-device.ts";
import { nvmlReturn } from "./nvml-library.ts";
import { readMemory } from "./read-memory.ts";

/** Those that are there: numbers of instances that were taken down stay free. */
export function readInstances(device: NvmlDevice): readonly Unchecked<DriverInstance>[] {
  const count = Math.min(device.uint("nvmlDeviceGetMaxMigDeviceCount") ?? 0, maximumInstances);
  return Array.from({ length: count }, (_, index) => instanceAt(device, index)).filter((instance) => instance !== undefined);
}

const maximumInstances = 64;

function instanceAt(device: NvmlDevice, index: number): Unchecked<DriverInstance> | undefined {
  const handle = Buffer.alloc(8);
  if (device.call("nvmlDeviceGetMigDeviceHandleByIndex", index, handle) !== nvmlReturn.success) return undefined;
  const instance = createNvmlDevice(device.library, handle.readBigUInt64LE());
  const memory = readMemory(instance);
  return {
    uuid: instance.text("nvmlDeviceGetUUID", 96),
    // e.g. "NVIDIA A100-SXM4-40GB MIG 1g.5gb".
    profile: instance.text("nvmlDeviceGetName", 96)?.split(" MIG ")[1],
    gpuInstance: instance.uint("nvmlDeviceGetGpuInstanceId"),
    computeInstance: instance.uint("nvmlDeviceGetComputeInstanceId"),
    memoryTotalBytes: memory?.totalBytes,
    memoryUsedBytes: memory?.usedBytes,
  };
}
