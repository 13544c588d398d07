/** One reading of some GPUs: from opening the library to letting it go. Only the GPUs that were asked for are touched: others may sleep. */
import type { DriverFailure, DriverGpu, FailedGpu, Unchecked, UncheckedReading } from "../probes/support/gpu/driver-reading.ts";
import { createNvmlDevice, DeviceLostError, readText } from "./nvml-device.ts";
import { type NvmlLibrary, nvmlReturn } from "./nvml-library.ts";
import { readGpu } from "./read-gpu.ts";

/** Asks the driver about the GPUs at these addresses (0000:01:00.0). */
export function readGpus(library: NvmlLibrary, pciAddresses: readonly string[]): UncheckedReading {
  const reading = { source: "nvml", seesAllProcesses: undefined } as const;
  const begun = library.call("nvmlInit_v2"); // its first version would touch all GPUs
  if (begun !== nvmlReturn.success) {
    return { ...reading, driverVersion: undefined, cudaVersion: undefined, failure: failureOf(library, begun), gpus: [] };
  }
  try {
    return {
      ...reading,
      driverVersion: readDriverVersion(library),
      cudaVersion: readCudaVersion(library),
      failure: undefined,
      gpus: pciAddresses.map((pciAddress) => readOne(library, pciAddress)),
    };
  } finally {
    library.call("nvmlShutdown");
  }
}

/** Answers that keep nothing else from being read: it was told, or this GPU or driver does not have it. */
const harmless: readonly number[] = [
  nvmlReturn.success,
  nvmlReturn.notSupported,
  nvmlReturn.functionNotFound,
  nvmlReturn.deprecated,
];

function readOne(library: NvmlLibrary, pciAddress: string): Unchecked<DriverGpu> | FailedGpu {
  const handle = Buffer.alloc(8);
  const address = Buffer.from(`${pciAddress}\0`);
  const found = library.call("nvmlDeviceGetHandleByPciBusId_v2", address, handle); // initialises this one alone
  if (found !== nvmlReturn.success) return { pciAddress, failure: failureOf(library, found) };
  const device = createNvmlDevice(library, handle.readBigUInt64LE());
  try {
    // All GPUs have memory: one that refuses to tell it would only seem to have nothing at all.
    const memory = device.call("nvmlDeviceGetMemoryInfo", Buffer.alloc(24));
    if (!harmless.includes(memory)) return { pciAddress, failure: failureOf(library, memory) };
    return readGpu(device, pciAddress);
  } catch (thrown) {
    if (thrown instanceof DeviceLostError) return { pciAddress, failure: failureOf(library, thrown.nvmlReturn) };
    throw thrown;
  }
}

function failureOf(library: NvmlLibrary, number: number): DriverFailure {
  return { nvmlReturn: number, message: library.errorString(number) };
}

function readDriverVersion(library: NvmlLibrary): string | undefined {
  const place = Buffer.alloc(80);
  return library.call("nvmlSystemGetDriverVersion", place, place.length) === nvmlReturn.success ? readText(place) : undefined;
}

/**
 * 13000 is 13.0. The second version asks CUDA's own library, which is not there in a container that has only NVML; the first then says what this
 * driver can at most.
 */
function readCudaVersion(library: NvmlLibrary): string | undefined {
  const place = Buffer.alloc(4);
  const names = ["nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"];
  const isAnswered = names.some((name) => library.call(name, place) === nvmlReturn.success);
  const version = place.readUInt32LE();
  if (!isAnswered || version === 0) return undefined;
  return `${Math.trunc(version / 1000)}.${Math.trunc((version % 1000) / 10)}`;
}
