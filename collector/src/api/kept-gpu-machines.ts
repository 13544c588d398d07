/**
 * Machines with a GPU, as many answers need them. Each is kept as long as what it is made of stays the same: in a large fleet a few machines of all said
 * something since somebody last asked, and most of what they say has nothing to do with GPUs.
 */
import type { Turns } from "@nodekeeper/shared";
import type { GpuReservation } from "@nodekeeper/shared/api";
import type { GpuMachine } from "../routing/gpu-availability.ts";
import { hasGpu } from "../routing/has-gpu.ts";
import type { Reservations } from "../routing/reservations.ts";
import type { Freshness } from "../state/freshness.ts";
import type { StateHolder } from "../state/holder.ts";
import type { NodeState, ProbeState } from "../state/node-state.ts";
import { nodeFreshness } from "../state/node-view.ts";
import { gpuMachineOf } from "./present/gpu-machine.ts";

/** A machine at the moment when it was looked at. It never changes. */
export interface KeptGpuMachine {
  readonly node: NodeState;
  readonly nowMs: number;
  /** Undefined: none of its GPUs computes. */
  readonly machine: GpuMachine | undefined;
}

/** What they are made of. */
export interface KeptGpuMachinesOptions {
  readonly state: Pick<StateHolder, "nodes">;
  readonly reservations: Pick<Reservations, "of">;
}

/** Looks again at what changed, and gives all: the same array, of the same machines, while nothing did. */
export type LookAtGpuMachines = (nowMs: number, turns: Turns) => Promise<readonly KeptGpuMachine[]>;

/** What a machine was made of. */
interface Sources {
  readonly gpu: ProbeState | undefined;
  readonly ollama: ProbeState | undefined;
  readonly freshness: Freshness;
  /** It says that it goes while its last word is still fresh. */
  readonly connection: NodeState["connection"]["kind"];
  readonly reservation: GpuReservation | undefined;
}

/** Ages pass without any change: what is said of them is at most so old. Agents speak of their GPUs every 15 s anyway. */
const keptMs = 5_000;

/** Nothing was looked at yet. */
export function createKeptGpuMachines({ state, reservations }: KeptGpuMachinesOptions): LookAtGpuMachines {
  let kept: ReadonlyMap<string, KeptGpuMachine & Sources> = new Map();
  let all: readonly KeptGpuMachine[] = [];

  function lookAt(node: NodeState, nowMs: number): KeptGpuMachine & Sources {
    const known = kept.get(node.name);
    const sources: Sources = {
      gpu: node.probes.get("gpu"),
      ollama: node.probes.get("ollama"),
      freshness: nodeFreshness(node, nowMs),
      connection: node.connection.kind,
      reservation: reservations.of(node.name),
    };
    const isOfNow = known !== undefined && nowMs >= known.nowMs && nowMs - known.nowMs < keptMs;
    if (isOfNow && isSame(known, sources)) return known;
    return { node, nowMs, machine: gpuMachineOf(node, { reservations, nowMs }), ...sources };
  }

  return async (nowMs, turns) => {
    const found = new Map<string, KeptGpuMachine & Sources>();
    for (const node of state.nodes()) {
      if (turns.isOver()) await turns.next();
      if (hasGpu(node)) found.set(node.name, lookAt(node, nowMs));
    }
    kept = found;
    const now = [...found.values()];
    if (now.length !== all.length || now.some((machine, index) => machine !== all[index])) all = now;
    return all;
  };
}

function isSame(a: Sources, b: Sources): boolean {
  const isToldSame = a.gpu === b.gpu && a.ollama === b.ollama;
  return isToldSame && a.freshness === b.freshness && a.connection === b.connection && a.reservation === b.reservation;
}
