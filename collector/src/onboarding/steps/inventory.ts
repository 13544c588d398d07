/** Everything that later steps read was told by the agent to this process, or is known not to be there. */
import { Outcome } from "@nodekeeper/proto";
import { isRemembered, toldSubjects } from "../../policy/facts/heard-probe.ts";
import { freshnessOf } from "../../state/freshness.ts";
import type { ProbeState } from "../../state/node-state.ts";
import type { Machine } from "../machine.ts";
import { blockedBy, evidenceOf, type Obstacle, places, type Step, type StepEvidence, type Verdict } from "../step.ts";

/** What labels, disks, checks and routes are made of. Others may fail, and hold nobody up. */
const needed: ReadonlySet<string> = new Set([
  "system",
  "disks",
  "smart",
  "time",
  "tailscale",
  "kubernetes",
  "longhorn",
  "gpu",
  "ollama",
]);
/** A program that was busy at the start answers the second time. */
const patienceMs = 15_000;

export const inventory: Step = { name: "inventory", isSkippable: true, judge };

function judge(machine: Machine, sinceMs: number): Verdict {
  const { node, nowMs } = machine;
  const running = node?.runningProbes;
  if (node === undefined || running === undefined) return { kind: "waiting", text: "its agent did not say yet what it can read" };
  const silent = running.filter((name) => needed.has(name) && !isTold(node.probes.get(name), machine));
  if (silent.length > 0) return { kind: "waiting", text: `not told yet: ${silent.join(", ")}`, probes: silent };
  const failing = running.flatMap((name) => {
    const probe = node.probes.get(name);
    return needed.has(name) && probe?.outcome === Outcome.FAILED ? [probe] : [];
  });
  if (failing.length > 0 && nowMs - sinceMs < patienceMs) {
    const names = failing.map(({ name }) => name);
    return { kind: "waiting", text: `could not be read at first: ${names.join(", ")}`, probes: names };
  }
  return blockedBy(failing.map(obstacleOf), () => ({
    kind: "passed",
    text: `its ${running.length} probes have told what it is made of`,
    evidence: evidenceOfMachine(node.probes),
  }));
}

function isTold(probe: ProbeState | undefined, { nowMs, startedAtMs }: Machine): boolean {
  if (probe === undefined || isRemembered(probe, startedAtMs)) return false;
  return freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs) === "fresh";
}

function obstacleOf({ name, failure }: ProbeState): Obstacle {
  return {
    code: "probe-failing",
    text: `the probe ${name} cannot tell: ${failure?.message ?? "it failed"}`,
    command: `nodekeeper doctor`,
    on: places.node,
    probes: [name],
  };
}

function evidenceOfMachine(probes: ReadonlyMap<string, ProbeState>): readonly StepEvidence[] {
  const values = (probe: string, kind: string) => {
    const state = probes.get(probe);
    return state === undefined
      ? []
      : toldSubjects(state, kind).flatMap(({ value, isAbsent }) => (isAbsent || value === undefined ? [] : [value]));
  };
  const [system] = values("system", "operating_system");
  const [board] = values("system", "board");
  const disks = values("disks", "block_device").filter((value) => value.case === "blockDevice" && value.value.isVirtual !== true);
  const gpus = values("gpu", "gpu").flatMap((value) =>
    value.case === "gpu" ? [value.value.productName || value.value.vendor] : [],
  );
  return evidenceOf({
    system: system?.case === "operatingSystem" ? system.value.prettyName : undefined,
    kernel: system?.case === "operatingSystem" ? system.value.kernelRelease : undefined,
    board: board?.case === "board" ? board.value.productName : undefined,
    physical_disks: disks.length,
    GPUs: gpus.join(", "),
  });
}
