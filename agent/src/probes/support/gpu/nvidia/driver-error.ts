/**
 * The failures of NVIDIA's driver in our codes. Numbers: nvmlReturn_t of nvml.h, which are also those that nvidia-smi ends with. Each message
 * says what was wanted, the driver's own words, and what to do.
 */
import { AppError, type ErrorCode } from "@nodekeeper/shared";
import type { DriverFailure } from "../driver-reading.ts";

/** The numbers of nvmlReturn_t that mean something of their own here. */
export const nvmlReturns = {
  noPermission: 4,
  notFound: 6,
  driverNotLoaded: 9,
  libraryNotFound: 12,
  gpuIsLost: 15,
  resetRequired: 16,
  blockedByOperatingSystem: 17,
  libraryVersionMismatch: 18,
  unknown: 999,
} as const;

/** The failure as an error; `what` completes "cannot …", e.g. "read the GPU 0000:01:00.0". */
export function driverError(failure: DriverFailure, what: string): AppError {
  const { code, advice } = meanings.get(failure.nvmlReturn) ?? unknownMeaning;
  const words = failure.message === "" ? `error ${failure.nvmlReturn} of NVIDIA's driver` : failure.message;
  const message = `cannot ${what}: ${words}${advice === undefined ? "" : `; ${advice}`}`;
  return new AppError(code, message, { context: { nvmlReturn: failure.nvmlReturn } });
}

interface Meaning {
  readonly code: ErrorCode;
  /** What to do. */
  readonly advice?: string;
}

const unknownMeaning: Meaning = { code: "GPU_READ_FAILED" };

const meanings: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [
    nvmlReturns.noPermission,
    { code: "GPU_PERMISSION_DENIED", advice: "run the agent as root, in a container with the devices /dev/nvidia*" },
  ],
  [
    nvmlReturns.notFound,
    {
      code: "GPU_READ_FAILED",
      advice:
        "the driver does not show it to us: its device under /dev may be closed to this user (run the agent as root), or its start failed (the kernel log says why)",
    },
  ],
  [
    nvmlReturns.blockedByOperatingSystem,
    {
      code: "GPU_PERMISSION_DENIED",
      advice: "the control group forbids the devices /dev/nvidia*: in a container, run it privileged or give it those devices",
    },
  ],
  [
    nvmlReturns.driverNotLoaded,
    {
      code: "GPU_DRIVER_MISSING",
      advice:
        "load NVIDIA's kernel module (modprobe nvidia); after an upgrade of the kernel it must be built for it, and with Secure Boot signed",
    },
  ],
  [
    nvmlReturns.libraryNotFound,
    { code: "GPU_DRIVER_MISSING", advice: "install NVIDIA's driver with its libraries (libnvidia-ml.so.1)" },
  ],
  [
    nvmlReturns.gpuIsLost,
    {
      code: "GPU_LOST",
      advice:
        "it has fallen off the bus: restart the machine, with its power off for a moment; if it comes again, look at the card's seat, its power cable and the power supply",
    },
  ],
  [
    nvmlReturns.resetRequired,
    {
      code: "GPU_LOST",
      advice:
        "it must be reset before it works again: end the programs that use it, then nvidia-smi --gpu-reset, or restart the machine",
    },
  ],
  [
    nvmlReturns.libraryVersionMismatch,
    {
      code: "GPU_DRIVER_MISMATCH",
      advice: "the driver was upgraded under a running kernel: restart the machine, or unload and load NVIDIA's kernel modules",
    },
  ],
]);
