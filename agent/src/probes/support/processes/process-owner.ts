/** Makes a ProcessOwner of what was read about a process. What could not be read stays unknown: it is no reason to leave the process out. */
import { create } from "@bufbuild/protobuf";
import { type ProcessOwner, ProcessOwnerSchema } from "@nodekeeper/proto";
import type { Reading } from "../../../host/reading.ts";
import { printable } from "../printable.ts";
import { cgroupOwner } from "./cgroup-owner.ts";
import { namesOfContainer, namesOfPod } from "./pod-names.ts";
import { parseProcessStat, processStartMs } from "./process-stat.ts";
import type { RawProcessOwner } from "./read-process-owners.ts";
import { userName } from "./user-names.ts";

/** Who a process is. */
export function processOwnerOf({ pid, stat, status, cgroup, names }: RawProcessOwner): ProcessOwner {
  const process = parseProcessStat(textOf(stat));
  const { unit, containerId, podUid } = cgroupOwner(textOf(cgroup));
  const container = namesOfContainer(listOf(names.containerLogs), containerId);
  const pod = container ?? namesOfPod(listOf(names.podLogs), podUid);
  const startedAtMs = processStartMs(process?.startTicks, textOf(names.stat));
  return create(ProcessOwnerSchema, {
    pidNumber: pid,
    processName: printable(process?.name ?? "", maximumNameBytes),
    unit: printable(unit),
    user: printable(userIn(textOf(status), textOf(names.users)), maximumNameBytes),
    containerId,
    podUid,
    podNamespace: printable(pod?.podNamespace ?? ""),
    podName: printable(pod?.podName ?? ""),
    containerName: printable(pod?.containerName ?? ""),
    ...(startedAtMs !== undefined && { startedAtUnixMs: BigInt(startedAtMs) }),
  });
}

/** All of them, by process id. */
export function processOwnersOf(raw: readonly RawProcessOwner[]): ReadonlyMap<number, ProcessOwner> {
  return new Map(raw.map((each) => [each.pid, processOwnerOf(each)]));
}

const maximumNameBytes = 64;

/** Of the effective user: `Uid: real effective saved filesystem`. */
function userIn(status: string, users: string): string {
  const uid = /^Uid:\t\d+\t(\d+)\t/m.exec(status)?.[1];
  return uid === undefined ? "" : (userName(users, Number(uid)) ?? uid);
}

function textOf(reading: Reading): string {
  return reading.outcome === "ok" ? reading.value : "";
}

function listOf(reading: Reading<readonly string[]>): readonly string[] {
  return reading.outcome === "ok" ? reading.value : [];
}
