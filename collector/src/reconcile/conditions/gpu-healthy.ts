/**
 * GPUHealthy: every GPU that can compute can be used. Absent where there is none: what only draws is missed by nobody, and one that is lent to a
 * virtual machine is not the node's.
 *
 * | rule              | from   | because                                                                                                |
 * | ----------------- | ------ | ------------------------------------------------------------------------------------------------------ |
 * | gpu-unavailable   | medium | lost, gone, or its driver is broken; low (no driver, no right to ask) is Unknown: nobody can tell      |
 * | gpu-xid           | medium | the driver asks for a reset, or worse                                                                  |
 * | gpu-memory-errors | medium | results may be wrong                                                                                   |
 *
 * Not among them: gpu-clocks-limited and gpu-hot-for-long, which make it slower and not worse.
 */
import type { FactRead } from "@nodekeeper/shared/api";
import { canCompute, isLent } from "@nodekeeper/shared/readings";
import { type ToldSubject, toldSubjects } from "../../policy/facts/heard-probe.ts";
import type { World } from "../world.ts";
import type { Condition, Fault, Judgement } from "./condition.ts";
import { from } from "./support/faults.ts";
import { judgeNode, type Known, well } from "./support/judge-node.ts";
import { probeStanding } from "./support/probe-standing.ts";

const faults: readonly Fault[] = [
  { rule: "gpu-unavailable", counts: from("medium") },
  { rule: "gpu-xid", counts: from("medium"), says: "its driver tells of a fault" },
  { rule: "gpu-memory-errors", counts: from("medium"), says: "its memory has faults" },
];

export const gpuHealthy: Condition = {
  type: "GPUHealthy",
  eventReasons: { True: "GPUHealthy", False: "GPUUnhealthy", Unknown: "GPUHealthUnknown" },
  faults,
  judge,
};

function judge(world: World, key: string): Judgement {
  return judgeNode(world, key, { faults, needs: [{ name: "gpu", kinds: ["gpu"] }], conclude });
}

function conclude({ world, node, findings, facts, probe }: Known): Judgement {
  const gpu = probe("gpu");
  const ids = new Set(
    gpu === undefined
      ? []
      : toldSubjects(gpu, "gpu")
          .filter(isUsable)
          .map(({ id }) => id),
  );
  if (ids.size === 0) return { kind: "absent", text: "it has no GPU that can compute", facts };
  const idle = findings.find(
    ({ rule, state, subject }) => rule === "gpu-unavailable" && state === "firing" && ids.has(subject.id),
  );
  if (idle !== undefined) return unusable(idle.text, facts);
  const states = probeStanding(world, node, { name: "gpu", kinds: ["gpu_status"], concerns: ({ id }) => ids.has(id) });
  return states.kind === "judged" ? states.judgement : well("no fault of its GPUs is known", facts);
}

function isUsable({ value, isAbsent }: ToldSubject): boolean {
  if (isAbsent || value?.case !== "gpu") return false;
  const { isIntegrated, vendor, driver } = value.value;
  return isIntegrated !== true && canCompute(vendor) && !isLent(driver);
}

function unusable(message: string, facts: readonly FactRead[]): Judgement {
  return { kind: "status", status: "Unknown", reason: "NotUsable", message, facts };
}
