/** Memory of a GPU or of an instance of one. */
import type { DriverGpu, Unchecked } from "../probes/support/gpu/driver-reading.ts";
import { type NvmlDevice, readUlong } from "./nvml-device.ts";

/** Undefined where the driver does not tell it. */
export function readMemory(device: NvmlDevice): Unchecked<DriverGpu>["memory"] {
  // nvmlMemory_v2_t: version, total, reserved, free, used.
  const second = device.structure("nvmlDeviceGetMemoryInfo_v2", 40, 2);
  if (second !== undefined) {
    return {
      totalBytes: readUlong(second, 8),
      reservedBytes: readUlong(second, 16),
      freeBytes: readUlong(second, 24),
      usedBytes: readUlong(second, 32),
    };
  }
  // nvmlMemory_t: total, free, used, and used holds what is reserved, too (drivers before 510).
  const first = device.structure("nvmlDeviceGetMemoryInfo", 24);
  if (first === undefined) return undefined;
  return {
    totalBytes: readUlong(first, 0),
    reservedBytes: undefined,
    freeBytes: readUlong(first, 8),
    usedBytes: readUlong(first, 16),
  };
}
