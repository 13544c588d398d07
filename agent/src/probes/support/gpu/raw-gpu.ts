/** What is read of GPUs before anything is made of it. Sources: /sys/bus/pci/devices, /sys/class/drm, /proc/driver/nvidia, and their drivers. */
import type { Subject } from "@nodekeeper/proto";
import type { AppError } from "@nodekeeper/shared";
import type { FileHolder } from "../../../host/host.ts";
import type { Reading } from "../../../host/reading.ts";
import type { RawPcieFunction } from "../block/raw-block-device.ts";
import type { RawProcessOwner } from "../processes/read-process-owners.ts";
import type { DriverReading } from "./driver-reading.ts";
import type { ProcessView } from "./nvidia/process-view.ts";

/** A GPU as the bus shows it; nothing here touches it. */
export interface RawGpu {
  /** Address on PCI, e.g. 0000:01:00.0; of a SoC's own the name of its device, e.g. 1002000000.v3d. */
  readonly id: string;
  readonly isOnPci: boolean;
  /** Its folder under /sys/devices. */
  readonly path: string;
  /** power/runtime_status, read before anything else: what of the rest may be read depends on it. */
  readonly runtimeStatus: Reading;
  /** `uevent`, files of `power`, and `power_state`, by their path in the folder. */
  readonly files: Readonly<Record<string, Reading>>;
  /** Names in its folder `drm`: card0, renderD128. */
  readonly drmNames: readonly string[];
  /** What NVIDIA's driver keeps in /proc/driver/nvidia/gpus/<address>; undefined where it does not know the GPU. */
  readonly nvidia: RawNvidiaGpu | undefined;
}

/** Files of /proc/driver/nvidia/gpus/<address>. */
export interface RawNvidiaGpu {
  /** As it was read last; absent of one that has slept since we know it. See nvidia-information.ts. */
  readonly information: Reading;
  readonly power: Reading;
}

/** Whether a GPU's driver is asked in this run. */
export type GpuTurn =
  /** It sleeps, and is left asleep. */
  | { readonly kind: "asleep" }
  /** It does nothing, and is left alone so that it can fall asleep. */
  | { readonly kind: "resting" }
  /** The last try failed, not long ago. */
  | { readonly kind: "resting after failure"; readonly error: AppError }
  /** There is nothing that its driver would tell. */
  | { readonly kind: "mute" }
  /** It cannot be asked. */
  | { readonly kind: "unreadable"; readonly error: AppError }
  | { readonly kind: "ask" };

/** One GPU, with what was read in its turn. */
export interface ReadGpu extends RawGpu {
  readonly turn: GpuTurn;
  /** Undefined where it was left alone, or is not on PCI. */
  readonly link: RawPcieFunction | undefined;
  /** Files of the drivers of AMD and Intel, by their path in the folder; none where it was not asked. */
  readonly attributes: Readonly<Record<string, Reading>>;
  /** Who has one of its device files open; undefined where that could not be told. */
  readonly holders: readonly FileHolder[] | undefined;
  /** From the host's list of PCI ids; undefined where it was not looked up, or is not there. */
  readonly listedName: string | undefined;
}

/** What came of asking NVIDIA's driver. */
export type DriverAnswer =
  | { readonly outcome: "not asked" }
  | { readonly outcome: "ok"; readonly reading: DriverReading }
  | { readonly outcome: "failed"; readonly error: AppError };

/** Everything that one run reads. */
export interface RawGpus {
  readonly gpus: readonly ReadGpu[];
  /** Addresses that NVIDIA's driver still lists and the bus does not. */
  readonly lost: readonly string[];
  /** Why the list may lack something. */
  readonly incompleteBecause: AppError | undefined;
  /** /proc/driver/nvidia/version. */
  readonly nvidiaVersion: Reading;
  readonly driver: DriverAnswer;
  /** Whose processes NVIDIA's driver lists for us; undefined where no GPU of its rests. */
  readonly processView: ProcessView | undefined;
  /** Why it is not known who has the device files open. */
  readonly holdersError: AppError | undefined;
  readonly owners: readonly RawProcessOwner[];
  /** Subjects `gpu` and `gpu_process` as they were last read: what rests is said as it was. */
  readonly before: readonly Subject[];
}
