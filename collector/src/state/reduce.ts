/** (node, event) → node. Pure, and the only writer of the state. */
import { Availability, type Hello, type Loss } from "@nodekeeper/proto";
import { assertNever } from "@nodekeeper/shared";
import type { ConnectedEvent, ContactEvent, DisconnectedEvent, ObservedEvent, StateEvent } from "./event.ts";
import { noIntrusions, withIntrusion } from "./intrusion.ts";
import { unproven } from "./node-proof.ts";
import type { BootSeen, LossState, NodeState, ProbeState } from "./node-state.ts";
import { reduceProbe } from "./reduce-probe.ts";

/** Losses that are remembered of a node, newest first. */
const maximumLosses = 32;
/** Boots that are remembered of a node. */
const maximumBootsSeen = 8;

/** The node after the event; undefined when nobody has met it, or it is forgotten. The same object when nothing changed. */
export function reduce(node: NodeState | undefined, event: StateEvent): NodeState | undefined {
  switch (event.kind) {
    case "connected":
      return connected(node, event);
    case "disconnected":
      return node && disconnected(node, event);
    case "contact":
      return node && contact(node, event);
    case "observed":
      return node && observed(node, event);
    case "inventoried":
      return node && { ...node, inventory: event.inventory };
    case "proven":
      return node && { ...node, proof: event.proof };
    case "intruded":
      return node && { ...node, intrusions: withIntrusion(node.intrusions, event.intrusion, event.count, event.atMs) };
    case "retired":
      return node?.connection.kind === "connected" ? node : undefined;
    default:
      return assertNever(event, "state event");
  }
}

/** True when another machine now bears the name. An agent that cannot say its machine-id proves nothing. */
export function isOtherMachine(node: Pick<NodeState, "machineId">, hello: Pick<Hello, "machineId">): boolean {
  return node.machineId !== "" && hello.machineId !== "" && node.machineId !== hello.machineId;
}

/** A new machine under an old name begins with nothing; the same machine keeps what is known of it. */
function connected(node: NodeState | undefined, event: ConnectedEvent): NodeState {
  const { hello, atMs } = event;
  const known = node === undefined || isOtherMachine(node, hello) ? undefined : node;
  return {
    name: event.node,
    machineId: hello.machineId === "" ? (known?.machineId ?? "") : hello.machineId,
    bootId: hello.bootId,
    bootsSeen: known === undefined ? [] : withBoot(known, hello.bootId, atMs),
    epoch: hello.epoch,
    agentVersion: hello.agentVersion,
    firstSeenAtMs: known?.firstSeenAtMs ?? atMs,
    lastContactAtMs: atMs,
    connection: { kind: "connected", sinceMs: atMs },
    isIntermittent: hello.availability === Availability.INTERMITTENT,
    proof: event.proof ?? unproven,
    intrusions: node?.intrusions ?? noIntrusions,
    runningProbes: hello.probes.map((probe) => probe.name),
    clockSkewMs: known?.clockSkewMs,
    losses: known?.losses ?? [],
    // Of another machine too: its disks may turn up in this one, and what is remembered says whose it is.
    inventory: node?.inventory,
    probes: known === undefined ? new Map() : known.epoch === hello.epoch ? known.probes : withoutSequences(known.probes),
  };
}

/** A boot that was seen before is none that begins: two machines that push each other out look like that, and a kernel's id never comes again. */
function withBoot({ bootId: before, bootsSeen }: NodeState, bootId: string, atMs: number): readonly BootSeen[] {
  const isKnown = bootId === "" || before === "" || bootId === before || bootsSeen.some((boot) => boot.bootId === bootId);
  return isKnown ? bootsSeen : [{ bootId, atMs }, ...bootsSeen].slice(0, maximumBootsSeen);
}

/** Sequences of one epoch say nothing about those of another: whatever the new epoch brings is newer. */
export function withoutSequences(probes: ReadonlyMap<string, ProbeState>): ReadonlyMap<string, ProbeState> {
  return new Map([...probes].map(([name, probe]) => [name, { ...probe, sequence: 0 }]));
}

function disconnected(node: NodeState, event: DisconnectedEvent): NodeState {
  if (event.epoch !== node.epoch) return node;
  // Its last word is not later than its end: our clock may have been set back, and its silence would not count until that time comes again.
  const lastContactAtMs = Math.min(node.lastContactAtMs, event.atMs);
  return { ...node, lastContactAtMs, connection: { kind: "disconnected", sinceMs: event.atMs, goodbye: event.goodbye } };
}

function contact(node: NodeState, event: ContactEvent): NodeState {
  return {
    ...node,
    lastContactAtMs: Math.max(node.lastContactAtMs, event.atMs),
    clockSkewMs: event.clockSkewMs ?? node.clockSkewMs,
    losses: event.losses.length === 0 ? node.losses : withLosses(node.losses, event.losses, event.clockSkewMs ?? 0),
  };
}

/** Agents repeat a loss until it is acknowledged; it is listed once. */
function withLosses(known: readonly LossState[], told: readonly Loss[], skewMs: number): readonly LossState[] {
  const fresh = told
    .map((loss) => ({
      fromMs: Number(loss.fromUnixMs) - skewMs,
      untilMs: Number(loss.untilUnixMs) - skewMs,
      observationCount: loss.observationCount,
      reason: loss.reason,
    }))
    .filter((loss) => !known.some((other) => isSameLoss(loss, other)));
  if (fresh.length === 0) return known;
  return [...fresh, ...known].sort((a, b) => b.untilMs - a.untilMs).slice(0, maximumLosses);
}

/** The two times pass through two measurements of the skew, which differ a little. */
function isSameLoss(a: LossState, b: LossState): boolean {
  const toleranceMs = 60_000;
  return (
    a.reason === b.reason &&
    a.observationCount === b.observationCount &&
    Math.abs(a.fromMs - b.fromMs) < toleranceMs &&
    Math.abs(a.untilMs - b.untilMs) < toleranceMs
  );
}

function observed(node: NodeState, event: ObservedEvent): NodeState {
  const name = event.observation.probe;
  const before = event.epoch === node.epoch ? node.probes.get(name) : undefined;
  if (event.epoch !== node.epoch && node.probes.has(name)) return node;
  const after = reduceProbe(before, event);
  if (after === before) return node;
  return { ...node, probes: new Map(node.probes).set(name, after) };
}
