/** Who uses a GPU. The driver has one list for each kind of use, all in one form (nvmlProcessInfo_t). */
import type { DriverProcess, Unchecked } from "../probes/support/gpu/driver-reading.ts";
import { type ListedProcess, mergeProcesses } from "../probes/support/gpu/nvidia/merge-processes.ts";
import { type NvmlDevice, readUint, readUlong } from "./nvml-device.ts";
import { nvmlReturn } from "./nvml-library.ts";

/** One entry a process, in the order of pids. Undefined where the driver does not say it. */
export function readProcesses(device: NvmlDevice): readonly Unchecked<DriverProcess>[] | undefined {
  const computing = readList(device, "nvmlDeviceGetComputeRunningProcesses");
  if (!Array.isArray(computing)) return undefined;
  const drawing = readList(device, "nvmlDeviceGetGraphicsRunningProcesses");
  const sharing = readList(device, "nvmlDeviceGetMPSComputeRunningProcesses");
  if (drawing === "failed" || sharing === "failed") return undefined;
  return mergeProcesses([...computing, ...(drawing ?? []), ...(sharing ?? [])]);
}

/** Sizes of nvmlProcessInfo_t: since its second version it names the instance. */
const versions = [
  { suffix: "_v3", bytes: 24 },
  { suffix: "_v2", bytes: 24 },
  { suffix: "", bytes: 16 },
] as const;
const firstCapacity = 64;
const maximumCapacity = 4096;

/** Undefined where the GPU or its driver has no such list. */
function readList(device: NvmlDevice, name: string): readonly ListedProcess[] | undefined | "failed" {
  const isGraphics = name.includes("Graphics");
  for (const { suffix, bytes } of versions) {
    let capacity = firstCapacity;
    for (;;) {
      const count = Buffer.alloc(4);
      count.writeUInt32LE(capacity);
      const place = Buffer.alloc(capacity * bytes);
      const answer = device.call(name + suffix, count, place);
      if (answer === nvmlReturn.functionNotFound) break; // an older version may be there
      if (answer === nvmlReturn.insufficientSize && capacity < maximumCapacity) {
        capacity = Math.min(maximumCapacity, Math.max(count.readUInt32LE(), capacity) * 2); // more may come meanwhile
        continue;
      }
      if (answer === nvmlReturn.notSupported) return undefined;
      if (answer !== nvmlReturn.success) return "failed";
      const length = Math.min(count.readUInt32LE(), capacity);
      return Array.from({ length }, (_, index) => listed(place.subarray(index * bytes, (index + 1) * bytes), isGraphics));
    }
  }
  return undefined;
}

function listed(entry: Buffer, isGraphics: boolean): ListedProcess {
  const instance = entry.length > 16 ? `${readUint(entry, 16)} ${readUint(entry, 20)}` : "";
  return { pid: entry.readUInt32LE(0), memoryBytes: readUlong(entry, 8), instance, isCompute: !isGraphics, isGraphics };
}
