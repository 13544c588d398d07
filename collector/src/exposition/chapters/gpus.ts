/** GPUs with the verdict on each. One that sleeps is not asked: it has no temperature, and takes next to no power. */

import { textField } from "@nodekeeper/shared/fields";
import {
  canCompute,
  type GpuReading,
  type GpuVerdict,
  gpuMemory,
  gpuReadings,
  gpuState,
  type MachineFacts,
} from "@nodekeeper/shared/readings";
import { heldMemoryOf } from "../../gpu-usage/held-memory-of.ts";
import { ownerOfKey, restKey, sortOwners } from "../../gpu-usage/memory-series.ts";
import { gpuKinds, machineFacts } from "../../state/machine-facts.ts";
import type { NodeState, ProbeState } from "../../state/node-state.ts";
import { viewNode } from "../../state/node-view.ts";
import { bounded, type Chapter, type Family, labelsOf, type Sheet } from "../chapter.ts";
import { ratio } from "../node-subjects.ts";

const gauge = (name: string, help: string): Family => ({ name: `nodekeeper_gpu_${name}`, type: "gauge", help });

const info = gauge("info", "Always 1; what the GPU is.");
const verdict = gauge(
  "verdict",
  "1 for what the GPU is good for (free, busy, taken, asleep, unavailable, unknown), 0 for the others.",
);
const total = gauge("memory_total_bytes", "Its own memory.");
const used = gauge("memory_used_bytes", "Of that in use; 0 while it sleeps, not there while nobody can tell.");
const ownerMemory = gauge(
  "owner_memory_bytes",
  "Of that by who holds it (Ollama, the desktop, programs by their names); not there while it sleeps.",
);
const temperature = gauge("temperature_celsius", "Temperature; not there while it sleeps.");
const power = gauge("power_watts", "Power that it takes; not there while it sleeps.");
const utilization = gauge("utilization_ratio", "Part of the driver's last period in which it worked; not there while it sleeps.");

const verdicts: readonly GpuVerdict[] = ["free", "busy", "taken", "asleep", "unavailable", "unknown"];

export const gpus: Chapter = {
  families: [info, verdict, total, used, ownerMemory, temperature, power, utilization],
  write(node, moment, sheet) {
    const { nowMs } = moment;
    if (node.probes.get("gpu")?.subjects.size === 0) return;
    const facts = machineFacts(viewNode(onlyProbes(node, ["gpu", "ollama"]), nowMs), gpuKinds);
    const readings = gpuReadings(facts).filter(({ device }) => canCompute(textField(device, "vendor")));
    for (const gpu of bounded(readings, "gpu", node.name, moment)) {
      const state = gpuState(gpu, facts, nowMs).verdict;
      const labels = labelsOf({ node: node.name, gpu: gpu.id, name: gpu.name });
      const more = { vendor: textField(gpu.device, "vendor"), driver_version: textField(gpu.device, "driverVersion") };
      sheet.add(info, `${labels},${labelsOf(more)}`, 1);
      sheet.states(verdict, labels, "verdict", verdicts, state);
      if (state === "unknown" || state === "unavailable") continue;
      const memory = gpuMemory(gpu);
      sheet.add(total, labels, memory.totalBytes);
      sheet.add(used, labels, memory.usedBytes);
      if (state === "asleep") continue;
      writeOwners(gpu, facts, node.name, sheet);
      sheet.add(temperature, labels, gpu.status?.samples["temperature_celsius"]);
      sheet.add(power, labels, gpu.status?.samples["power_watts"]);
      sheet.add(utilization, labels, ratio(gpu.status?.samples["utilization_percent"]));
    }
  },
};

function writeOwners(gpu: GpuReading, facts: MachineFacts, node: string, sheet: Sheet): void {
  const owners = heldMemoryOf(gpu, facts)?.owners ?? new Map<string, number>();
  const { named, rest } = sortOwners(owners);
  const write = (key: string, bytes: number | undefined): void => {
    const { owner, purpose } = ownerOfKey(key);
    sheet.add(ownerMemory, labelsOf({ node, gpu: gpu.id, owner, purpose }), bytes);
  };
  for (const key of named) write(key, owners.get(key));
  if (rest.length > 0)
    write(
      restKey,
      rest.reduce((sum, key) => sum + (owners.get(key) ?? 0), 0),
    );
}

function onlyProbes(node: NodeState, names: readonly string[]): NodeState {
  const kept = names.flatMap((name): [string, ProbeState][] => {
    const probe = node.probes.get(name);
    return probe === undefined ? [] : [[name, probe]];
  });
  return { ...node, probes: new Map(kept) };
}
