/** Ollama's servers and the models in their memory, as Ollama says; what it claims wrongly is a finding. */
import { isFreshAndOk } from "../../state/node-view.ts";
import { bounded, type Chapter, type Family, labelsOf } from "../chapter.ts";
import { flag, plain, subjectsOf } from "../node-subjects.ts";

const running: Family = {
  name: "nodekeeper_ollama_running",
  type: "gauge",
  help: "1 while the node's server of Ollama runs; not there where it is not installed.",
};
const loaded: Family = { name: "nodekeeper_ollama_loaded_models", type: "gauge", help: "Models in its memory." };
const memory: Family = {
  name: "nodekeeper_ollama_model_memory_bytes",
  type: "gauge",
  help: "Memory that a loaded model takes in all.",
};
const gpuMemory: Family = {
  name: "nodekeeper_ollama_model_gpu_memory_bytes",
  type: "gauge",
  help: "Of that on GPUs, as Ollama believes.",
};

export const ollama: Chapter = {
  families: [running, loaded, memory, gpuMemory],
  write(node, moment, sheet) {
    const { nowMs } = moment;
    const [server] = subjectsOf(node, "ollama", "ollama_server", nowMs).filter(isFreshAndOk);
    if (server?.value?.case !== "ollamaServer") return;
    const labels = labelsOf({ node: node.name });
    sheet.add(running, labels, flag(server.value.value.isRunning));
    if (server.value.value.isRunning !== true) return;
    const models = subjectsOf(node, "ollama", "ollama_loaded_model", nowMs).filter(isFreshAndOk);
    sheet.add(loaded, labels, models.length);
    for (const { id, value } of bounded(models, "ollama_model", node.name, moment)) {
      if (value?.case !== "ollamaLoadedModel") continue;
      const ofModel = labelsOf({ node: node.name, model: id });
      sheet.add(memory, ofModel, plain(value.value.sizeBytes));
      sheet.add(gpuMemory, ofModel, plain(value.value.sizeVramBytes));
    }
  },
};
