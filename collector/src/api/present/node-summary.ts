/** One line of the fleet: the few facts and numbers of a node that fit there. What is unknown is left out. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import type { Finding, NodeSummary } from "@nodekeeper/shared/api";
import { doesCount } from "../../evaluate/does-count.ts";
import { judgeNode } from "../../evaluate/verdict.ts";
import { isoTime } from "../../state/iso-time.ts";
import type { NodeView, SubjectView, ValueOf } from "../../state/node-view.ts";
import { cpuUsedPercent } from "./cpu-used-percent.ts";
import { diskCount } from "./disk-count.ts";
import { fullestFilesystem } from "./fullest-filesystem.ts";
import { gpuSummaries } from "./gpu-summaries.ts";
import { hottestSensor } from "./hottest-sensor.ts";
import { hasCurrentSamples, latestNumber } from "./latest-number.ts";

/** Summarizes a node with its pending and firing findings. */
export function nodeSummary(view: NodeView, findings: readonly Finding[]): NodeSummary {
  const { node } = view;
  const { status, reason } = judgeNode(view, findings);
  return {
    name: node.name,
    status,
    reason,
    freshness: view.freshness,
    isConnected: node.connection.kind === "connected",
    lastContactAt: isoTime(node.lastContactAtMs),
    agentVersion: node.agentVersion,
    ...knownOnly(factsOf(view)),
    findingCounts: countFindings(findings),
  };
}

type OptionalFacts = {
  readonly [Name in keyof NodeSummary as undefined extends NodeSummary[Name] ? Name : never]: NodeSummary[Name];
};

function factsOf(view: NodeView): { readonly [Name in keyof OptionalFacts]-?: OptionalFacts[Name] | undefined } {
  const system = onlySubject(view, "operatingSystem");
  const cpu = onlySubject(view, "cpu");
  const memory = onlySubject(view, "memory");
  const memoryTotal = memory?.value.totalBytes;
  return {
    proof: view.node.proof.state,
    operatingSystem: nonEmpty(system?.value.prettyName),
    architecture: nonEmpty(system?.value.architecture),
    board: boardName(onlySubject(view, "board")?.value),
    cpuModel: nonEmpty(cpu?.value.modelName),
    logicalCpuCount: cpu?.value.logicalCount,
    loadAverage1m: latestNumber(view, cpu?.subject, "load_average_1m"),
    cpuUsedPercent: cpu !== undefined && hasCurrentSamples(view, cpu.subject) ? cpuUsedPercent(cpu.subject) : undefined,
    memoryTotalBytes: memoryTotal === undefined ? undefined : Number(memoryTotal),
    memoryAvailableBytes: latestNumber(view, memory?.subject, "available_bytes"),
    uptimeSeconds: latestNumber(view, system?.subject, "uptime_seconds"),
    diskCount: diskCount(view),
    fullestFilesystem: fullestFilesystem(view),
    hottestSensor: hottestSensor(view),
    gpus: gpuSummaries(view),
  };
}

/** Leaves out what is unknown. */
function knownOnly<Facts extends object>(facts: Facts): { [Name in keyof Facts]?: Exclude<Facts[Name], undefined> } {
  // Only the entries that have a value are left, which Object.fromEntries does not carry over to the types.
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Facts]?: Exclude<Facts[Name], undefined>;
  };
}

/** The one subject of a kind of which a machine has one, with its last good value; undefined when there is none. */
function onlySubject<Case extends NonNullable<Subject["value"]["case"]>>(
  view: NodeView,
  valueCase: Case,
): { readonly subject: SubjectView; readonly value: ValueOf<Case> } | undefined {
  const subject = view.subjects.find((candidate) => candidate.value?.case === valueCase && candidate.outcome !== Outcome.ABSENT);
  if (subject?.value === undefined) return undefined;
  return { subject, value: subject.value.value as ValueOf<Case> }; // the case was compared above
}

/** Vendor and product, without naming the vendor twice ("Raspberry Pi Ltd", "Raspberry Pi 5 Model B Rev 1.0"). */
function boardName(board: ValueOf<"board"> | undefined): string | undefined {
  if (board === undefined) return undefined;
  const firstWord = board.vendor.split(" ")[0]?.toLowerCase() ?? "";
  const isNamed = firstWord === "" || board.productName.toLowerCase().startsWith(firstWord);
  return nonEmpty(isNamed ? board.productName : `${board.vendor} ${board.productName}`.trim());
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function countFindings(findings: readonly Finding[]): NodeSummary["findingCounts"] {
  const counts = { high: 0, medium: 0, low: 0 };
  for (const finding of findings) {
    if (doesCount(finding)) counts[finding.severity] += 1;
  }
  return counts;
}
