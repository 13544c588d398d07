/** The list of this folder. A test holds the two together. */
import type { Fault } from "../fault.ts";
import { agentSilent } from "./agent-silent.ts";
import { clockJump } from "./clock-jump.ts";
import { diskDoesNotAnswer } from "./disk-does-not-answer.ts";
import { diskFull } from "./disk-full.ts";
import { diskVanished } from "./disk-vanished.ts";
import { filesystemReadOnly } from "./filesystem-read-only.ts";
import { gpuDriverMismatch } from "./gpu-driver-mismatch.ts";
import { gpuOffTheBus } from "./gpu-off-the-bus.ts";
import { gpuThrottled } from "./gpu-throttled.ts";
import { hardDiskFailsNow } from "./hard-disk-fails-now.ts";
import { hardDiskSectors } from "./hard-disk-sectors.ts";
import { hardDiskSelfTestFailed } from "./hard-disk-self-test-failed.ts";
import { identityCloned } from "./identity-cloned.ts";
import { k3sStopped } from "./k3s-stopped.ts";
import { kernelFlood } from "./kernel-flood.ts";
import { nvmeCriticalWarning } from "./nvme-critical-warning.ts";
import { nvmeMediaErrors } from "./nvme-media-errors.ts";
import { nvmeResetStorm } from "./nvme-reset-storm.ts";
import { nvmeSpareLow } from "./nvme-spare-low.ts";
import { nvmeTooHot } from "./nvme-too-hot.ts";
import { nvmeWorn } from "./nvme-worn.ts";
import { ollamaOnCpu } from "./ollama-on-cpu.ts";
import { piUnderVoltage } from "./pi-under-voltage.ts";
import { raidDegraded } from "./raid-degraded.ts";
import { rebootLoop } from "./reboot-loop.ts";
import { tailnetDown } from "./tailnet-down.ts";
import { tailnetKeyExpiring } from "./tailnet-key-expiring.ts";
import { tailnetRelayed } from "./tailnet-relayed.ts";

/** Every fault of a machine. A file may hold a family, whose names begin with its own. */
export const faults: readonly Fault[] = [
  ...agentSilent,
  clockJump,
  diskDoesNotAnswer,
  diskFull,
  diskVanished,
  filesystemReadOnly,
  gpuDriverMismatch,
  gpuOffTheBus,
  gpuThrottled,
  hardDiskFailsNow,
  ...hardDiskSectors,
  hardDiskSelfTestFailed,
  identityCloned,
  k3sStopped,
  kernelFlood,
  ...nvmeCriticalWarning,
  nvmeMediaErrors,
  nvmeResetStorm,
  nvmeSpareLow,
  ...nvmeTooHot,
  ...nvmeWorn,
  ollamaOnCpu,
  piUnderVoltage,
  raidDegraded,
  rebootLoop,
  tailnetDown,
  tailnetKeyExpiring,
  tailnetRelayed,
];
