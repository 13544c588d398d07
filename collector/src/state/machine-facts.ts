/** A node's facts as readings take them (@nodekeeper/shared/readings): those of some kinds only, since a node may have thousands. */
import type { MachineFacts } from "@nodekeeper/shared/readings";
import type { NodeState } from "./node-state.ts";
import { type NodeView, viewNode } from "./node-view.ts";
import { subjectBody } from "./subject-body.ts";

/** Kinds that tell what GPUs do and where Ollama's loaded models lie. */
export const gpuKinds: ReadonlySet<string> = new Set([
  "gpu",
  "gpu_status",
  "gpu_process",
  "ollama_server",
  "ollama_loaded_model",
]);

/** The probes that tell what holds a GPU's memory, and whether it is Ollama's. */
export const gpuProbes: readonly string[] = ["gpu", "ollama"];

/** Facts of these kinds, of those probes alone: a node has many others, which need not be looked at. */
export function gpuFacts(node: NodeState, kinds: ReadonlySet<string>, nowMs: number): MachineFacts {
  const probes = new Map([...node.probes].filter(([name]) => gpuProbes.includes(name)));
  return machineFacts(viewNode({ ...node, probes }, nowMs), kinds);
}

/** Facts of these kinds. A list of long ago proves nothing, and counts as one that is not whole. */
export function machineFacts(view: NodeView, kinds: ReadonlySet<string>): MachineFacts {
  return {
    subjects: view.subjects.filter(({ kind }) => kinds.has(kind)).map(subjectBody),
    lists: view.lists
      .filter(({ kind }) => kinds.has(kind))
      .map(({ kind, probe, isComplete, freshness }) => ({ kind, probe, isComplete: isComplete && freshness === "fresh" })),
  };
}
