/** Machines that tell of their disks and of Ollama, for tests. */
import { BlockDeviceType, Outcome } from "@nodekeeper/proto";
import type { NodeState } from "../../state/node-state.ts";
import { machineThatSaid, type Thing } from "../../test-support/judge-machine.ts";

/** A disk of a machine, by its name in the kernel; its id is "id-" and the name. */
export interface DiskInit {
  readonly model?: string;
  readonly serial?: string;
  readonly partitions?: readonly string[];
  /** Names of what it stands on: of an array or a logical volume. */
  readonly slaves?: readonly string[];
  readonly raid?: { readonly level: string; readonly members: readonly string[] };
}

/** What a machine has. */
export interface MachineInit {
  readonly disks?: Readonly<Record<string, DiskInit>>;
  /** By mount point: the name of the device or partition, or a share of the network ("nas:/export"). */
  readonly mounts?: Readonly<Record<string, string>>;
  /** By folder: the UUID in Longhorn's file there. */
  readonly longhornDisks?: Readonly<Record<string, string>>;
  /** Models of its Ollama, which others reach; undefined: it has none. */
  readonly models?: readonly string[];
}

/** The machine's agent, proven, just heard. */
export function aMachine(name: string, { disks = {}, mounts = {}, longhornDisks = {}, models }: MachineInit): NodeState {
  const physical = (device: string): string[] => physicalIds(device, disks);
  const mountOf = (folder: string): string =>
    Object.keys(mounts)
      .filter((mount) => folder === mount || mount === "/" || folder.startsWith(`${mount}/`))
      .sort((a, b) => b.length - a.length)[0] ?? "/";
  const storage: Thing[] = [
    ...Object.entries(disks).map(([kernel, init]) => deviceThing(kernel, init)),
    ...Object.entries(mounts).map(([mountPoint, deviceName]) => ({
      ...{ kind: "filesystem", id: mountPoint },
      value: {
        case: "filesystem" as const,
        value: filesystemOf(mountPoint, deviceName, physical(deviceName)),
      },
    })),
    ...Object.entries(longhornDisks).map(([folder, diskUuid]) => ({
      ...{ kind: "longhorn_disk", id: folder },
      value: {
        case: "longhornDisk" as const,
        value: { diskUuid, mountPoint: mountOf(folder), physicalBlockDeviceIds: physical(mounts[mountOf(folder)] ?? "") },
      },
    })),
  ];
  const whole = ["block_device", "filesystem", "longhorn_disk"];
  const ollama = models === undefined ? [] : [{ probe: "ollama", things: ollamaThings(models) }];
  const state = machineThatSaid({ probe: "disks", things: storage, whole }, ...ollama);
  return { ...state, name, proof: { state: "proven", by: "cluster" } };
}

function filesystemOf(mountPoint: string, mounted: string, physicalBlockDeviceIds: string[]) {
  if (mounted.includes(":")) return { mountPoint, source: mounted, type: "nfs4", isRemote: true };
  return { mountPoint, deviceName: mounted, type: "ext4", physicalBlockDeviceIds };
}

function deviceThing(name: string, { model = "", serial = "", partitions = [], slaves = [], raid }: DiskInit): Thing {
  const type =
    raid !== undefined ? BlockDeviceType.RAID : slaves.length > 0 ? BlockDeviceType.DEVICE_MAPPER : BlockDeviceType.DISK;
  const members = raid?.members.map((member) => ({ name: member, state: "in_sync" })) ?? [];
  const raidArray = raid === undefined ? {} : { raidArray: { level: raid.level, memberCount: members.length, members } };
  const value = {
    name,
    type,
    model,
    serial,
    slaves: [...slaves],
    partitions: partitions.map((part) => ({ name: part })),
    ...raidArray,
  };
  return { kind: "block_device", id: `id-${name}`, value: { case: "blockDevice", value } };
}

function physicalIds(device: string, disks: Readonly<Record<string, DiskInit>>): string[] {
  const [name, init] =
    Object.entries(disks).find(([disk, { partitions = [] }]) => disk === device || partitions.includes(device)) ?? [];
  if (name === undefined) return [];
  const slaves = init?.slaves ?? [];
  return slaves.length === 0 ? [`id-${name}`] : [...new Set(slaves.flatMap((slave) => physicalIds(slave, disks)))];
}

function ollamaThings(models: readonly string[]): readonly Thing[] {
  return [
    { kind: "ollama_server", value: { case: "ollamaServer", value: { version: "0.32.15", isRunning: true } } },
    { kind: "ollama_endpoint", outcome: Outcome.OK, value: { case: "ollamaEndpoint", value: { addresses: ["[::]:11434"] } } },
    ...models.map((id) => ({ kind: "ollama_model", id, value: { case: "ollamaModel" as const, value: { digest: id } } })),
  ];
}
