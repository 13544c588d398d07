/**
 * Whether a GPU's driver is asked in a run. What reads a GPU keeps it awake for some seconds, so one that could fall asleep and does nothing is
 * left alone for longer than that. So is one that cannot sleep and that nobody has open: without persistence NVIDIA's driver shuts it down after its
 * last user, and starts it for each reading. One that cannot sleep and is held open loses nothing by being read. Pure.
 */
import { GpuPower } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { FileHolder } from "../../../host/host.ts";
import { errnoOf } from "../../../host/host-error.ts";
import type { LastReadAt, Past } from "../../../probe.ts";
import { textOf } from "../block/file-values.ts";
import { type GpuIdentity, gpuIdentity } from "./gpu-identity.ts";
import { autosuspendDelayMs, gpuPowerOf, sleepAbilityOf } from "./gpu-sleep.ts";
import type { GpuTurn, RawGpu } from "./raw-gpu.ts";

/** What is known besides the GPU itself. */
export interface TurnContext {
  /** Undefined where it could not be told. */
  readonly holders: readonly FileHolder[] | undefined;
  readonly nowMs: number;
  readonly lastReadAt: LastReadAt | undefined;
  readonly past: Past | undefined;
}

/** Longer than the windows of idleness after which GPUs were seen to fall asleep (6, 21 and 45 s). */
const idleRestMs = 60_000;
/** A driver that did not answer is not asked in every run. */
const failureRestMs = 60_000;
/** A GPU whose driver waits longer than usual is given that much more than its delay. */
const delayMarginMs = 15_000;

/** Drivers that tell something, by vendor. */
const readableDrivers: Readonly<Record<string, readonly string[]>> = {
  nvidia: ["nvidia"],
  amd: ["amdgpu", "radeon"],
  intel: ["i915", "xe"],
};

/** Its turn. */
export function gpuTurn(gpu: RawGpu, context: TurnContext): GpuTurn {
  const identity = gpuIdentity(gpu);
  if (identity.pciId.startsWith("ffff")) return { kind: "unreadable", error: fallenOff(gpu) };
  const drivers = readableDrivers[identity.vendor];
  if (drivers === undefined) return { kind: "mute" };
  if (!drivers.includes(identity.driver)) return { kind: "unreadable", error: driverMissing(gpu, identity, drivers) };
  const power = gpuPowerOf(gpu);
  if (power === GpuPower.ASLEEP) return { kind: "asleep" };
  if (power === GpuPower.UNSPECIFIED) return { kind: "unreadable", error: powerUnknown(gpu) };
  const hang = hangOf(gpu);
  if (hang !== undefined) return { kind: "unreadable", error: hang };
  const failure = context.past?.failureOf("gpu_status", gpu.id);
  // A driver that was missing and is here now is asked at once.
  if (
    failure !== undefined &&
    failure.error.code !== "GPU_DRIVER_MISSING" &&
    isYoung(failure.atMs, context.nowMs, failureRestMs)
  ) {
    return { kind: "resting after failure", error: failure.error };
  }
  return failure === undefined && mayRest(gpu, context) ? { kind: "resting" } : { kind: "ask" };
}

/** Idle when it was read, able to sleep or to be shut down, and with the same users as in the run before. */
function mayRest(gpu: RawGpu, { holders, nowMs, lastReadAt, past }: TurnContext): boolean {
  const restMs = Math.max(idleRestMs, (autosuspendDelayMs(gpu) ?? 0) + delayMarginMs);
  if (!isYoung(lastReadAt?.("gpu_status", gpu.id), nowMs, restMs)) return false;
  if (sleepAbilityOf(gpu).isPossible === false && holders?.length !== 0) return false;
  if (past?.faulty.has(gpu.id) === true || (past?.sample("gpu_status", gpu.id, "utilization_percent") ?? 0) > 0) return false;
  return holders === undefined || sameHolders(gpu.id, holders, past);
}

/** A clock that was set back makes a reading come from the future: then it is not young. */
function isYoung(atMs: number | undefined, nowMs: number, maximumMs: number): boolean {
  return atMs !== undefined && atMs <= nowMs && nowMs - atMs < maximumMs;
}

function sameHolders(id: string, holders: readonly FileHolder[], past: Past | undefined): boolean {
  const before = past?.readings("gpu").find((subject) => subject.id === id)?.value;
  if (before?.case !== "gpu") return false;
  const pids = new Set(holders.map(({ pid }) => pid));
  const known = before.value.sleep?.holders ?? [];
  return before.value.sleep?.holderCount === pids.size && known.every(({ pidNumber }) => pids.has(pidNumber ?? 0));
}

function driverMissing({ id }: RawGpu, { vendor, driver }: GpuIdentity, drivers: readonly string[]): AppError {
  const wanted = drivers[0] ?? "";
  return new AppError("GPU_DRIVER_MISSING", `the GPU ${id} ${missingWords(vendor, driver, wanted)}`);
}

function missingWords(vendor: string, driver: string, wanted: string): string {
  if (["vfio-pci", "pci-stub", "pciback"].includes(driver)) {
    return `is set aside for a virtual machine (bound to ${driver}): this machine cannot use or read it`;
  }
  const advice =
    vendor === "nvidia"
      ? "install NVIDIA's driver; where it is installed, load it (modprobe nvidia): it must be built for this kernel, and with Secure Boot signed"
      : `load the driver ${wanted} (modprobe ${wanted})`;
  if (driver === "") return `has no driver bound to it; ${advice}`;
  return `is driven by ${driver}, which does not tell its memory or who uses it; ${advice}`;
}

/** All ones are what nobody answers with. */
function fallenOff({ id }: RawGpu): AppError {
  const message = `the GPU ${id} does not say who it is: it has fallen off the bus; restart the machine, with its power off for a moment`;
  return new AppError("GPU_LOST", message);
}

/** A driver that does not even answer for its own files is not asked anything: who asks would hang with it. */
function hangOf({ id, nvidia }: RawGpu): AppError | undefined {
  const answer = nvidia?.power;
  if (answer?.outcome !== "failed") return undefined;
  const { code, message } = answer.error;
  const isHang = code === "HOST_QUARANTINED" || (code === "HOST_READ_FAILED" && errnoOf(answer.error) === undefined);
  if (!isHang) return undefined;
  return new AppError(
    "GPU_READ_FAILED",
    `the GPU ${id} is left alone: its driver hangs (${message}); the kernel log may say why`,
  );
}

function powerUnknown({ id, runtimeStatus }: RawGpu): AppError {
  if (runtimeStatus.outcome === "failed") return runtimeStatus.error;
  const message = `the GPU ${id} is left alone: the kernel says "${textOf(runtimeStatus) ?? ""}" of its power, so it may not answer`;
  return new AppError("GPU_READ_FAILED", message);
}
