/**
 * One simulated agent. It behaves as a real one does on the wire: its probes run at their intervals with jitter whether it is connected or not,
 * what is not acknowledged is kept and sent again, newest first, facts go whole until the collector holds them, and it dials again with back-off.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { type ConnectResponse, ConnectResponseSchema, type HelloAck } from "@nodekeeper/proto";
import { wireVersion } from "@nodekeeper/shared";
import type { createDialler, Dialled } from "./dial.ts";
import {
  type EncodedFacts,
  encodeFacts,
  encodeHello,
  encodeObservation,
  encodeReport,
  type SimulatedObservation,
} from "./encode.ts";
import { type MachineProbe, machineOf } from "./machines.ts";
import { readFrames } from "./read-frames.ts";
import type { Schedule } from "./timer-wheel.ts";

/** What all agents of a process count together. */
export interface Tally {
  /** Agents that were let in and are connected. */
  connected: number;
  /** Times that the collector let one in. */
  greetings: number;
  observed: number;
  acknowledged: number;
  rejected: number;
  needFull: number;
  /** Streams that broke, and those that the collector sent away with Reconnect. */
  broken: number;
  sentAway: number;
  /** Kept observations that were dropped because there were too many, and those that a crash took along. */
  lost: number;
  forgotten: number;
  /** Why streams ended, and how often. */
  readonly reasons: Map<string, number>;
  /** From sending to acknowledgement, ms. */
  latenciesMs: number[];
  /** From first dialling to being let in, ms. */
  admissionsMs: number[];
}

/** A machine of the fleet, and what proves who it is. */
export interface Member {
  readonly node: number;
  readonly machineId: string;
  readonly credential: string;
}

/** Told what to do. */
export interface SimulatedAgent {
  /** Dials, and goes on dialling. */
  start(): void;
  /** Loses its connection, as by a crash of its machine, and is back after a while. */
  crash(awayMs: number): void;
}

/** An observation that the collector has not acknowledged. */
interface Kept extends SimulatedObservation {
  readonly probe: number;
  sentAtMs: number;
}

interface RunningProbe {
  readonly probe: MachineProbe;
  generation: number;
  facts: EncodedFacts;
}

const maximumKept = 512;
/** One report. */
const observationsPerReport = 16;
const backoffBaseMs = 500;
const maximumBackoffMs = 30_000;
const oneHourMs = 3_600_000;
/** Longest list of times. */
const maximumTimes = 400_000;

