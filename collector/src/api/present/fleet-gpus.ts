/** The GPUs of all nodes, with who holds their memory and what Ollama has loaded beside them. */
import type { FleetGpu, FleetGpuList, FleetOllama } from "@nodekeeper/shared/api";
import { numberField } from "@nodekeeper/shared/fields";
import { gpuReadings, gpuSlowedText, type MachineFacts, memoryShares } from "@nodekeeper/shared/readings";
import { awayText } from "../../evaluate/verdict.ts";
import { hasGpu } from "../../routing/has-gpu.ts";
import type { Reservations } from "../../routing/reservations.ts";
import { gpuKinds, machineFacts } from "../../state/machine-facts.ts";
import type { NodeState } from "../../state/node-state.ts";
import { type NodeView, viewNode } from "../../state/node-view.ts";
import { nodeGpus } from "./node-gpus.ts";

/** What is told of them beside the state. */
export interface FleetGpuSources {
  readonly reservations: Pick<Reservations, "of">;
  readonly nowMs: number;
}

/** Makes the body; a node without a GPU costs one look. */
export function fleetGpus(nodes: readonly NodeState[], sources: FleetGpuSources): FleetGpuList {
  const machines = nodes
    .filter(hasGpu)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((node) => machineOf(viewNode(node, sources.nowMs), sources))
    .filter(({ gpus }) => gpus.length > 0);
  return { gpus: machines.flatMap(({ gpus }) => gpus), ollamas: machines.flatMap(({ ollama }) => ollama) };
}

function machineOf(
  view: NodeView,
  { reservations }: FleetGpuSources,
): { readonly gpus: readonly FleetGpu[]; readonly ollama: readonly FleetOllama[] } {
  const { node, freshness } = view;
  const { name } = node;
  const reservation = reservations.of(name);
  const away = awayText(view);
  const told = {
    ...{ node: name, freshness },
    ...(away === undefined ? {} : { away }),
    ...(reservation === undefined ? {} : { reservation }),
  };
  const { gpus, ollama, loadedModels } = nodeGpus(view, undefined);
  const numbers: ReadonlyMap<string, Numbers> = away === undefined ? numbersById(machineFacts(view, gpuKinds)) : new Map();
  const isRunning = ollama?.isRunning;
  return {
    gpus: gpus.map((gpu) => ({ ...gpu, memory: [], ...numbers.get(gpu.id), ...told })),
    ollama:
      ollama === undefined && loadedModels.length === 0
        ? []
        : [{ node: name, ...(isRunning === undefined ? {} : { isRunning }), loadedModels }],
  };
}

type Numbers = Pick<
  FleetGpu,
  "memory" | "utilizationPercent" | "temperatureCelsius" | "powerWatts" | "powerLimitWatts" | "slowed"
>;

/** Of those that are read now: numbers of one that sleeps, or is away, would look like numbers of now. */
function numbersById(facts: MachineFacts): ReadonlyMap<string, Numbers> {
  const read = gpuReadings(facts).filter(
    ({ isAsleep, status }) => !isAsleep && status?.outcome === "ok" && status.freshness === "fresh",
  );
  return new Map(
    read.map((gpu) => {
      const { utilization_percent: busy, temperature_celsius: celsius, power_watts: watts } = gpu.status?.samples ?? {};
      const limitWatts = gpu.status === undefined ? undefined : numberField(gpu.status, "powerLimitWatts");
      const slowed = gpuSlowedText(gpu.status);
      const numbers: Numbers = {
        memory: [...memoryShares(gpu, facts)],
        ...(busy === undefined ? {} : { utilizationPercent: busy }),
        ...(celsius === undefined ? {} : { temperatureCelsius: celsius }),
        ...(watts === undefined ? {} : { powerWatts: watts }),
        ...(limitWatts === undefined ? {} : { powerLimitWatts: limitWatts }),
        ...(slowed === "" ? {} : { slowed }),
      };
      return [gpu.id, numbers] as const;
    }),
  );
}
