/** The subject `gpu`: what can always be told of a GPU. Pure. */
import { GpuPower, type ProcessOwner, type Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { failedSubject, type SubjectValue } from "../../../payload.ts";
import { textOf } from "../block/file-values.ts";
import { pcieLinkOf } from "../block/pcie-function.ts";
import { printable } from "../printable.ts";
import { type Section, sectionOf } from "../section.ts";
import { type GpuIdentity, gpuIdentity } from "./gpu-identity.ts";
import { gpuPowerOf, pciPowerStateOf, sleepAbilityOf, wakeCostOf } from "./gpu-sleep.ts";
import { nvidiaFilesOf, nvidiaVersionOf } from "./nvidia-files.ts";
import type { RawGpus, ReadGpu } from "./raw-gpu.ts";

type Gpu = SubjectValue<"gpu">;

const maximumHolders = 32;

/** The section of a GPU. What was said of it in the run before stands where it is not asked for again. */
export function gpuSection(gpu: ReadGpu, raw: RawGpus, owners: ReadonlyMap<number, ProcessOwner>): Section {
  const before = gpuBefore(gpu.id, raw.before);
  return sectionOf("gpu", gpu.id, () => {
    const identity = gpuIdentity(gpu);
    return {
      value: {
        vendor: identity.vendor,
        productName: productNameOf(gpu, identity, before),
        pciId: identity.pciId,
        subsystemPciId: identity.subsystemPciId,
        driver: identity.driver,
        driverVersion: identity.driver === "nvidia" ? nvidiaVersionOf(raw.nvidiaVersion) : "",
        isIntegrated: isIntegrated(gpu, identity, before),
        power: gpuPowerOf(gpu),
        pcieLink: linkOf(gpu, before),
        sleep: sleepOf(gpu, owners),
      },
      samples: {
        suspended_seconds_total: secondsOf(gpu, "power/runtime_suspended_time"),
        active_seconds_total: secondsOf(gpu, "power/runtime_active_time"),
      },
    };
  });
}

/** A GPU that its driver still knows and the bus does not. */
export function lostGpu(kind: "gpu" | "gpu_status", address: string): Subject {
  const message = `the GPU ${address} is gone from the bus while NVIDIA's driver still holds it: it has fallen off; restart the machine, with its power off for a moment`;
  return failedSubject(kind, address, new AppError("GPU_LOST", message));
}

function gpuBefore(id: string, before: readonly Subject[]): Gpu | undefined {
  const value = before.find((subject) => subject.kind === "gpu" && subject.id === id)?.value;
  return value?.case === "gpu" ? value.value : undefined;
}

/** Its driver's name, else what the list of PCI ids says, which is not looked up again for the same device. */
function productNameOf(gpu: ReadGpu, { pciId, vendor }: GpuIdentity, before: Gpu | undefined): string {
  const told = nvidiaFilesOf(gpu.nvidia).model || printable(textOf(gpu.attributes["product_name"]) ?? "");
  const known = before?.pciId === pciId ? before.productName : undefined;
  if (vendor === "raspberry-pi") return "VideoCore";
  return told || gpu.listedName || (known ?? "");
}

/**
 * Intel's sits on the root bus, its cards behind a bridge. amdgpu shows the voltage of the northbridge (in1) only of an APU. NVIDIA's PCI
 * devices are cards; a SoC's own GPU is never one. One of AMD's that sleeps is known by its number: those of processors are 1xxx and 98xx, those of
 * cards 66xx to 7xxx (amdgpu's table of devices, AMD_IS_APU).
 */
function isIntegrated({ id, isOnPci, attributes }: ReadGpu, identity: GpuIdentity, before: Gpu | undefined): boolean | undefined {
  if (!isOnPci) return true;
  if (identity.vendor === "intel") return /^0000:00:/.test(id);
  if (identity.vendor === "nvidia") return false;
  if (identity.driver !== "amdgpu") return undefined;
  const isKnown = Object.keys(attributes).some((name) => name.startsWith("hwmon/"));
  if (!isKnown && before?.pciId === identity.pciId && before.isIntegrated !== undefined) return before.isIntegrated;
  if (!isKnown)
    return /^1002:(?:1|98)/.test(identity.pciId) ? true : /^1002:(?:6[6-9]|7)/.test(identity.pciId) ? false : undefined;
  return Object.keys(attributes).some((name) => name.endsWith("/in1_label"));
}

/** While it sleeps only where it is; while it rests as it was. */
function linkOf(gpu: ReadGpu, before: Gpu | undefined): Gpu["pcieLink"] {
  if (!gpu.isOnPci) return undefined;
  if (gpu.link !== undefined) return pcieLinkOf(gpu.link);
  const isSuspended = gpuPowerOf(gpu) === GpuPower.ASLEEP;
  if (isSuspended || before?.pcieLink === undefined) return { address: gpu.id, isSuspended };
  return { ...before.pcieLink, address: gpu.id, isSuspended };
}

function sleepOf(gpu: ReadGpu, owners: ReadonlyMap<number, ProcessOwner>): Gpu["sleep"] {
  const { runtimeD3, videoMemory } = nvidiaFilesOf(gpu.nvidia);
  const pids = gpu.holders === undefined ? undefined : [...new Set(gpu.holders.map(({ pid }) => pid))].sort((a, b) => a - b);
  return {
    ...sleepAbilityOf(gpu),
    pciPowerState: pciPowerStateOf(gpu),
    runtimeD3Status: runtimeD3,
    videoMemoryState: videoMemory,
    holders: (pids ?? []).slice(0, maximumHolders).map((pid) => owners.get(pid) ?? { pidNumber: pid }),
    holderCount: pids?.length,
    wakeCost: wakeCostOf(gpu),
  };
}

function secondsOf(gpu: ReadGpu, name: string): number | undefined {
  const text = textOf(gpu.files[name]) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) / 1000 : undefined;
}
