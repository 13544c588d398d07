/**
 * An agent of the week, as far as the collector sees one: probes at their intervals with jitter, a spool that keeps what is not acknowledged, facts whole
 * once and by their hash after that, a Goodbye when it leaves, and a new boot when its machine was off.
 */
import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  Availability,
  type Facts,
  FactsSchema,
  type Hello,
  HelloSchema,
  type Observation,
  ObservationSchema,
  Outcome,
  type Report,
  ReportSchema,
  UnchangedSchema,
} from "../../proto/src/index.ts";
import type { Fault } from "./faults.ts";
import { isGameAt, modelUntilMs } from "./life.ts";
import type { Machine, MachineName } from "./machines.ts";
import { type NumberKey, numberOf } from "./numbers.ts";
import { type Moment, readingOf } from "./readings.ts";
import type { Found } from "./recorded.ts";

/** Intervals of the agent's probes, as they are by default (agent/src/probes). */
const intervalsMs: Readonly<Record<string, number>> = {
  ...{ system: 15_000, tailscale: 15_000, ollama: 15_000, gpu: 15_000, "raspberry-pi": 15_000, network: 30_000 },
  ...{
    time: 60_000,
    kubernetes: 60_000,
    sensors: 60_000,
    disks: 60_000,
    "kernel-log": 60_000,
    smart: 300_000,
    longhorn: 300_000,
  },
};
/** A GPU that nobody uses is read so seldom that it can fall asleep. */
const idleGpuMs = 60_000;
/** The shortest of them: so often the agent has something to say. */
const stepMs = 15_000;

interface KnownFacts {
  readonly facts: Facts | undefined;
  readonly hash: Uint8Array;
  readonly keys: readonly NumberKey[];
}

interface Spooled {
  readonly observation: Observation;
  readonly facts: Facts | undefined;
  isSent: boolean;
}

/** One agent and the machine under it. */
export class SimulatedAgent {
  readonly machine: Machine;
  /** What is broken of its machine now. */
  fault: Fault | undefined;
  isConnected = false;
  /** When it observes next. */
  nextMs: number;
  readonly #random: () => number;
  readonly #dueMs = new Map<string, number>();
  readonly #facts = new Map<string, KnownFacts & { readonly key: string }>();
  /** By probe, the hash that the collector holds as far as the agent knows. */
  #held = new Map<string, string>();
  readonly #spool = new Map<number, Spooled>();
  readonly #bornMs: number;
  #boot = 1;
  #bootedAtMs: number;
  #sequence = 0;
  #version = "0.7.0";

  constructor(machine: Machine, nowMs: number, random: () => number) {
    this.machine = machine;
    this.#random = random;
    this.#bornMs = nowMs;
    this.#bootedAtMs = nowMs - 9 * 24 * 3_600_000;
    this.nextMs = nowMs + Math.round(random() * stepMs);
  }

  get name(): MachineName {
    return this.machine.name;
  }

  /** Observations that are not acknowledged. */
  get waiting(): number {
    return this.#spool.size;
  }

