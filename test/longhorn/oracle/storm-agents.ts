/** The machines of a storm: what their agents say of them, and what is found of that. */
import { BlockDeviceType } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import type { NodeState } from "../../../collector/src/state/node-state.ts";
import { machineThatSaid, type Thing } from "../../../collector/src/test-support/judge-machine.ts";
import { aFinding } from "../../../collector/src/test-support/rules.ts";

/** What a disk is, by its agent; unknown: it does not say. */
export type DiskType = "nvme" | "ssd" | "unknown";

/** How a disk of a machine is. */
export interface DiskState {
  readonly type: DiskType;
  /** veiled: it stands, and is counted as the consequence of something else. */
  readonly fault: "none" | "pending" | "firing" | "veiled";
  /** The kernel has it no more, and its folder is still there. */
  readonly isUnlisted?: boolean;
  /** How often another one was put in its place. */
  readonly generation?: number;
}

const minuteMs = 60_000;
const silentAfterMs = 3 * minuteMs;
const loopMs = 30 * minuteMs;

/** All of them, by the names of their nodes. */
export class StormAgents {
  readonly #disks = new Map<string, DiskState>();
  readonly #states = new Map<string, NodeState>();
  readonly #spokeAtMs = new Map<string, number>();
  readonly #silent = new Set<string>();
  /** Newest first. */
  readonly #boots = new Map<string, NodeState["bootsSeen"]>();

  /** Undefined: there is no such disk. */
  disk(name: string, disk: string): DiskState | undefined {
    return this.#disks.get(`${name}/${disk}`);
  }

  setDisk(name: string, disk: string, state: DiskState): void {
    this.#disks.set(`${name}/${disk}`, state);
  }

  setSilent(name: string, isSilent: boolean): void {
    if (isSilent) this.#silent.add(name);
    else this.#silent.delete(name);
  }

  /** It was away for a moment, and its agent comes anew. */
  boot(name: string, nowMs: number): void {
    const boots = this.#boots.get(name) ?? [];
    this.#boots.set(name, [{ bootId: `boot-${boots.length}`, atMs: nowMs }, ...boots]);
  }

  /** Longer than an agent that is well ever is. */
  isSilent(name: string, nowMs: number): boolean {
    return nowMs - (this.#spokeAtMs.get(name) ?? 0) > silentAfterMs;
  }

  /** Three boots within half an hour, and not half an hour of peace since. */
  isInLoop(name: string): boolean {
    const boots = this.#boots.get(name) ?? [];
    const [last, , third] = boots;
    if (last === undefined || third === undefined) return false;
    return last.atMs - third.atMs <= loopMs && (this.#spokeAtMs.get(name) ?? 0) - last.atMs < loopMs;
  }

  state(name: string): NodeState | undefined {
    return this.#states.get(name);
  }

  /** Findings stand while nobody can look again, and are held then. */
  findings(name: string): readonly Finding[] {
    const isHeld = this.#silent.has(name);
    return [...this.#disks].flatMap(([key, { fault }]) => {
      const [node, disk] = key.split("/");
      if (node !== name || fault === "none") return [];
      const subject = { kind: "disk_health", id: deviceOf(name, disk ?? "", this.#disks.get(key)) };
      const how = fault === "veiled" ? ({ state: "firing", suppressedBy: "node-not-reporting" } as const) : { state: fault };
      return [aFinding({ node: name, rule: "nvme-critical-warning", severity: "high", ...how, subject, isHeld, id: key })];
    });
  }

  /** Every minute, and at once when there is something to say; nothing of one that is silent. */
  speak(name: string, disks: readonly string[], { nowMs, isNews }: { readonly nowMs: number; readonly isNews: boolean }): void {
    if (this.#silent.has(name) || (!isNews && nowMs - (this.#spokeAtMs.get(name) ?? 0) <= minuteMs)) return;
    const things = disks.flatMap((disk) => thingsOf(name, disk, this.disk(name, disk) ?? { type: "unknown", fault: "none" }));
    const state = machineThatSaid(
      { probe: "disks", things, whole: ["block_device", "filesystem", "longhorn_disk"], atMs: nowMs },
      {
        probe: "smart",
        things: disks.map((disk) => healthOf(disk, deviceOf(name, disk, this.disk(name, disk)))),
        whole: ["disk_health"],
        atMs: nowMs,
      },
    );
    const bootsSeen = this.#boots.get(name) ?? [];
    const bootId = bootsSeen[0]?.bootId ?? state.bootId;
    this.#states.set(name, { ...state, name, bootId, bootsSeen, proof: { state: "proven", by: "cluster" } });
    this.#spokeAtMs.set(name, nowMs);
  }
}

/** UUID that Longhorn gave to a disk that was put in the place of so many others. */
export function diskUuid(name: string, disk: string, generation = 0): string {
  return `${name}-${disk}${generation === 0 ? "" : `-${generation}`}`;
}

function deviceOf(name: string, disk: string, state: DiskState | undefined): string {
  return `${diskUuid(name, disk, state?.generation)}-device`;
}

function healthOf(disk: string, id: string): Thing {
  const nvme = { criticalWarning: 0, availableSparePercent: 100, availableSpareThresholdPercent: 10, percentageUsed: 3 };
  const value = { case: "diskHealth" as const, value: { device: `/dev/${disk}`, nvme } };
  return { kind: "disk_health", id, value };
}

function thingsOf(name: string, disk: string, state: DiskState): readonly Thing[] {
  const { type, generation, isUnlisted = false } = state;
  const id = deviceOf(name, disk, state);
  const path = `/data/${disk}`;
  const kind = { bus: type === "nvme" ? "nvme" : "sata", ...(type === "unknown" ? {} : { isRotational: false }) };
  const device = { name: disk, type: BlockDeviceType.DISK, isVirtual: false, sizeBytes: 1n << 40n, ...kind };
  const on = { mountPoint: path, physicalBlockDeviceIds: [id] };
  return [
    ...(isUnlisted ? [] : [{ kind: "block_device", id, value: { case: "blockDevice" as const, value: device } }]),
    {
      kind: "filesystem",
      id: path,
      value: { case: "filesystem", value: { ...on, type: "ext4", deviceName: disk, blockDeviceId: id } },
    },
    {
      kind: "longhorn_disk",
      id: path,
      value: { case: "longhornDisk", value: { ...on, diskUuid: diskUuid(name, disk, generation), isMountPoint: true } },
    },
  ];
}
