/** What one run of the probe `smart` reads. */
import type { AppError } from "@nodekeeper/shared";
import type { CommandResult } from "../../../host/host.ts";
import type { Reading } from "../../../host/reading.ts";
import type { RawBlockDevices } from "../block/raw-block-device.ts";
import type { RaidMember } from "./raid-members.ts";

/** What came of a question. */
export type Answer =
  | {
      readonly kind: "answered";
      readonly result: CommandResult;
      /** How it was spoken to; empty where smartctl chose. */
      readonly deviceType: string;
    }
  /** The kernel has suspended the device: it was not asked, since that would wake it. */
  | { readonly kind: "suspended" }
  /** It was asked a short while ago, and that reading stands. */
  | { readonly kind: "resting" }
  /** The same where that try failed. */
  | { readonly kind: "resting after failure"; readonly error: AppError }
  | { readonly kind: "failed"; readonly error: AppError };

/** A controller of /sys/class/nvme that has no namespace: it is empty, or it has failed and the kernel took its namespaces away. */
export interface LoneController {
  readonly name: string;
  readonly model: Reading;
  readonly serial: Reading;
  readonly transport: Reading;
}

/** Everything that was read. */
export interface RawSmart {
  readonly blockDevices: RawBlockDevices;
  /** Failed where /sys/class/nvme could not be listed; absent where the machine has no NVMe. */
  readonly loneControllers: Reading<readonly LoneController[]>;
  /** Disks behind RAID controllers; absent where there is no such controller. */
  readonly members: Reading<readonly RaidMember[]>;
  /** Ids of members that earlier runs have read, by member: a disk that does not answer cannot say which it is. */
  readonly memberIds: ReadonlyMap<string, string>;
  /** By question: see questionKey. */
  readonly answers: ReadonlyMap<string, Answer>;
}
