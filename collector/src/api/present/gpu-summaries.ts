/** GPUs of a node with the verdict on each. */
import type { GpuSummary } from "@nodekeeper/shared/api";
import { booleanField, textField } from "@nodekeeper/shared/fields";
import { canCompute, gpuMemory, gpuReadings, gpuState } from "@nodekeeper/shared/readings";
import { gpuKinds, machineFacts } from "../../state/machine-facts.ts";
import type { NodeView } from "../../state/node-view.ts";

/**
 * By their address, without the adapters of servers and virtual machines, which only draw; undefined on a machine without, so that most machines
 * of a fleet cost nothing here.
 */
export function gpuSummaries(view: NodeView): GpuSummary[] | undefined {
  if (!view.subjects.some(({ kind }) => kind === "gpu")) return undefined;
  const facts = machineFacts(view, gpuKinds);
  const gpus = gpuReadings(facts).filter(({ device }) => canCompute(textField(device, "vendor")));
  if (gpus.length === 0) return undefined;
  return gpus.map((gpu) => {
    const { verdict, problem } = gpuState(gpu, facts, view.nowMs);
    const { totalBytes, freeBytes } = gpuMemory(gpu);
    const isIntegrated = booleanField(gpu.device, "isIntegrated");
    const isMemoryKnown = verdict !== "unavailable" && verdict !== "unknown";
    return {
      id: gpu.id,
      name: gpu.name,
      verdict,
      ...(problem === undefined ? {} : { problem }),
      ...(isIntegrated === undefined ? {} : { isIntegrated }),
      ...(totalBytes === undefined ? {} : { memoryTotalBytes: totalBytes }),
      ...(freeBytes === undefined || !isMemoryKnown ? {} : { memoryFreeBytes: freeBytes }),
    };
  });
}
