/** A machine that reports: events for the state holder, as ingest would make them of an agent's observations. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  Availability,
  FactsSchema,
  FailureSchema,
  HelloSchema,
  type Observation,
  ObservationSchema,
  Outcome,
  type Subject,
  SubjectSchema,
} from "@nodekeeper/proto";
import type { StateEvent } from "../../state/event.ts";

/** A subject and its numbers. */
export interface Reading {
  readonly subject: Subject;
  readonly samples: Readonly<Record<string, number>>;
}

/** The agent of one machine. Sequences grow with each observation. */
export class Machine {
  readonly name: string;
  readonly #probes: readonly string[];
  readonly #availability: Availability;
  #sequence = 0;

  constructor(
    name: string,
    probes: readonly string[] = ["system", "disks", "sensors"],
    availability: "always" | "intermittent" = "always",
  ) {
    this.name = name;
    this.#probes = probes;
    this.#availability = availability === "always" ? Availability.ALWAYS : Availability.INTERMITTENT;
  }

  connect(atMs: number): StateEvent {
    const hello = create(HelloSchema, {
      wireVersion: 1,
      agentVersion: "0.1.0",
      nodeName: this.name,
      machineId: `machine-${this.name}`,
      bootId: "boot-1",
      epoch: "epoch-1",
      availability: this.#availability,
      probes: this.#probes.map((name) => ({ name, intervalMs: 60_000 })),
    });
    return { kind: "connected", node: this.name, hello, atMs };
  }

  disconnect(atMs: number, goodbye?: string): StateEvent {
    return { kind: "disconnected", node: this.name, epoch: "epoch-1", goodbye, atMs };
  }

  contact(atMs: number): StateEvent {
    return { kind: "contact", node: this.name, clockSkewMs: 12, losses: [], atMs };
  }

  /** A run of a probe that read these; `incomplete` are kinds whose list is not whole, `empty` those whose list may have nothing in it. */
  observe(
    probe: string,
    readings: readonly Reading[],
    atMs: number,
    incomplete: readonly string[] = [],
    empty: readonly string[] = [],
  ): StateEvent {
    const keys = readings.flatMap(({ subject, samples }) =>
      Object.keys(samples).map((name) => ({ kind: subject.kind, id: subject.id, name })),
    );
    const kinds = [...new Set([...readings.map(({ subject }) => subject.kind), ...incomplete, ...empty])];
    const facts = create(FactsSchema, {
      subjects: readings.map((reading) => reading.subject),
      lists: kinds.map((kind) => ({
        kind,
        isComplete: !incomplete.includes(kind),
        ...(incomplete.includes(kind) ? { failure: { code: "HOST_PERMISSION_DENIED", message: "cannot list /sys" } } : {}),
      })),
      sampleKeys: keys,
    });
    const sampleValues = readings.flatMap(({ samples }) => Object.values(samples));
    return this.#observed(probe, { outcome: Outcome.OK, body: { case: "full", value: facts }, sampleValues }, atMs);
  }

  /** A run of a probe that failed as a whole. */
  fail(probe: string, message: string, atMs: number): StateEvent {
    const failure = create(FailureSchema, { code: "PROBE_TIMEOUT", message });
    return this.#observed(probe, { outcome: Outcome.FAILED, failure }, atMs);
  }

  #observed(probe: string, part: Partial<Omit<Observation, "$typeName">>, atMs: number): StateEvent {
    this.#sequence += 1;
    const observation = create(ObservationSchema, {
      probe,
      sequence: this.#sequence,
      observedAtUnixMs: BigInt(atMs),
      intervalMs: 60_000,
      durationMs: 7,
      factsHash: new Uint8Array([this.#sequence % 256]),
      ...part,
    });
    return { kind: "observed", node: this.name, epoch: "epoch-1", observation, observedAtMs: atMs, receivedAtMs: atMs + 5 };
  }
}

/** The value of a subject, as `create` takes it. */
export type ValueInit = NonNullable<MessageInitShape<typeof SubjectSchema>["value"]>;

/** A subject that was read. */
export function aReading(kind: string, id: string, value: ValueInit, samples: Readonly<Record<string, number>> = {}): Reading {
  return { subject: create(SubjectSchema, { kind, id, outcome: Outcome.OK, value }), samples };
}

/** A subject that could not be read. */
export function aFailedReading(kind: string, id: string, message: string, code = "HOST_READ_FAILED"): Reading {
  const failure = { code, message };
  return { subject: create(SubjectSchema, { kind, id, outcome: Outcome.FAILED, failure }), samples: {} };
}
