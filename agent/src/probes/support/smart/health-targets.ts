/** The disks whose health is told: block devices, and NVMe controllers without any. Pure. */
import { BlockDeviceType } from "@nodekeeper/proto";
import type { AppError } from "@nodekeeper/shared";
import { interpretBlockDevices } from "../block/block-devices.ts";
import { textOf } from "../block/file-values.ts";
import { limitId } from "../block/identity.ts";
import { isDiskWithHealth } from "../block/name-class.ts";
import { controllerQuestion, type Question, questionFor } from "./questions.ts";
import type { LoneController, RawSmart } from "./raw-smart.ts";

/** A disk, by the id of its block device. */
export type HealthTarget =
  | { readonly kind: "ask"; readonly id: string; readonly question: Question }
  /** It has no health to tell, and is not asked. */
  | { readonly kind: "mute"; readonly id: string }
  /** The device itself could not be told. */
  | { readonly kind: "failed"; readonly id: string; readonly error: AppError };

/** All disks of the machine. */
export interface HealthTargets {
  readonly targets: readonly HealthTarget[];
  /** Why a disk may be missing here. */
  readonly incompleteBecause: AppError | undefined;
}

/** Namespaces of one controller share its health: each is a target, with the same question. */
export function healthTargets(raw: Pick<RawSmart, "blockDevices" | "loneControllers">): HealthTargets {
  const { known, failed, incompleteBecause } = interpretBlockDevices(raw.blockDevices);
  const lone = raw.loneControllers;
  return {
    targets: [
      ...known.filter(({ type }) => type === BlockDeviceType.DISK).map((device) => targetOf(device.id, questionFor(device))),
      ...failed.filter(({ name }) => isDiskWithHealth(name)).map(({ id, error }) => ({ kind: "failed" as const, id, error })),
      ...(lone.outcome === "ok" ? lone.value : []).map(loneTarget),
    ],
    incompleteBecause: incompleteBecause ?? (lone.outcome === "failed" ? lone.error : undefined),
  };
}

function targetOf(id: string, question: Question | undefined): HealthTarget {
  return question === undefined ? { kind: "mute", id } : { kind: "ask", id, question };
}

/** Without a namespace there is no wwid; model and serial tell which controller it is. */
function loneTarget(controller: LoneController): HealthTarget {
  const names = [textOf(controller.model), textOf(controller.serial)].filter((name) => name !== undefined);
  const id = names.length === 2 ? `serial:${names.join("_").replaceAll(/\s+/g, "_")}` : `name:${controller.name}`;
  const isLocal = (textOf(controller.transport) ?? "pcie") === "pcie";
  return targetOf(limitId(id), isLocal ? controllerQuestion(controller.name, false) : undefined);
}
