/** How models were used, by the readings of agents and of Ollama: counted since this collector began, and lower bounds. */
import type { SeenUsage } from "../../gpu-usage/gpu-usage.ts";
import { bounded, type Chapter, type Family, labelsOf, type Moment, type Sheet } from "../chapter.ts";

const counter = (name: string, help: string): Family => ({ name: `nodekeeper_ollama_model_${name}`, type: "counter", help });

const time = counter("loaded_seconds_total", "Time in which the model was in memory.");
const loads = counter("loads_total", "Times that the model came into memory.");
const reloads = counter("reloads_total", "Times that the model was loaded anew for another context.");
const evictions = counter(
  "evictions_total",
  "Times that the model left memory before its time, while its server went on and nobody kept the GPU.",
);

export const modelUsage: Chapter = {
  families: [time, loads, reloads, evictions],
  write(node, moment, sheet) {
    const usage = moment.usageOf(node.name);
    if (usage !== undefined) writeModels(usage, moment, sheet);
  },
  close(moment, sheet) {
    for (const usage of moment.otherUsages) writeModels(usage, moment, sheet);
  },
};

function writeModels(usage: SeenUsage, moment: Moment, sheet: Sheet): void {
  for (const { model, totals } of bounded(usage.models(), "used_model", usage.node, moment)) {
    const labels = labelsOf({ node: usage.node, model });
    const { sinceStart } = totals;
    sheet.add(time, labels, sinceStart.loadedMs / 1000);
    sheet.add(loads, labels, sinceStart.loads);
    sheet.add(reloads, labels, sinceStart.reloads);
    sheet.add(evictions, labels, sinceStart.evictions);
  }
}
