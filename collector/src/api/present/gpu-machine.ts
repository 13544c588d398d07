/** A machine with a GPU that computes. */
import { textField } from "@nodekeeper/shared/fields";
import { canCompute } from "@nodekeeper/shared/readings";
import { awayText } from "../../evaluate/verdict.ts";
import type { GpuMachine } from "../../routing/gpu-availability.ts";
import type { Reservations } from "../../routing/reservations.ts";
import { gpuFacts, gpuKinds } from "../../state/machine-facts.ts";
import type { NodeState } from "../../state/node-state.ts";
import { nodeFreshness } from "../../state/node-view.ts";

const kinds: ReadonlySet<string> = new Set([...gpuKinds, "ollama_model"]);

/** What is told of it beside the state. */
export interface GpuMachineSources {
  readonly reservations: Pick<Reservations, "of">;
  readonly nowMs: number;
}

/** Undefined where none of its GPUs computes. */
export function gpuMachineOf(node: NodeState, { reservations, nowMs }: GpuMachineSources): GpuMachine | undefined {
  const facts = gpuFacts(node, kinds, nowMs);
  if (!facts.subjects.some((subject) => subject.kind === "gpu" && canCompute(textField(subject, "vendor")))) return undefined;
  const freshness = nodeFreshness(node, nowMs);
  const away = awayText({ node, nowMs, freshness });
  const reservation = reservations.of(node.name);
  return {
    ...{ node: node.name, freshness, facts },
    ...(away === undefined ? {} : { away }),
    ...(reservation === undefined ? {} : { reservation }),
  };
}
