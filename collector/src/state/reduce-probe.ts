/** (probe, observation) → probe. Pure. */
import type { Facts } from "@nodekeeper/proto";
import type { ObservedEvent } from "./event.ts";
import type { ListState, ProbeState } from "./node-state.ts";
import { noSubjects, reduceSubjects } from "./reduce-subjects.ts";

const noLists: ReadonlyMap<string, ListState> = new Map();

/**
 * The probe after one more observation; the same object when the observation is older than what is known. An observation without
 * facts (failed) changes no subject: it only says that nothing could be told.
 */
export function reduceProbe(before: ProbeState | undefined, event: ObservedEvent): ProbeState {
  const { observation } = event;
  if (before !== undefined && observation.sequence <= before.sequence) return before;
  const facts = observation.body.case === "full" ? observation.body.value : undefined;
  const isSame = facts === undefined || facts === before?.subjects.reading?.facts;
  return {
    name: observation.probe,
    intervalMs: observation.intervalMs,
    sequence: observation.sequence,
    observedAtMs: event.observedAtMs,
    receivedAtMs: event.receivedAtMs,
    outcome: observation.outcome,
    failure: observation.failure,
    durationMs: observation.durationMs,
    factsHash: isSame ? (before?.factsHash ?? "") : hex(observation.factsHash),
    lists: isSame ? (before?.lists ?? noLists) : listsOf(facts),
    subjects: reduceSubjects(before?.subjects ?? noSubjects, facts, event),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function listsOf(facts: Facts): ReadonlyMap<string, ListState> {
  return new Map(facts.lists.map((list) => [list.kind, { kind: list.kind, isComplete: list.isComplete, failure: list.failure }]));
}
