/** The disks whose health is told: block devices, and NVMe controllers without any. Pure. */
import { BlockDeviceType } from "@nodekeeper/proto";
import type { AppError } from "@nodekeeper/shared";
import type { Reading } from "../../../host/reading.ts";
import { interpretBlockDevices } from "../block/block-devices.ts";
import { textOf } from "../block/file-values.ts";
import { limitId } from "../block/identity.ts";
import { isDiskWithHealth } from "../block/name-class.ts";
import { controllerQuestion, memberQuestion, type Question, questionFor } from "./questions.ts";
import { memberKey, type RaidMember } from "./raid-members.ts";
import type { LoneController, RawSmart } from "./raw-smart.ts";

/** A disk, by the id of its block device. */
export type HealthTarget =
  | { readonly kind: "ask"; readonly id: string; readonly question: Question }
  /** It is behind a RAID controller: its id is known only once it has answered. */
  | { readonly kind: "member"; readonly id: string | undefined; readonly question: Question }
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
export function healthTargets(raw: Omit<RawSmart, "answers">): HealthTargets {
  const { known, failed, incompleteBecause } = interpretBlockDevices(raw.blockDevices);
  const { loneControllers: lone, members, memberIds } = raw;
  return {
    targets: [
      ...known.filter(({ type }) => type === BlockDeviceType.DISK).map((device) => targetOf(device.id, questionFor(device))),
      ...failed.filter(({ name }) => isDiskWithHealth(name)).map(({ id, error }) => ({ kind: "failed" as const, id, error })),
      ...(lone.outcome === "ok" ? lone.value : []).map(loneTarget),
      ...(members.outcome === "ok" ? hiddenMembers(members.value, raw.blockDevices) : []).map((member) =>
        memberTarget(member, memberIds),
      ),
    ],
    incompleteBecause: incompleteBecause ?? errorOf(lone) ?? errorOf(members),
  };
}

function targetOf(id: string, question: Question | undefined): HealthTarget {
  return question === undefined ? { kind: "mute", id } : { kind: "ask", id, question };
}

/** Without a namespace there is no wwid; model and serial tell which controller it is. */
function loneTarget(controller: LoneController): HealthTarget {
  const id = serialId(textOf(controller.model), textOf(controller.serial)) ?? limitId(`name:${controller.name}`);
  const isLocal = (textOf(controller.transport) ?? "pcie") === "pcie";
  return targetOf(id, isLocal ? controllerQuestion(controller.name, false) : undefined);
}

/**
 * Members without those that the controller shows as disks too (JBOD): these are asked as such. The driver gives a shown disk the channel and
 * target of its number: 128 to a channel, in channels 0 and 1; volumes come after (Linux, drivers/scsi/megaraid).
 */
function hiddenMembers(members: readonly RaidMember[], { devices }: RawSmart["blockDevices"]): readonly RaidMember[] {
  const shown = new Set<string>();
  for (const { path } of devices) {
    const [, host, channel, target] = /\/target\d+:\d+:\d+\/(\d+):([01]):(\d+):\d+\//.exec(path) ?? [];
    if (host !== undefined) shown.add(`/dev/bus/${host} ${Number(channel) * 128 + Number(target)}`);
  }
  return members.filter(({ device, deviceType }) => !shown.has(`${device} ${deviceType.replace(/^.*,/, "")}`));
}

function memberTarget(member: RaidMember, ids: RawSmart["memberIds"]): HealthTarget {
  return { kind: "member", id: ids.get(memberKey(member)), question: memberQuestion(member.device, member.deviceType) };
}

/** The id of a disk that only model and serial number name; undefined where one of them is not known. */
export function serialId(model: string | undefined, serial: string | undefined): string | undefined {
  if (!model || !serial) return undefined;
  return limitId(`serial:${[model, serial].join("_").replaceAll(/\s+/g, "_")}`);
}

function errorOf(reading: Reading<unknown>): AppError | undefined {
  return reading.outcome === "failed" ? reading.error : undefined;
}
