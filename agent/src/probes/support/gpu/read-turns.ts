/** One run of the probe: what the bus shows of all GPUs, who uses them, and then, of those whose turn it is, what their drivers say. */
import type { Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { FileHolder, Host } from "../../../host/host.ts";
import { readFile } from "../../../host/reading.ts";
import type { LastReadAt, Past } from "../../../probe.ts";
import { readPcieLink } from "../block/pcie-function.ts";
import { readProcessOwners } from "../processes/read-process-owners.ts";
import type { DriverReading } from "./driver-reading.ts";
import { holdersOf } from "./gpu-holders.ts";
import { gpuIdentity } from "./gpu-identity.ts";
import { gpuTurn } from "./gpu-turn.ts";
import type { GpuUsers } from "./gpu-users.ts";
import { readProcessView } from "./nvidia/process-view.ts";
import { nvidiaFilesOf } from "./nvidia-files.ts";
import type { NvidiaInformation } from "./nvidia-information.ts";
import { readPciNames } from "./pci-names.ts";
import type { DriverAnswer, GpuTurn, RawGpu, RawGpus, ReadGpu } from "./raw-gpu.ts";
import { readAttributes } from "./read-attributes.ts";
import { readGpus, readRuntimeStatus } from "./read-gpus.ts";

/** Asks NVIDIA's driver about GPUs at these addresses, and no others. */
export type AskDriver = (host: Host, signal: AbortSignal, pciAddresses: readonly string[]) => Promise<DriverReading>;

/** What a run needs besides the host. */
export interface TurnOptions {
  readonly users: GpuUsers;
  readonly information: NvidiaInformation;
  readonly askDriver: AskDriver;
  readonly lastReadAt: LastReadAt | undefined;
  readonly past: Past | undefined;
}

interface Holders {
  readonly all: readonly FileHolder[] | undefined;
  readonly error: AppError | undefined;
}

/** Reads everything. Who uses the GPUs is looked up before their drivers are asked: else we would find ourselves. */
export async function readTurns(host: Host, signal: AbortSignal, options: TurnOptions): Promise<RawGpus> {
  const found = await readGpus(host, options.information);
  const nvidiaVersion = await readFile(host, "/proc/driver/nvidia/version");
  const { wallMs: nowMs } = await host.time();
  const holders = await readHolders(host, found.gpus, options.users);
  // To look for their users took a moment, in which one may have fallen asleep.
  const now = await Promise.all(
    found.gpus.map(async (gpu) => ({ ...gpu, runtimeStatus: await readRuntimeStatus(host, gpu.path) })),
  );
  const isOnlyNvidia = now.filter(({ nvidia }) => nvidia !== undefined).length === 1;
  const planned = now.map((gpu) => {
    const own = holders.all === undefined ? undefined : holdersOf(gpu, holders.all, isOnlyNvidia);
    return { gpu, holders: own, turn: gpuTurn(gpu, { holders: own, nowMs, ...options }) };
  });
  const isNvidias = (gpu: RawGpu): boolean => gpuIdentity(gpu).driver === "nvidia";
  const asked = planned.filter(({ gpu, turn }) => turn.kind === "ask" && isNvidias(gpu)).map(({ gpu }) => gpu.id);
  const [driver, names, gpus] = await Promise.all([
    askNvidia(host, signal, asked, options.askDriver),
    readPciNames(host, unnamed(now, options.past)),
    Promise.all(planned.map(async (plan) => ({ ...plan, ...(await readAwake(host, plan.gpu, plan.turn)) }))),
  ]);
  const isResting = planned.some(({ gpu, turn }) => turn.kind === "resting" && isNvidias(gpu));
  const pids = new Set([...pidsOf(driver), ...gpus.flatMap((gpu) => (gpu.holders ?? []).map(({ pid }) => pid))]);
  return {
    gpus: gpus.map(({ gpu, ...rest }): ReadGpu => ({ ...gpu, ...rest, listedName: names.get(gpuIdentity(gpu).pciId) })),
    lost: found.lost,
    incompleteBecause: found.incompleteBecause,
    nvidiaVersion,
    driver,
    processView: isResting ? await readProcessView(host) : undefined,
    holdersError: holders.error,
    owners: await readProcessOwners(host, [...pids]),
    before: [...(options.past?.readings("gpu") ?? []), ...lastProcesses(options)],
  };
}

/** A machine whose GPUs have no device files has nobody to look for. */
async function readHolders(host: Host, gpus: readonly RawGpu[], users: GpuUsers): Promise<Holders> {
  if (gpus.every(({ drmNames, nvidia }) => drmNames.length === 0 && nvidia === undefined)) return { all: [], error: undefined };
  try {
    return { all: await users.look(host), error: undefined };
  } catch (thrown) {
    return { all: undefined, error: AppError.from(thrown, "HOST_READ_FAILED") };
  }
}

async function askNvidia(
  host: Host,
  signal: AbortSignal,
  addresses: readonly string[],
  askDriver: AskDriver,
): Promise<DriverAnswer> {
  if (addresses.length === 0) return { outcome: "not asked" };
  try {
    return { outcome: "ok", reading: await askDriver(host, signal, addresses) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { outcome: "failed", error: AppError.from(thrown, "GPU_READ_FAILED") };
  }
}

/** Only of one that is asked. */
async function readAwake(host: Host, gpu: RawGpu, turn: GpuTurn): Promise<Pick<ReadGpu, "link" | "attributes">> {
  const { driver, vendor } = gpuIdentity(gpu);
  if (turn.kind !== "ask" || !gpu.isOnPci) return { link: undefined, attributes: {} };
  const [link, attributes] = await Promise.all([
    readPcieLink(host, gpu.path, gpu.id),
    vendor === "nvidia" ? {} : readAttributes(host, gpu, driver),
  ]);
  return { link, attributes };
}

/** GPUs that nobody has named yet: the list is long, and read once. */
function unnamed(gpus: readonly RawGpu[], past: Past | undefined): readonly string[] {
  const known = new Set((past?.readings("gpu") ?? []).map(({ value }) => (value.case === "gpu" ? value.value.pciId : "")));
  const ids = gpus.filter(({ nvidia }) => nvidiaFilesOf(nvidia).model === "").map((gpu) => gpuIdentity(gpu).pciId);
  return [...new Set(ids)].filter((id) => id !== "" && !known.has(id));
}

/** Those that the last reading of their GPU told of: what is remembered besides is of before, where a list was never complete. */
function lastProcesses({ past, lastReadAt }: TurnOptions): readonly Subject[] {
  return (past?.readings("gpu_process") ?? []).filter(({ id, value }) => {
    const gpuId = value.case === "gpuProcess" ? value.value.gpuId : "";
    const readAtMs = lastReadAt?.("gpu_status", gpuId);
    return readAtMs !== undefined && readAtMs === lastReadAt?.("gpu_process", id);
  });
}

function pidsOf(driver: DriverAnswer): readonly number[] {
  if (driver.outcome !== "ok") return [];
  return driver.reading.gpus.flatMap(({ processes }) => (processes ?? []).map(({ pid }) => pid));
}
