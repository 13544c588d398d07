/** A policy without a collector: checked, and tried on what the probes of a machine say. The one door of this folder for the CLI. */
import { create, type DescField, type JsonValue, toJson } from "@bufbuild/protobuf";
import { FactsSchema, NodeFactsSchema, ObservationSchema, Outcome, type Subject, type SubjectList } from "@nodekeeper/proto";
import type { NodeState, ProbeState } from "../state/node-state.ts";
import { reduceProbe } from "../state/reduce-probe.ts";
import { builtInPolicy } from "./built-in.ts";
import { decideDiskTags, decideNodeTags } from "./decide-tags.ts";
import type { Decided, Expression } from "./expression.ts";
import type { FactGroup, KnownFacts } from "./known-facts.ts";
import { knownFactsOf } from "./known-facts-of.ts";
import type { Policy } from "./policy.ts";
import { type ReadPolicy, readPolicy } from "./read-policy.ts";
import { readPolicyText } from "./read-policy-text.ts";

export { builtInPolicyText } from "./built-in.ts";
export type { KnownFacts } from "./known-facts.ts";

/** What one probe said of a machine just now. */
export interface ProbeWord {
  readonly probe: string;
  readonly outcome: "ok" | "absent" | "failed";
  readonly failure?: { readonly code: string; readonly message: string };
  readonly payload?: { readonly subjects: readonly Subject[]; readonly lists: readonly SubjectList[] };
}

/** One rule of a policy on one machine. */
export interface Trial {
  readonly kind: "label" | "taint" | "node-tag" | "disk-tag";
  /** With the domain; of a taint with value and effect; the tag. */
  readonly key: string;
  /** Id of the disk that a disk-tag is of. */
  readonly disk?: string;
  readonly place: string;
  readonly expression: string;
  readonly decided: Decided;
}

/** Facts by the names of their groups, and by their path why something is not known. */
export interface PlainFacts {
  readonly facts: Readonly<Record<string, JsonValue>>;
  readonly unknown: Readonly<Record<string, string>>;
}

/** Reads a policy file; throws CONFIG_INVALID where it cannot be read at all. */
export async function readPolicyFile(file: string): Promise<ReadPolicy> {
  return readPolicy(await readPolicyText(file), { source: file, builtIn: builtInPolicy });
}

/** The facts of a machine as a policy sees them; everything was read just now. A machine alone says nothing of the cluster. */
export function factsOfMachine(name: string, words: readonly ProbeWord[], nowMs: number): KnownFacts {
  const probes = new Map(words.map((word) => [word.probe, probeState(word, name, nowMs)]));
  const known = knownFactsOf({ node: nodeState(name, probes, nowMs), clusterNode: undefined, nowMs, startedAtMs: 0 });
  const { read } = known.groups.cluster;
  const reason = "only the cluster tells of its Node, and it is not asked here";
  return { ...known, groups: { ...known.groups, cluster: { kind: "unknown", reason, read } } };
}

/** What a policy makes of a machine: its labels, its taints, the tags of its node in Longhorn, and those of a disk of Longhorn on each of its disks. */
export function tryPolicy({ domain, labels, taints, storage }: Policy, facts: KnownFacts): readonly Trial[] {
  return [
    ...labels.map(({ key, value }) => trial("label", `${domain}/${key}`, value, value.evaluate(facts))),
    ...taints.map(({ key, value, effect, when }) =>
      trial("taint", `${domain}/${key}${value === "" ? "" : `=${value}`}:${effect}`, when, when.evaluate(facts)),
    ),
    ...decideNodeTags(storage, facts).map(({ tag, expression, decided }) => trial("node-tag", tag, expression, decided)),
    ...facts.facts.disks.flatMap(({ id }) =>
      decideDiskTags(storage, facts, [id]).map(({ tag, expression, decided }) => ({
        ...trial("disk-tag", tag, expression, decided),
        disk: id,
      })),
    ),
  ];
}

/** Facts as plain data, named as expressions name them; and why the rest is not known. */
export function plainFacts({ facts, groups }: KnownFacts): PlainFacts {
  const json = toJson(NodeFactsSchema, facts, { useProtoFieldName: true, alwaysEmitImplicit: true });
  const all = json as Readonly<Record<string, JsonValue>>; // the text of a message is an object
  const known: Record<string, JsonValue> = {};
  const unknown: Record<string, string> = {};
  for (const field of NodeFactsSchema.fields) {
    if (field.localName === "disk") continue; // one of the disks, each at its time
    const state = groups[field.localName as FactGroup]; // the fields of NodeFacts are what FactGroup is made of
    if (state.kind === "unknown") {
      unknown[field.name] = state.reason;
      continue;
    }
    known[field.name] = all[field.name] ?? null;
    for (const path of unsetFields(field, all[field.name], field.name)) unknown[path] = "nothing tells it";
    for (const [name, reason] of Object.entries(state.gaps ?? {})) unknown[`${field.name}.${name}`] = reason;
  }
  return { facts: known, unknown };
}

/** Paths of the fields of a group, or of its things, that are unset. */
function unsetFields(group: DescField, value: JsonValue | undefined, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => unsetFields(group, each, `${path}[${index}]`));
  if (group.message === undefined || typeof value !== "object" || value === null) return [];
  return group.message.fields.filter(({ name }) => !Object.hasOwn(value, name)).map(({ name }) => `${path}.${name}`);
}

function trial(kind: Trial["kind"], key: string, { place, text }: Expression, decided: Decided): Trial {
  return { kind, key, place, expression: text, decided };
}

const outcomes = { ok: Outcome.OK, absent: Outcome.ABSENT, failed: Outcome.FAILED } as const;

function probeState({ probe, outcome, failure, payload }: ProbeWord, node: string, nowMs: number): ProbeState {
  const observation = create(ObservationSchema, {
    probe,
    sequence: 1,
    observedAtUnixMs: BigInt(nowMs),
    intervalMs: 60_000,
    outcome: outcomes[outcome],
    ...(failure === undefined ? {} : { failure }),
    ...(payload === undefined
      ? {}
      : { body: { case: "full", value: create(FactsSchema, { subjects: [...payload.subjects], lists: [...payload.lists] }) } }),
  });
  return reduceProbe(undefined, { kind: "observed", node, epoch: "", observation, observedAtMs: nowMs, receivedAtMs: nowMs });
}

/** Whoever tries a policy on a machine vouches for it. */
function nodeState(name: string, probes: ReadonlyMap<string, ProbeState>, nowMs: number): NodeState {
  return {
    ...{ name, machineId: "", bootId: "", bootsSeen: [], epoch: "", agentVersion: "" },
    ...{ firstSeenAtMs: nowMs, lastContactAtMs: nowMs, connection: { kind: "connected", sinceMs: nowMs } },
    ...{ isIntermittent: false, proof: { state: "proven", by: "credential" }, intrusions: [], runningProbes: undefined },
    ...{ clockSkewMs: 0, losses: [], inventory: undefined, probes },
  };
}
