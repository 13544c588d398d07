/** Asks a rule about a machine of which a test says what it reports. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Observation, Outcome, SubjectSchema } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import type { FiringOf, Rule, Verdict } from "../evaluate/rule.ts";
import type { NodeState } from "../state/node-state.ts";
import { type NodeView, viewNode } from "../state/node-view.ts";
import { list, observation } from "./observations.ts";
import { aFinding } from "./rules.ts";
import { connectedNode, observed, startMs } from "./states.ts";

/** A thing of the machine. */
export interface Thing {
  readonly kind: string;
  readonly id?: string;
  readonly value?: NonNullable<MessageInitShape<typeof SubjectSchema>["value"]>;
  readonly samples?: Readonly<Record<string, number>>;
  readonly outcome?: Outcome;
  /** Code of the failure, of a thing that could not be read. */
  readonly failure?: string;
  /** When it was read, in ms before the observation. */
  readonly readBeforeMs?: number;
}

/** What one probe said. */
export interface Said {
  readonly probe?: string;
  readonly things?: readonly Thing[];
  /** Kinds of which the list is whole. */
  readonly whole?: readonly string[];
  /** The run as a whole, where it was not ok. */
  readonly outcome?: Outcome;
  readonly failure?: string;
  /** Default: the start. */
  readonly atMs?: number;
}

/** The machine after its probes said so, one after the other. */
export function machineThatSaid(...said: readonly Said[]): NodeState {
  const probes = [...new Set(said.map(({ probe = "p" }) => probe))].map((name) => ({ name, intervalMs: 60_000 }));
  const connected = connectedNode(startMs, { probes });
  return said.reduce((node, each, index) => observed(node, observationOf(each, index + 1), each.atMs ?? startMs), connected);
}

/** It, looked at so long after the start. */
export function viewAfter(node: NodeState, afterMs = 0): NodeView {
  return viewNode(node, startMs + afterMs);
}

/** What the rule says of it; `firing` is its own firing finding about every subject. */
export function judge(rule: Rule, node: NodeState, afterMs = 0, firing?: Partial<Finding>): readonly Verdict[] {
  const firingOf: FiringOf = () => (firing === undefined ? undefined : aFinding(firing));
  return rule.evaluate(viewAfter(node, afterMs), firingOf);
}

/** Severity of the first that it raises, else "clear" or "hold"; undefined where it says nothing. */
export function severityIn(rule: Rule, verdicts: readonly Verdict[]): string | undefined {
  const verdict = verdicts.find(({ kind }) => kind === "raise") ?? verdicts[0];
  return verdict?.kind === "raise" ? (verdict.severity ?? rule.severity) : verdict?.kind;
}

/** What one probe said, as the observation of that number. */
export function observationOf(
  { probe = "p", things = [], whole = [], outcome = Outcome.OK, failure, atMs = startMs }: Said,
  sequence: number,
): Observation {
  const keys = things.flatMap(({ kind, id = "", samples = {} }) => Object.keys(samples).map((name) => ({ kind, id, name })));
  const sampleValues = things.flatMap(({ samples = {} }) => Object.values(samples));
  const subjects = things.map(({ kind, id = "", value, outcome: own, failure: code, readBeforeMs = 0 }) =>
    create(SubjectSchema, {
      ...{ kind, id, outcome: own ?? (code === undefined ? Outcome.OK : Outcome.FAILED) },
      ...(value === undefined ? {} : { value }),
      ...(code === undefined ? {} : { failure: { code, message: `${code} it is.` } }),
      ...(readBeforeMs === 0 ? {} : { readAtUnixMs: BigInt(atMs - readBeforeMs) }),
    }),
  );
  const facts = { subjects, lists: whole.map((kind) => list(kind, true)), sampleKeys: keys };
  const overrides = {
    ...{ probe, sequence, outcome, sampleValues, observedAtUnixMs: BigInt(atMs) },
    ...(failure === undefined ? {} : { failure: { code: failure, message: `${failure} it is.` } }),
    ...(outcome === Outcome.OK ? {} : { body: { case: undefined } }),
  };
  return observation(facts, overrides);
}
