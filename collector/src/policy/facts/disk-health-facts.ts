/** What disks declare of their own health, as policies speak of it. Pure. */
import { type DiskHealth, HealthStatus } from "@nodekeeper/proto";
import type { NodeState } from "../../state/node-state.ts";
import { hearProbe, type Moment, toldSubjects } from "./heard-probe.ts";

/** DiskFacts.health of the disk with this id; undefined where it is not known now. */
export type HealthOfDisk = (id: string) => "ok" | "failing" | "" | undefined;

/**
 * Bits of NVMe's critical warning by which a disk says that it fails: spare, reliability, read-only, backup of its memory, persistent memory. Not
 * the temperature (1), nor those that say nothing of the media (6) or have no meaning yet (7). The condition DiskHealthy counts the same.
 */
const fatalWarnings = 0b0011_1101;

/** Health of a node's disks by its probe `smart`. A disk that the probe did not speak of is not known: it may be newer than its word. */
export function healthOfDisks(node: NodeState, moment: Moment): HealthOfDisk {
  const heard = hearProbe(node, "smart", [], moment);
  if (heard.kind === "unheard") return () => undefined;
  if (heard.kind === "absent") return () => ""; // none of the machine's disks has any to tell
  const told = new Map(toldSubjects(heard.probe, "disk_health").map((subject) => [subject.id, subject]));
  return (id) => {
    const subject = told.get(id);
    if (subject?.isAbsent === true) return "";
    return subject?.value?.case === "diskHealth" ? verdictOf(subject.value.value) : undefined;
  };
}

/** Undefined where it said nothing that could have been a fault: it slept since its agent was started. */
function verdictOf({ nvme, status, ataAttributes }: DiskHealth): "ok" | "failing" | undefined {
  if (nvme !== undefined) {
    if (nvme.criticalWarning === undefined) return undefined;
    return (nvme.criticalWarning & fatalWarnings) === 0 ? "ok" : "failing";
  }
  const isFailing = ataAttributes.some(({ whenFailed, isPrefailure }) => whenFailed === "now" && isPrefailure === true);
  if (status === HealthStatus.FAILED || isFailing) return "failing";
  return status === HealthStatus.PASSED || ataAttributes.length > 0 ? "ok" : undefined;
}
