/** Readings that CLI, page and API show alike, from the plain facts of subjects. Pure. */

export { boardPowerText, externalPcieText, fanText, isBoardHeldBack } from "./board-text.ts";
export { isIdle, isLeftToOthers, type StoragePlace, storagePlace } from "./cluster/explanation-reading.ts";
export { foldAudit } from "./cluster/fold-audit.ts";
export {
  evidenceText,
  onboardingBlockers,
  onboardingFront,
  onboardingOrder,
  onboardingTally,
  onboardingTimeText,
  type StepBlocker,
  skippableSteps,
} from "./cluster/onboarding-reading.ts";
export {
  approvable,
  changesText,
  changeText,
  commonDomain,
  type HeldGroup,
  heldGroups,
  itemText,
  namesText,
  type OperationGroup,
  type OperationMark,
  operationGroups,
  operationMark,
  operationsByNode,
  shortKey,
  shortValue,
  waitingText,
} from "./cluster/plan-reading.ts";
export {
  type StorageDisk,
  type StorageFolder,
  type StorageReading,
  type StorageTag,
  schedulingText,
  storageReading,
  storageReconciler,
} from "./cluster/storage-reading.ts";
export { k3sText, type LonghornNeed, longhornNeeds, longhornText, runtimeText } from "./cluster-text.ts";
export { type DiskTrouble, diskTroubles } from "./disk-troubles.ts";
export { expiryLevel, expiryText } from "./expiry.ts";
export { type GpuMemory, gpuMemory } from "./gpu/gpu-memory.ts";
export { canCompute, type GpuReading, gpuName, gpuReadings, hasOwnMemory, isLent } from "./gpu/gpu-reading.ts";
export {
  type GpuProblem,
  type GpuState,
  type GpuVerdict,
  gpuProblem,
  gpuProblemText,
  gpuState,
  gpuStates,
} from "./gpu/gpu-state.ts";
export { gpuHardwareTroubles } from "./gpu/gpu-troubles.ts";
export { foreignUsers, type GpuUser, gpuUsers, type MachineFacts, userText } from "./gpu/gpu-users.ts";
export { type MemoryShare, memoryShares } from "./gpu/memory-shares.ts";
export { gpuAwakeText, gpuParts, gpuPlace, gpuShortName, gpuSlowedText, gpuWord } from "./gpu-text.ts";
export {
  type AbruptBoots,
  abruptBoots,
  abruptText,
  boardText,
  clockText,
  overlayExcessBytes,
  overlayText,
  sensorName,
  sensorText,
} from "./machine.ts";
export { machineTroubles } from "./machine-troubles.ts";
export { loadedModelOf } from "./ollama/loaded-model-of.ts";
export { requestSlots } from "./ollama/memory-need.ts";
export { type FitAnswer, type ModelFit, modelFit, modelFits } from "./ollama/model-fit.ts";
export { type ModelUse, modelUse, modelUseText } from "./ollama/model-use.ts";
export { type ModelPlacement, type Placement, placements } from "./ollama/placement.ts";
export {
  fitWord,
  modelAbilitiesText,
  modelsText,
  modelText,
  ollamaEndpointText,
  ollamaSettings,
  ollamaVersionText,
  placementWord,
  unloadText,
} from "./ollama-text.ts";
export { poolTroubles, raidTroubles } from "./pool-troubles.ts";
export { proofTexts } from "./proof-text.ts";
export {
  bridgeText,
  diskTemperatureCelsius,
  filesystemUsedPercent,
  fillLimits,
  inodesUsedPercent,
  linkText,
  raidArrays,
  raidMembersText,
  raidText,
  selfTestText,
  storageChain,
  wornPercent,
} from "./storage.ts";
export { deviceName, healthOf, presentSubjects, singleSubject } from "./subjects.ts";
export {
  isPeerWorthSeeing,
  keyText,
  peerCountsText,
  peerKeyText,
  peerName,
  peerPathText,
  peersWorstFirst,
  peerTone,
  tailscaleText,
} from "./tailscale-text.ts";
export { byGravity, counted, type Trouble, type TroubleLevel } from "./trouble.ts";
export { placeText, type Unknown, unknownsOf } from "./unknowns.ts";
