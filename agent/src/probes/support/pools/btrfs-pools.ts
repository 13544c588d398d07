/**
 * Mounted btrfs filesystems and their devices. Source: /sys/fs/btrfs/<uuid> (kernel documentation, sysfs-fs-btrfs): devices, label, and
 * since Linux 5.14 devinfo/<id>/missing and error_stats.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { optionalValue, type Reading, readNames } from "../../../host/reading.ts";
import { failedSubject, okSubject, type Sample } from "../../../payload.ts";
import { flagOf, rawTextOf, textOf } from "../block/file-values.ts";
import { readValue } from "../block/read-value.ts";
import { printable } from "../printable.ts";
import type { Section } from "../section.ts";

/** What is read of one. */
export interface RawBtrfs {
  readonly uuid: string;
  readonly label: Reading;
  /** Names in `devices`, as the kernel names them. */
  readonly devices: Reading<readonly string[]>;
  /** Files of `devinfo`, by device; none from kernels that have no such folder. */
  readonly members: readonly { readonly missing: Reading; readonly errorStats: Reading }[];
}

/** A btrfs whose devices are known. */
export interface BtrfsPool {
  readonly uuid: string;
  readonly label: string;
  readonly devices: readonly string[];
}

const root = "/sys/fs/btrfs";
const uuidName = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const maximumPools = 256;
const maximumDevices = 256;

/** Names in error_stats and what we call them. */
const errorNames = {
  read_errs: "read_errors_total",
  write_errs: "write_errors_total",
  flush_errs: "flush_errors_total",
  corruption_errs: "corruption_errors_total",
  generation_errs: "generation_errors_total",
} as const;

/** Reads all; absent where the kernel has no btrfs. */
export async function readBtrfs(host: Host): Promise<Reading<readonly RawBtrfs[]>> {
  const names = await readNames(host, root);
  if (names.outcome !== "ok") return names;
  const uuids = names.value.filter((name) => uuidName.test(name)).slice(0, maximumPools);
  return { outcome: "ok", path: root, value: await Promise.all(uuids.map((uuid) => readOne(host, uuid))) };
}

/** Those whose devices could be told. */
export function btrfsPoolsOf(raw: Reading<readonly RawBtrfs[]>): readonly BtrfsPool[] {
  if (raw.outcome !== "ok") return [];
  return raw.value.flatMap(({ uuid, label, devices }) =>
    devices.outcome === "ok" ? [{ uuid, label: labelOf(label), devices: devices.value.map(deviceName) }] : [],
  );
}

/** Each as a subject of its own. Throws where they could not be listed. */
export function btrfsSections(raw: Reading<readonly RawBtrfs[]>): readonly Section[] {
  return (optionalValue(raw) ?? []).map((pool) => {
    const id = `btrfs/${pool.uuid}`;
    try {
      return sectionOfOne(id, pool, optionalValue(pool.devices) ?? []);
    } catch (thrown) {
      return { subject: failedSubject("storage_pool", id, AppError.from(thrown)), samples: [] };
    }
  });
}

async function readOne(host: Host, uuid: string): Promise<RawBtrfs> {
  const folder = `${root}/${uuid}`;
  const [label, devices, ids] = await Promise.all([
    readValue(host, `${folder}/label`),
    readNames(host, `${folder}/devices`),
    readNames(host, `${folder}/devinfo`),
  ]);
  const members = ids.outcome === "ok" ? ids.value.filter((id) => /^\d+$/.test(id)).slice(0, maximumDevices) : [];
  const readMember = async (id: string): Promise<RawBtrfs["members"][number]> => ({
    missing: await readValue(host, `${folder}/devinfo/${id}/missing`),
    errorStats: await readValue(host, `${folder}/devinfo/${id}/error_stats`),
  });
  return { uuid, label, devices, members: await Promise.all(members.map(readMember)) };
}

function sectionOfOne(id: string, { uuid, label, members }: RawBtrfs, devices: readonly string[]): Section {
  const missing = members.map((member) => flagOf(member.missing));
  const missingDeviceCount = missing.includes(undefined) ? undefined : missing.filter(Boolean).length;
  // A kernel that does not tell of missing devices lists only those that are there, and cannot say that all are.
  const isKnown = members.length > 0 && missingDeviceCount !== undefined;
  const subject = okSubject("storage_pool", id, {
    type: "btrfs",
    name: labelOf(label),
    uuid,
    state: isKnown ? (missingDeviceCount > 0 ? "degraded" : "online") : "",
    devices: devices.map((name) => printable(deviceName(name), 64)).slice(0, maximumDevices),
    missingDeviceCount: isKnown ? missingDeviceCount : undefined,
  });
  return { subject, samples: members.some(({ errorStats }) => errorStats.outcome === "ok") ? errorSamples(id, members) : [] };
}

/** The sum over all devices; unknown where one does not tell, since a sum without it would fall. */
function errorSamples(id: string, members: RawBtrfs["members"]): readonly Sample[] {
  return Object.entries(errorNames).map(([file, name]) => {
    const counts = members.map(({ errorStats }) => countIn(rawTextOf(errorStats) ?? "", file));
    const value = counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
    return { kind: "storage_pool", id, name, value };
  });
}

function countIn(text: string, name: string): number | undefined {
  const count = new RegExp(`^${name} (\\d{1,15})$`, "m").exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

function labelOf(label: Reading): string {
  return printable(textOf(label) ?? "");
}

/** sysfs writes a slash in a name as "!". */
function deviceName(name: string): string {
  return name.replaceAll("!", "/");
}