  hello(): Hello {
    const probes = Object.entries(intervalsMs).map(([name, intervalMs]) => ({ name, intervalMs }));
    return create(HelloSchema, {
      ...{ wireVersion: 1, agentVersion: this.#version, nodeName: this.name, machineId: this.machine.machineId },
      ...{ bootId: this.#bootId, epoch: `${this.name}-${this.#bornMs}`, probes },
      availability: this.machine.isIntermittent ? Availability.INTERMITTENT : Availability.ALWAYS,
    });
  }

  /** A stream is open; the collector holds these facts. Whatever was sent and not acknowledged is sent again. */
  greeted(held: ReadonlyMap<string, string>): void {
    this.isConnected = true;
    this.#held = new Map(held);
    for (const entry of this.#spool.values()) entry.isSent = false;
  }

  /** Its machine starts. */
  boot(nowMs: number): void {
    this.#boot += 1;
    this.#bootedAtMs = nowMs - 25_000;
    for (const [sequence, entry] of this.#spool) {
      this.#spool.set(sequence, { ...entry, observation: { ...entry.observation, isFromEarlierBoot: true } });
    }
    this.restart(nowMs);
  }

  /** It starts: all probes run at once. */
  restart(nowMs: number): void {
    this.#dueMs.clear();
    this.nextMs = nowMs;
  }

  upgrade(): void {
    this.#version = "0.7.1";
  }

  /** Runs the probes whose time has come. */
  observe(nowMs: number, off: ReadonlySet<MachineName>): void {
    const moment: Moment = {
      ...{ machine: this.machine, nowMs, off, fault: this.fault },
      ...{ bootedAtMs: this.#bootedAtMs, bootId: this.#bootId },
    };
    for (const [probe, usualMs] of Object.entries(intervalsMs)) {
      if ((this.#dueMs.get(probe) ?? 0) > nowMs) continue;
      const intervalMs = probe === "gpu" && !this.#isGpuUsed(nowMs) ? idleGpuMs : usualMs;
      // What is due at every step has its jitter from the step.
      if (intervalMs > stepMs) this.#dueMs.set(probe, nowMs + this.#jittered(intervalMs) - stepMs / 2);
      this.#spoolOne(probe, intervalMs, moment);
    }
    this.nextMs = nowMs + this.#jittered(stepMs);
  }

  /** All that was not sent on this stream, newest first; undefined: nothing. */
  report(nowMs: number): Report | undefined {
    const entries = [...this.#spool.values()].filter(({ isSent }) => !isSent).reverse();
    if (entries.length === 0) return undefined;
    const observations = entries.map((entry) => {
      entry.isSent = true;
      return this.#onTheWire(entry);
    });
    return create(ReportSchema, { observations, sentAtUnixMs: BigInt(nowMs), sentUptimeMs: this.#uptimeMs(nowMs) });
  }

  acknowledged(sequences: Iterable<number>): void {
    for (const sequence of sequences) this.#spool.delete(sequence);
  }

  /** The collector does not hold the facts of these. */
  neededFull(probe: string): void {
    this.#held.delete(probe);
    for (const entry of this.#spool.values()) if (entry.observation.probe === probe) entry.isSent = false;
  }

  #spoolOne(probe: string, intervalMs: number, moment: Moment): void {
    const { nowMs } = moment;
    const reading = readingOf(probe, moment);
    const known = this.#facts.get(probe);
    const current = known?.key === reading.key ? known : { ...factsOf(reading.make()), key: reading.key };
    this.#facts.set(probe, current);
    this.#sequence += 1;
    const observation = create(ObservationSchema, {
      ...{ probe, sequence: this.#sequence, observedAtUnixMs: BigInt(nowMs), uptimeMs: this.#uptimeMs(nowMs), intervalMs },
      ...{ durationMs: 4, outcome: current.facts === undefined ? Outcome.ABSENT : Outcome.OK, factsHash: current.hash },
      sampleValues: current.keys.map((key) => numberOf(key, moment, this.#random)),
    });
    this.#spool.set(this.#sequence, { observation, facts: current.facts, isSent: false });
  }

  #onTheWire({ observation, facts }: Spooled): Observation {
    if (facts === undefined) return observation;
    const hash = hex(observation.factsHash);
    if (this.#held.get(observation.probe) === hash) {
      return { ...observation, body: { case: "unchanged", value: create(UnchangedSchema) } };
    }
    this.#held.set(observation.probe, hash);
    return { ...observation, body: { case: "full", value: facts } };
  }

  #isGpuUsed(nowMs: number): boolean {
    return modelUntilMs(this.name, nowMs) !== undefined || (this.name === "siberian" && isGameAt(nowMs));
  }

  #uptimeMs(nowMs: number): bigint {
    return BigInt(Math.round(nowMs - this.#bootedAtMs));
  }

  get #bootId(): string {
    return `${this.machine.machineId.slice(0, 8)}-0000-4000-8000-${String(this.#boot).padStart(12, "0")}`;
  }

  #jittered(intervalMs: number): number {
    return Math.round(intervalMs * (0.8 + 0.4 * this.#random()));
  }
}

/** A hash as a text. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function factsOf(found: Found | undefined): KnownFacts {
  if (found === undefined) return { facts: undefined, hash: new Uint8Array(), keys: [] };
  const { things, lists } = found;
  const keys = things.flatMap(({ subject: { kind, id }, samples }) =>
    Object.entries(samples).map(([name, recorded]) => ({ kind, id, name, recorded })),
  );
  const facts = create(FactsSchema, {
    subjects: things.map(({ subject }) => subject),
    lists: [...lists],
    sampleKeys: keys.map(({ kind, id, name }) => ({ kind, id, name })),
  });
  const text = JSON.stringify([facts.subjects, facts.lists, facts.sampleKeys], (_, value) =>
    typeof value === "bigint" ? `${value}` : value,
  );
  return { facts, hash: Uint8Array.from(createHash("sha256").update(text).digest().subarray(0, 16)), keys };
}