/** Makes the agent of a node; nothing is dialled before `start`. */
export function createSimulatedAgent(
  { node, machineId, credential }: Member,
  dial: ReturnType<typeof createDialler>,
  schedule: Schedule,
  tally: Tally,
): SimulatedAgent {
  const probes: RunningProbe[] = machineOf(node).probes.map((probe) => ({ probe, generation: 0, facts: factsOf(probe, 0) }));
  const kept = new Map<number, Kept>();
  const held = new Set<string>();
  // Clocks of most machines are right to some seconds; of one in a hundred by up to an hour.
  const skewMs = (Math.random() - 0.5) * (node % 100 === 0 ? 2 * oneHourMs : 4_000);
  const bootedMs = Math.random() * 1e9;
  let epoch = newEpoch(node);
  let sequence = 0;
  let dialled: Dialled | undefined;
  let isGreeted = false;
  let greetedAtMs = 0;
  let hasHistory = false;
  let attempt = 0;
  let firstDialAtMs: number | undefined;
  let awayMs: number | undefined;

  function factsOf(probe: MachineProbe, generation: number): EncodedFacts {
    return encodeFacts(probe.facts(node, generation), node, probe.name, generation);
  }

  function uptimeMs(): number {
    return Math.round(bootedMs + performance.now());
  }

  function wallMs(): number {
    return Math.round(Date.now() + skewMs);
  }

  function observe(index: number): void {
    const running = probes[index];
    if (running === undefined) return;
    const { probe } = running;
    schedule(probe.intervalMs * (0.8 + 0.4 * Math.random()), () => observe(index));
    if (Math.random() < probe.changeProbability) {
      running.generation += 1;
      running.facts = factsOf(probe, running.generation);
    }
    sequence += 1;
    tally.observed += 1;
    kept.set(sequence, { sequence, probe: index, observedAtUnixMs: wallMs(), uptimeMs: uptimeMs(), sentAtMs: 0 });
    if (kept.size > maximumKept) loseOldest();
    if (isGreeted) send([sequence], false);
  }

  function loseOldest(): void {
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.delete(oldest)) tally.lost += 1;
  }

  /** In the order of `sequences`, in reports of a bounded size. */
  function send(sequences: readonly number[], mustBeFull: boolean): void {
    for (let from = 0; from < sequences.length; from += observationsPerReport) {
      const encoded: Uint8Array[] = [];
      for (const each of sequences.slice(from, from + observationsPerReport)) {
        const observation = kept.get(each);
        const running = observation && probes[observation.probe];
        if (observation === undefined || running === undefined) continue;
        observation.sentAtMs = performance.now();
        const isFull = mustBeFull || !held.has(running.facts.hash.toString("latin1"));
        encoded.push(encodeObservation(running.probe, running.facts, isFull, observation));
      }
      dialled?.stream.write(encodeReport(encoded, wallMs(), uptimeMs()));
    }
  }

  function connect(): void {
    awayMs = undefined;
    firstDialAtMs ??= performance.now();
    const current = dial(credential, (reason) => {
      if (dialled === current) disconnected(reason);
    });
    dialled = current;
    current.stream.on(
      "data",
      readFrames((message) => handle(fromBinary(ConnectResponseSchema, message).message)),
    );
    const description = probes.map(({ probe: { name, intervalMs } }) => ({
      ...{ name, intervalMs },
      ...{ minimumIntervalMs: 1_000, maximumIntervalMs: oneHourMs },
    }));
    current.stream.write(
      encodeHello({
        ...{ wireVersion, agentVersion: "0.1.0", nodeName: `node-${node}`, machineId, epoch },
        ...{ bootId: `boot-${node}`, probes: description },
      }),
    );
  }

  function handle(message: ConnectResponse["message"]): void {
    switch (message.case) {
      case "helloAck":
        greeted(message.value);
        break;
      case "ack":
        for (const { first, last } of message.value.ranges) for (let each = first; each <= last; each += 1) acknowledged(each);
        sendHistory();
        tally.rejected += message.value.rejections.length;
        break;
      case "needFull":
        tally.needFull += 1;
        for (const { first, last } of message.value.ranges) {
          send(
            Array.from({ length: last - first + 1 }, (_, index) => first + index),
            true,
          );
        }
        break;
      case "reconnect":
        tally.sentAway += 1;
        awayMs = message.value.afterMs;
        dialled?.stream.end();
        break;
      default: // nothing that would change what is sent
    }
  }

  function greeted(ack: HelloAck): void {
    isGreeted = true;
    greetedAtMs = performance.now();
    attempt = 0;
    tally.connected += 1;
    tally.greetings += 1;
    if (firstDialAtMs !== undefined && tally.admissionsMs.length < maximumTimes) {
      tally.admissionsMs.push(performance.now() - firstDialAtMs);
    }
    firstDialAtMs = undefined;
    held.clear();
    for (const { factsHash } of ack.held) held.add(Buffer.from(factsHash).toString("latin1"));
    for (const { first, last } of ack.acknowledged)
      for (const each of kept.keys()) if (each >= first && each <= last) kept.delete(each);
    const newest = new Map([...kept].map(([each, { probe }]) => [probe, each]));
    send([...newest.values()], false);
    hasHistory = true;
  }

  /** History goes when the newest state is acknowledged: the collector has the facts then, and they are not sent with each. */
  function sendHistory(): void {
    if (!hasHistory) return;
    hasHistory = false;
    send(
      [...kept.values()]
        .filter(({ sentAtMs }) => sentAtMs < greetedAtMs)
        .map((each) => each.sequence)
        .reverse(),
      false,
    );
  }

  function acknowledged(each: number): void {
    const observation = kept.get(each);
    if (observation === undefined) return;
    kept.delete(each);
    tally.acknowledged += 1;
    const hash = probes[observation.probe]?.facts.hash;
    if (hash !== undefined) held.add(hash.toString("latin1"));
    if (held.size > 4 * probes.length) held.clear(); // of facts that have changed since; the collector forgets them too
    if (tally.latenciesMs.length < maximumTimes) tally.latenciesMs.push(performance.now() - observation.sentAtMs);
  }

  function disconnected(reason: string): void {
    dialled = undefined;
    if (isGreeted) tally.connected -= 1;
    isGreeted = false;
    attempt += 1;
    if (awayMs === undefined) {
      tally.broken += 1;
      tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
    }
    const backoffMs = Math.min(maximumBackoffMs, attempt ** 2 * backoffBaseMs) * (0.5 + Math.random());
    schedule(awayMs ?? backoffMs, connect);
  }

  return {
    start() {
      probes.forEach(({ probe }, index) => {
        sequence += 1;
        tally.observed += 1;
        kept.set(sequence, { sequence, probe: index, observedAtUnixMs: wallMs(), uptimeMs: uptimeMs(), sentAtMs: 0 });
        schedule(probe.intervalMs * Math.random(), () => observe(index));
      });
      connect();
    },
    crash(forMs) {
      const current = dialled;
      if (current === undefined) return;
      awayMs = forMs;
      epoch = newEpoch(node);
      tally.forgotten += kept.size;
      kept.clear();
      sequence = 0;
      current.destroy();
    },
  };
}

let births = 0;

function newEpoch(node: number): string {
  births += 1;
  return `epoch-${node}-${births}-${Math.random().toString(36).slice(2)}`;
}
