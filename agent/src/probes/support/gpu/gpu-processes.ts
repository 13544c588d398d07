/**
 * The subjects `gpu_process`: who uses each GPU. NVIDIA's driver says it, with the memory; of other GPUs those are told who have them open, and
 * their memory is unknown. Pure.
 */
import type { ProcessOwner, Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { okSubject, type Sample, type SubjectReference } from "../../../payload.ts";
import type { DriverProcess } from "./driver-reading.ts";
import { gpuIdentity } from "./gpu-identity.ts";
import { driverGpuOf } from "./nvidia-status.ts";
import { processPurpose } from "./process-purpose.ts";
import type { RawGpus, ReadGpu } from "./raw-gpu.ts";

/** Users of one GPU or of several. */
export interface GpuProcesses {
  readonly subjects: readonly Subject[];
  readonly samples: readonly Sample[];
  readonly carried: readonly SubjectReference[];
  /** Why there may be more. */
  readonly incompleteBecause: AppError | undefined;
}

type Owners = ReadonlyMap<number, ProcessOwner>;

/** Users of all GPUs. */
export function gpuProcesses(raw: RawGpus, owners: Owners): GpuProcesses {
  const each = raw.gpus.map((gpu) => processesOf(gpu, raw, owners));
  return {
    subjects: each.flatMap(({ subjects }) => subjects),
    samples: each.flatMap(({ samples }) => samples),
    carried: each.flatMap(({ carried }) => carried),
    incompleteBecause: each.find(({ incompleteBecause }) => incompleteBecause !== undefined)?.incompleteBecause,
  };
}

const nobody: GpuProcesses = { subjects: [], samples: [], carried: [], incompleteBecause: undefined };

function processesOf(gpu: ReadGpu, raw: RawGpus, owners: Owners): GpuProcesses {
  const { turn } = gpu;
  switch (turn.kind) {
    case "mute":
    case "asleep":
      return nobody;
    case "unreadable":
      if (turn.error.code === "GPU_DRIVER_MISSING") return openedBy(gpu, raw, owners);
      return { ...nobody, incompleteBecause: turn.error };
    case "resting after failure":
      return { ...nobody, incompleteBecause: turn.error };
    case "resting":
      return isNvidias(gpu) ? whileResting(gpu, raw, owners) : openedBy(gpu, raw, owners);
    case "ask":
      return isNvidias(gpu) ? toldByDriver(gpu, raw, owners) : openedBy(gpu, raw, owners);
  }
}

function isNvidias(gpu: ReadGpu): boolean {
  return gpuIdentity(gpu).vendor === "nvidia";
}

function toldByDriver(asked: ReadGpu, raw: RawGpus, owners: Owners): GpuProcesses {
  const { id } = asked;
  try {
    const { gpu, reading } = driverGpuOf(id, raw.driver);
    const incompleteBecause = reading.seesAllProcesses === false ? unseen(id) : undefined;
    // Then at least those are named that have it open.
    if (gpu.processes === undefined)
      return { ...openedBy(asked, raw, owners), incompleteBecause: incompleteBecause ?? untold(id) };
    return { ...joined(gpu.processes.map((process) => subjectOf(id, process, owners))), incompleteBecause };
  } catch (thrown) {
    return { ...nobody, incompleteBecause: AppError.from(thrown, "GPU_READ_FAILED") };
  }
}

/** A GPU rests only with the same users as before. */
function whileResting(gpu: ReadGpu, raw: RawGpus, owners: Owners): GpuProcesses {
  if (raw.processView === "all") return asBefore(gpu, raw.before);
  const known = raw.processView === "some" ? asBefore(gpu, raw.before) : openedBy(gpu, raw, owners);
  return { ...known, incompleteBecause: unseen(gpu.id) };
}

function asBefore({ id }: ReadGpu, before: readonly Subject[]): GpuProcesses {
  const own = before.filter(
    ({ kind, value }) => kind === "gpu_process" && value.case === "gpuProcess" && value.value.gpuId === id,
  );
  return {
    ...nobody,
    subjects: own.map((subject) => okSubject("gpu_process", subject.id, { gpuId: id })),
    carried: own.map((subject) => ({ kind: "gpu_process", id: subject.id })),
  };
}

function openedBy({ id, holders }: ReadGpu, { holdersError }: RawGpus, owners: Owners): GpuProcesses {
  if (holders === undefined) return { ...nobody, incompleteBecause: holdersError ?? untold(id) };
  const pids = [...new Set(holders.map(({ pid }) => pid))];
  return joined(pids.map((pid) => subjectOf(id, { pid }, owners)));
}

type Process = Pick<DriverProcess, "pid"> & Partial<DriverProcess>;

function subjectOf(gpuId: string, process: Process, owners: Owners): Pick<GpuProcesses, "subjects" | "samples"> {
  const { pid, memoryBytes, isCompute, isGraphics } = process;
  const id = `${gpuId} ${pid}`;
  const owner = owners.get(pid);
  const purpose = owner === undefined ? "other" : processPurpose(owner);
  const value = { gpuId, owner: owner ?? { pidNumber: pid }, isCompute, isGraphics, purpose };
  return {
    subjects: [okSubject("gpu_process", id, value)],
    samples: [{ kind: "gpu_process", id, name: "memory_used_bytes", value: memoryBytes }],
  };
}

function joined(parts: readonly Pick<GpuProcesses, "subjects" | "samples">[]): GpuProcesses {
  return {
    ...nobody,
    subjects: parts.flatMap(({ subjects }) => subjects),
    samples: parts.flatMap(({ samples }) => samples),
  };
}

function untold(id: string): AppError {
  return new AppError("GPU_PROCESSES_HIDDEN", `the driver of the GPU ${id} does not say who uses it`);
}

function unseen(id: string): AppError {
  const message = `processes outside the agent's container may use the GPU ${id} unseen; give the container hostPID to see them`;
  return new AppError("GPU_PROCESSES_HIDDEN", message);
}
