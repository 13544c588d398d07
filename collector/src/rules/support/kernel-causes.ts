/**
 * Which of the kernel's many words for one event is the event, and which are what came of it. A broken filesystem is told as an error, as an aborted
 * journal and as read-only; a dying disk as failed reads, lost writes and whatever lies on it. One is told, the others stand as its consequences.
 */
import { type Filesystem, type KernelFault, KernelFaultSeverity } from "@nodekeeper/proto";
import { findingKey } from "../../evaluate/evaluate-node.ts";
import { isFreshAndOk, type NodeView, type SubjectView, valuesOf } from "../../state/node-view.ts";
import { deviceNames } from "./kernel-device.ts";

/** A fault that is told now. */
export interface ToldFault {
  readonly subject: SubjectView;
  readonly fault: KernelFault;
  /** Its disk, where one is known; else the name that the kernel used. */
  readonly place: string;
  /** Weak power is its cause: nothing else follows from it, since that is told as what it is. */
  readonly isForPower: boolean;
}

const kernelFaultRule = "kernel-fault";
/** Codes by which the kernel gives a whole disk up. */
const lostCodes: ReadonlySet<string> = new Set([
  "nvme-controller-lost",
  "nvme-no-path",
  "scsi-device-offline",
  "ata-device-disabled",
  "pcie-device-lost",
]);
/** Areas in which faults of one disk are one event; the first is nearer to its cause. */
const areas: readonly string[] = ["disk", "filesystem"];

/** Of what each fault is a consequence, as Verdict.dependsOn has it. */
export function causesOf(told: readonly ToldFault[], view: NodeView): (fault: ToldFault) => readonly string[] {
  const byPlace = Map.groupBy(
    told.filter(({ fault, place, isForPower }) => areas.includes(fault.area) && place !== "" && !isForPower),
    ({ place }) => place,
  );
  const firstAt = new Map([...byPlace].map(([place, faults]) => [place, [...faults].sort(nearestToCause)[0]]));
  return (each) => {
    const { fault, place, isForPower } = each;
    if (isForPower) return ["raspberry-pi-power"];
    if (fault.area === "raid") return arraysNamed(fault.device, view);
    if (!areas.includes(fault.area)) return [];
    const first = firstAt.get(place);
    const fromFirst = first === undefined || first === each ? [] : [keyOf(first.subject)];
    return fault.area === "filesystem" ? [...readOnlyOn(fault.device, view), ...fromFirst] : fromFirst;
  };
}

/** The finding in which the kernel tells that it gave this disk up, where it does and power is not to blame for it. */
export function givenUpBy(diskId: string, view: NodeView, isForPower: boolean): readonly string[] {
  if (isForPower) return [];
  const nameOf = deviceNames(view);
  return valuesOf(view, "kernelFault").flatMap(({ subject, value }) =>
    isFreshAndOk(subject) && lostCodes.has(value.code) && nameOf(value.device)?.id === diskId ? [keyOf(subject)] : [],
  );
}

/** The gravest; of equals that of the disk before that of what lies on it; then the first. No two are equal. */
function nearestToCause(a: ToldFault, b: ToldFault): number {
  const rank = ({ fault }: ToldFault): readonly number[] => [
    fault.severity === KernelFaultSeverity.FAULT ? 0 : 1,
    areas.indexOf(fault.area),
    Number(fault.firstAtUnixMs ?? 0n),
  ];
  const [left, right] = [rank(a), rank(b)];
  const differing = left.findIndex((value, index) => value !== right[index]);
  if (differing === -1) return a.subject.id < b.subject.id ? -1 : 1;
  return (left[differing] ?? 0) - (right[differing] ?? 0);
}

function keyOf({ kind, id }: SubjectView): string {
  return findingKey(kernelFaultRule, { kind, id });
}

/** Findings about filesystems on the device that have fallen back to read-only: that is what its errors come to. */
function readOnlyOn(device: string, view: NodeView): readonly string[] {
  return valuesOf(view, "filesystem").flatMap(({ subject, value }) =>
    isFreshAndOk(subject) && value.hasFallenReadOnly === true && isOn(value, device)
      ? [findingKey("filesystem-read-only", { kind: subject.kind, id: subject.id })]
      : [],
  );
}

function isOn({ deviceName, source }: Filesystem, device: string): boolean {
  return device !== "" && (deviceName === device || source === `/dev/${device}` || source === `/dev/mapper/${device}`);
}

/** raid-degraded tells of the array for as long as it is so. */
function arraysNamed(device: string, view: NodeView): readonly string[] {
  return valuesOf(view, "blockDevice").flatMap(({ subject, value }) =>
    value.name === device && value.raidArray !== undefined
      ? [findingKey("raid-degraded", { kind: subject.kind, id: subject.id })]
      : [],
  );
}
