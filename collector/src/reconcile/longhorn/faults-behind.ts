/** What is not well with a disk of Longhorn: the faults of all that it stands on, from its filesystem down to the disks below LVM, crypt and arrays. Pure. */
import type { Finding } from "@nodekeeper/shared/api";
import { devicesBelow } from "../../longhorn/devices-below.ts";
import type { DiskMatch } from "../../longhorn/disk-match.ts";
import { toldSubjects } from "../../policy/facts/heard-probe.ts";
import type { NodeState } from "../../state/node-state.ts";
import { diskFaults } from "../conditions/support/disk-faults.ts";
import { type FaultsFound, findFaults } from "../conditions/support/faults.ts";

/** What was found; of something bad, whether disk or kernel declare it. */
export type FaultsBehind = FaultsFound & { readonly isDeclared: boolean };

/** Looks among the open findings of the node. */
export function faultsBehind(
  match: Extract<DiskMatch, { readonly kind: "matched" }>,
  node: NodeState,
  findings: readonly Finding[],
): FaultsBehind {
  const relevant = findings.filter(({ rule }) => rules.has(rule));
  if (relevant.length === 0) return { kind: "none", isDeclared: false };
  const behind = standsOn(match, node);
  const about = relevant.filter((finding) => isAbout(finding, behind));
  const found = withVeiled(findFaults(diskFaults, about), about);
  const facts = found.kind === "bad" ? found.judgement.facts : [];
  return { ...found, isDeclared: facts.some(({ path }) => declared.has(path)) };
}

/** As their facts are called. */
const declared: ReadonlySet<string> = new Set(
  diskFaults.flatMap(({ rule, isDeclared }) => (isDeclared ? [`findings.${rule}`] : [])),
);
const rules: ReadonlySet<string> = new Set(diskFaults.map(({ rule }) => rule));

/** What is counted as a consequence of something else (a silence that just ended) is no fault that is told, and stands all the same. */
function withVeiled(found: FaultsFound, about: readonly Finding[]): FaultsFound {
  const veiled = about.find(({ suppressedBy }) => suppressedBy !== undefined);
  if (found.kind !== "none" || veiled === undefined) return found;
  const reason = `it stands, though it may come of something else: ${veiled.text}`;
  return { kind: "unsure", judgement: { kind: "hold", reason, facts: [] } };
}

/** Names by which findings speak of it. */
interface Behind {
  /** Ids of block devices, which the health of a disk has too. */
  readonly devices: ReadonlySet<string>;
  readonly mountPoint: string;
  /** Id of the btrfs that it is. */
  readonly pool: string;
}

function standsOn({ blockDevices, mountPoint }: Extract<DiskMatch, { readonly kind: "matched" }>, node: NodeState): Behind {
  const probe = node.probes.get("disks");
  const told = probe === undefined || mountPoint === "" ? [] : toldSubjects(probe, "filesystem");
  const said = told.find(({ id }) => id === mountPoint)?.lastValue;
  if (probe === undefined || said?.case !== "filesystem") return { devices: new Set(blockDevices), mountPoint, pool: "" };
  const { deviceName, blockDeviceId, uuid } = said.value;
  const devices = toldSubjects(probe, "block_device").flatMap(({ id, lastValue }) =>
    lastValue?.case === "blockDevice" ? [{ id, value: lastValue.value }] : [],
  );
  const between = devicesBelow(deviceName, devices).all;
  return { devices: new Set([...blockDevices, blockDeviceId, ...between]), mountPoint, pool: uuid === "" ? "" : `btrfs/${uuid}` };
}

/** What the kernel tells of a device says itself which disk that is. */
function isAbout({ subject, evidence }: Finding, { devices, mountPoint, pool }: Behind): boolean {
  switch (subject.kind) {
    case "block_device":
    case "disk_health":
      return devices.has(subject.id);
    case "filesystem":
      return mountPoint !== "" && subject.id === mountPoint;
    case "storage_pool":
      return pool !== "" && subject.id === pool;
    default: {
      const device = evidence.find(({ name }) => name === "block_device")?.value;
      return typeof device === "string" && devices.has(device);
    }
  }
}
