/**
 * GPUs: what the bus shows of each, whether it sleeps and what holds it awake, what its driver says, and who uses it. Sources:
 * /sys/bus/pci/devices, /sys/class/drm, /proc/driver/nvidia, the device files that processes have open; then NVIDIA's driver by NVML or
 * nvidia-smi, and sysfs of the drivers of AMD and Intel.
 *
 * A sleeping GPU is not touched: whether it sleeps is read before anything else, and its last reading is said again with its time. One that
 * does nothing and could fall asleep is left alone for a minute after each reading, so that it can. One that somebody has begun or ceased to
 * use, or that the kernel complains about, is read at once.
 *
 * Absent where there is no GPU; the adapters of servers and virtual machines are told, and have no status.
 */
import { AppError } from "@nodekeeper/shared";
import { completeList, incompleteList, type Payload, type SubjectKind } from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import { gpuProcesses } from "./support/gpu/gpu-processes.ts";
import { statusSection } from "./support/gpu/gpu-status.ts";
import { gpuSection, lostGpu } from "./support/gpu/gpu-subject.ts";
import { createGpuUsers, type GpuUsers } from "./support/gpu/gpu-users.ts";
import { readNvidiaDriver } from "./support/gpu/nvidia/read-driver.ts";
import { createNvidiaInformation } from "./support/gpu/nvidia-information.ts";
import type { RawGpus } from "./support/gpu/raw-gpu.ts";
import { type AskDriver, readTurns } from "./support/gpu/read-turns.ts";
import { processOwnersOf } from "./support/processes/process-owner.ts";

/** Makes the probe. In the agent it shares what is known of the GPUs' users with the watcher `gpu-users`; alone it looks through all processes. */
export function createGpuProbe(users?: GpuUsers, askDriver: AskDriver = readNvidiaDriver): Probe<RawGpus> {
  const information = createNvidiaInformation();
  return defineProbe<RawGpus>({
    name: "gpu",
    title: "GPUs, their state and users",
    intervalMs: 15_000,
    minimumIntervalMs: 5_000,
    maximumIntervalMs: 3_600_000,
    timeoutMs: 15_000,
    needs: {
      paths: ["/sys/bus/pci/devices", "/sys/class/drm", "/proc/driver/nvidia", "/dev/nvidiactl"],
      commands: ["nvml", "nvidia-smi"],
      root: true,
    },
    read: (host, signal, lastReadAt, past) =>
      readTurns(host, signal, { users: users ?? createGpuUsers(), information, askDriver, lastReadAt, past }),
    parse,
  });
}

function parse(raw: RawGpus): Payload | undefined {
  const { gpus, lost, incompleteBecause, driver } = raw;
  if (gpus.length + lost.length === 0 && incompleteBecause === undefined) return undefined;
  const owners = processOwnersOf(raw.owners);
  const devices = gpus.map((gpu) => gpuSection(gpu, raw, owners));
  const statuses = gpus.map((gpu) => statusSection(gpu, driver));
  const processes = gpuProcesses(raw, owners);
  const list = (kind: SubjectKind, because: AppError | undefined): Payload["lists"][number] =>
    because === undefined ? completeList(kind) : incompleteList(kind, because);
  return {
    subjects: [
      ...devices.map(({ subject }) => subject),
      ...statuses.map(({ subject }) => subject),
      ...lost.flatMap((address) => [lostGpu("gpu", address), lostGpu("gpu_status", address)]),
      ...processes.subjects,
    ],
    lists: [
      list("gpu", incompleteBecause),
      list("gpu_status", incompleteBecause),
      list("gpu_process", incompleteBecause ?? lostError(lost) ?? processes.incompleteBecause),
    ],
    samples: [...devices, ...statuses, processes].flatMap(({ samples }) => samples),
    carried: [...statuses, processes].flatMap(({ carried }) => carried),
  };
}

function lostError(lost: readonly string[]): AppError | undefined {
  const [address] = lost;
  return address === undefined ? undefined : new AppError("GPU_LOST", `who uses the GPU ${address} cannot be told: it is lost`);
}
