/**
 * Ollama claims to have a model on the GPU, and no process of its own holds the memory: the model runs on the CPU, many times slower, and
 * nothing else says so. Seen after a suspend of the machine (ollama issues 5464, 8426, 9410).
 */
import { type ModelPlacement, placements } from "@nodekeeper/shared/readings";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { gpuKinds, machineFacts } from "../state/machine-facts.ts";
import type { NodeView } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";

export const ollamaOnCpu: Rule = defineRule({
  code: "ollama-on-cpu",
  title: "Ollama runs on the CPU",
  severity: "medium",
  // More than the time from a reading of the driver to Ollama's next word (15 s), after which it waits for the driver again: it takes two readings.
  holdMs: 20_000,
  clearMs: 0, // the driver sees it, or the model is unloaded
  dependsOn: ["node-not-reporting"],
  evaluate: judge,
});

function judge(view: NodeView): readonly Verdict[] {
  if (!view.subjects.some(({ kind }) => kind === "ollama_loaded_model")) return [];
  const placed = new Map(placements(machineFacts(view, gpuKinds)).map((placement) => [placement.model, placement]));
  return view.subjects.flatMap((model): readonly Verdict[] => {
    if (model.kind !== "ollama_loaded_model") return [];
    const subject = { kind: model.kind, id: model.id };
    const placement = placed.get(model.id);
    if (placement === undefined) return [{ kind: "clear", subject }]; // it is unloaded
    return [{ ...conclude(placement, model.observedAtMs), subject }];
  });
}

function conclude(placement: ModelPlacement, observedAtMs: number) {
  if (placement.placement === "unknown") return { kind: "hold" as const, reason: placement.text };
  if (placement.placement !== "cpu-fallback") return { kind: "clear" as const };
  const facts = {
    size_bytes: placement.sizeBytes,
    size_vram_bytes: placement.claimedVramBytes,
    memory_of_its_process_bytes: placement.driverBytes,
  };
  return {
    kind: "raise" as const,
    text: `${placement.model}: ${placement.text}`,
    action:
      "Restart Ollama (systemctl restart ollama). If it comes back after a suspend of the machine, reload the driver's module nvidia_uvm before.",
    evidence: evidenceOf(facts, observedAtMs),
  };
}
