/** Ollama in words: its server, its settings, how long a model stays. */
import type { SubjectBody } from "../api/node.ts";
import { formatIn, formatPercent, formatSize } from "../format.ts";
import { booleanField, innerSubject, numberField, textField, textsField } from "./fields.ts";
import type { FitAnswer } from "./ollama/model-fit.ts";
import type { ModelPlacement } from "./ollama/placement.ts";
import { counted } from "./trouble.ts";

/** A setting of its environment. */
export interface OllamaSetting {
  readonly name: string;
  readonly value: string;
}

const fitWords: Readonly<Record<FitAnswer, string>> = {
  now: "now",
  "after-unload": "after unloading",
  "without-others": "not now",
  never: "never",
  unknown: "unknown",
};

/** Settings that are set, under the names of its environment; what is not set is Ollama's own default. */
export function ollamaSettings(server: SubjectBody): readonly OllamaSetting[] {
  const settings = innerSubject(server, "settings");
  const overhead = numberField(settings, "gpuOverheadBytes");
  const pairs: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ["OLLAMA_HOST", textField(settings, "host")],
    ["OLLAMA_ORIGINS", textsField(settings, "origins").join(",")],
    ["OLLAMA_NUM_PARALLEL", numberField(settings, "parallelCount")],
    ["OLLAMA_MAX_LOADED_MODELS", numberField(settings, "maximumLoadedModelCount")],
    ["OLLAMA_MAX_QUEUE", numberField(settings, "maximumQueueCount")],
    ["OLLAMA_KEEP_ALIVE", textField(settings, "keepAlive")],
    ["OLLAMA_CONTEXT_LENGTH", numberField(settings, "contextLengthTokens")],
    ["OLLAMA_KV_CACHE_TYPE", textField(settings, "kvCacheType")],
    ["OLLAMA_FLASH_ATTENTION", switchText(booleanField(settings, "isFlashAttentionEnabled"))],
    ["OLLAMA_SCHED_SPREAD", switchText(booleanField(settings, "isSpreadOverGpus"))],
    ["OLLAMA_GPU_OVERHEAD", overhead === undefined ? undefined : formatSize(overhead)],
    ["OLLAMA_MODELS", textField(settings, "modelsFolder")],
    ["OLLAMA_LOAD_TIMEOUT", textField(settings, "loadTimeout")],
  ];
  const devices = textsField(settings, "visibleDevices").map((text) => {
    const [name = "", ...value] = text.split("=");
    return { name, value: value.join("=") };
  });
  return [
    ...pairs.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [{ name, value: String(value) }])),
    ...devices,
  ];
}

/** Where other machines reach it, e.g. "[::]:11434"; the reason where they cannot; "" where nothing is known. */
export function ollamaEndpointText(endpoint: SubjectBody | undefined): string {
  if (endpoint === undefined) return "";
  if (endpoint.outcome === "failed") return endpoint.failure?.message ?? "could not tell";
  return textsField(endpoint, "addresses").join(", ");
}

/** Whether it runs, and with which version: "0.32.15", "does not run". */
export function ollamaVersionText(server: SubjectBody): string {
  const version = textField(server, "version");
  if (booleanField(server, "isRunning") === false) return "does not run";
  return version === "" ? "runs, and does not answer" : version;
}

/** When a loaded model is unloaded if nobody asks for it: "in 4 min", "stays"; "" where that is not known. */
export function unloadText(loaded: SubjectBody, nowMs: number): string {
  if (booleanField(loaded, "isKept") === true) return "stays";
  const expiresAtMs = numberField(loaded, "expiresAtUnixMs");
  return expiresAtMs === undefined ? "" : formatIn(new Date(expiresAtMs).toISOString(), nowMs);
}

/** Where a loaded model lies, in a word or two: "GPU", "50 % GPU", "CPU", "CPU, not GPU"; "unknown" where that cannot be told. */
export function placementWord({ placement, claimedPercent }: ModelPlacement): string {
  switch (placement) {
    case "gpu":
      return "GPU";
    case "partly":
      return `${formatPercent(claimedPercent)} GPU`;
    case "cpu":
      return "CPU";
    case "cpu-fallback":
      return "CPU, not GPU";
    case "unknown":
      return "unknown";
  }
}

/** Whether a model on disk would fit on the GPU, in a word or two; the sentence stands beside it in ModelFit. */
export function fitWord(answer: FitAnswer): string {
  return fitWords[answer];
}

/** What a model is: "8.2B Q4_K_M", "runs elsewhere"; "" where that is not known. */
export function modelText(model: SubjectBody): string {
  if (booleanField(model, "isRemote") === true) return "runs elsewhere";
  return [textField(model, "parameterSize"), textField(model, "quantization")].filter((word) => word !== "").join(" ");
}

/** What a model can: "completion, tools"; "" where that is not known. */
export function modelAbilitiesText(model: SubjectBody): string {
  return textsField(model, "capabilities").join(", ");
}

/** How many models lie on disk: "5 models on disk, 46.9 GiB". */
export function modelsText(models: readonly SubjectBody[]): string {
  const bytes = models.reduce((sum, model) => sum + (numberField(model, "sizeBytes") ?? 0), 0);
  return models.length === 0 ? "no models" : `${counted(models.length, "model")} on disk, ${formatSize(bytes)}`;
}

function switchText(isOn: boolean | undefined): string | undefined {
  return isOn === undefined ? undefined : isOn ? "1" : "0";
}
