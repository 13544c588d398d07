/** The way that every condition is judged: the node, then what is surely bad, then whether enough is known to say that all is well. */
import type { FactRead, Finding } from "@nodekeeper/shared/api";
import type { NodeState, ProbeState } from "../../../state/node-state.ts";
import type { World } from "../../world.ts";
import type { Fault, Judgement, PlainReason } from "../condition.ts";
import { findFaults } from "./faults.ts";
import { nodeStanding } from "./node-standing.ts";
import { type ProbeNeed, probeStanding } from "./probe-standing.ts";

/** What makes up a condition. */
export interface Grounds {
  readonly faults: readonly Fault[];
  /** Probes without which neither True nor an absence may be said. */
  readonly needs: readonly ProbeNeed[];
  /** Asked when no finding speaks against it, and all that is needed is known. */
  conclude(known: Known): Judgement;
}

/** All that is needed, known. */
export interface Known {
  readonly world: World;
  readonly node: NodeState;
  readonly findings: readonly Finding[];
  readonly facts: readonly FactRead[];
  /** Undefined: it looked, and the machine has nothing of the kind. */
  probe(name: string): ProbeState | undefined;
}

/** Judges a node. */
export function judgeNode(world: World, key: string, { faults, needs, conclude }: Grounds): Judgement {
  const standing = nodeStanding(world, key);
  if (standing.kind === "judged") return standing.judgement;
  const { node } = standing;
  const findings = world.findings(key);
  const found = findFaults(faults, findings);
  if (found.kind === "bad") return found.judgement;

  const probes = new Map<string, ProbeState>();
  const facts: FactRead[] = [];
  for (const need of needs) {
    const heard = probeStanding(world, node, need);
    if (heard.kind === "judged") {
      // A disk that fails and then cannot be read at all is no better than before.
      return found.kind === "unsure" && isUnread(heard.judgement) ? found.judgement : heard.judgement;
    }
    if (heard.kind === "heard") probes.set(need.name, heard.probe);
    facts.push(heard.fact);
  }
  if (found.kind === "unsure") return found.judgement;
  return conclude({ world, node, findings, facts, probe: (name) => probes.get(name) });
}

/** Well, as far as anybody can tell. */
export function well(message: string, facts: readonly FactRead[], reason: PlainReason = "NoFaultKnown"): Judgement {
  return { kind: "status", status: "True", reason, message, facts };
}

function isUnread(judgement: Judgement): boolean {
  return judgement.kind === "status" && judgement.reason === "ProbeFailing";
}
