/** What the kinds of the probe `ollama` may be. */
import type { OllamaEndpoint, OllamaLoadedModel, OllamaModel, OllamaServer, OllamaSettings } from "@nodekeeper/proto";
import { flag, type MessageChecks, optionalMessage, text, texts, within, within64 } from "../check.ts";
import { maximumBytes } from "./limits.ts";
import { processOwner } from "./process.ts";
import { wallTime } from "./wall-time.ts";

/** Tokens, layers, heads: a thousand times what models have today. */
const tokens = within(0, 2 ** 31);
const parts = within(0, 1_000_000);

const ollamaSettings: MessageChecks<OllamaSettings> = {
  host: text(),
  origins: texts(64),
  parallelCount: within(0, 65_535),
  maximumLoadedModelCount: within(0, 65_535),
  maximumQueueCount: within(0, 1_000_000),
  keepAlive: text(64),
  contextLengthTokens: tokens,
  kvCacheType: text(32),
  isFlashAttentionEnabled: flag,
  isSpreadOverGpus: flag,
  gpuOverheadBytes: within64(maximumBytes),
  modelsFolder: text(1024),
  loadTimeout: text(64),
  visibleDevices: texts(4),
};

export const ollamaServer: MessageChecks<OllamaServer> = {
  version: text(64),
  isRunning: flag,
  owner: optionalMessage(processOwner),
  unit: text(),
  listening: texts(16, 64),
  settings: optionalMessage(ollamaSettings),
  settingsSource: text(32),
  isRestartNeeded: flag,
  isEnabled: flag,
};

export const ollamaEndpoint: MessageChecks<OllamaEndpoint> = {
  addresses: texts(16, 64),
};

export const ollamaModel: MessageChecks<OllamaModel> = {
  digest: text(80),
  sizeBytes: within64(maximumBytes),
  modifiedAtUnixMs: wallTime,
  family: text(64),
  parameterSize: text(32),
  quantization: text(32),
  capabilities: texts(16, 32),
  maximumContextLengthTokens: tokens,
  embeddingLengthDimensions: parts,
  isRemote: flag,
  layerCount: parts,
  keyValueHeadCount: parts,
  keyLengthDimensions: parts,
  valueLengthDimensions: parts,
  weightsDigest: text(80),
};

export const ollamaLoadedModel: MessageChecks<OllamaLoadedModel> = {
  digest: text(80),
  sizeBytes: within64(maximumBytes),
  sizeVramBytes: within64(maximumBytes),
  contextLengthTokens: tokens,
  expiresAtUnixMs: wallTime,
  isKept: flag,
};
