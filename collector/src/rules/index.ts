/** The list of this folder. A test holds the two together. */
import type { Rule } from "../evaluate/rule.ts";
import { agentsRefused } from "./agents-refused.ts";
import { ataAttributesFailing } from "./ata-attributes-failing.ts";
import { clockNotSynchronized } from "./clock-not-synchronized.ts";
import { clockSkewed } from "./clock-skewed.ts";
import { diskDeclaresFailure } from "./disk-declares-failure.ts";
import { diskErrorsGrowing } from "./disk-errors-growing.ts";
import { diskFilling } from "./disk-filling.ts";
import { diskKnownTrouble } from "./disk-known-trouble.ts";
import { diskMissing } from "./disk-missing.ts";
import { diskNearlyFull } from "./disk-nearly-full.ts";
import { diskSelfTestFailed } from "./disk-self-test-failed.ts";
import { diskWorn } from "./disk-worn.ts";
import { filesystemReadOnly } from "./filesystem-read-only.ts";
import { gpuClocksLimited } from "./gpu-clocks-limited.ts";
import { gpuHotForLong } from "./gpu-hot-for-long.ts";
import { gpuMemoryErrors } from "./gpu-memory-errors.ts";
import { gpuUnavailable } from "./gpu-unavailable.ts";
import { gpuXid } from "./gpu-xid.ts";
import { identityCloned } from "./identity-cloned.ts";
import { k3sCertificateExpiring } from "./k3s-certificate-expiring.ts";
import { k3sNotRunning } from "./k3s-not-running.ts";
import { kernelFault } from "./kernel-fault.ts";
import { longhornPathUnmounted } from "./longhorn-path-unmounted.ts";
import { longhornPrerequisite } from "./longhorn-prerequisite.ts";
import { nodeNotReporting } from "./node-not-reporting.ts";
import { nvmeCriticalWarning } from "./nvme-critical-warning.ts";
import { nvmeSpareLow } from "./nvme-spare-low.ts";
import { nvmeTooHot } from "./nvme-too-hot.ts";
import { ollamaOnCpu } from "./ollama-on-cpu.ts";
import { ollamaUnreachable } from "./ollama-unreachable.ts";
import { pcieLinkDegraded } from "./pcie-link-degraded.ts";
import { probeFailing } from "./probe-failing.ts";
import { raidDegraded } from "./raid-degraded.ts";
import { raspberryPiPower } from "./raspberry-pi-power.ts";
import { rebootLoop } from "./reboot-loop.ts";
import { tailscaleDown } from "./tailscale-down.ts";
import { tailscaleKeyExpiring } from "./tailscale-key-expiring.ts";
import { tailscalePathRelayed } from "./tailscale-path-relayed.ts";
import { usbTrouble } from "./usb-trouble.ts";

/** Every rule. */
export const rules: readonly Rule[] = [
  agentsRefused,
  ataAttributesFailing,
  clockNotSynchronized,
  clockSkewed,
  diskDeclaresFailure,
  diskErrorsGrowing,
  diskFilling,
  diskKnownTrouble,
  diskMissing,
  diskNearlyFull,
  diskSelfTestFailed,
  diskWorn,
  filesystemReadOnly,
  gpuClocksLimited,
  gpuHotForLong,
  gpuMemoryErrors,
  gpuUnavailable,
  gpuXid,
  identityCloned,
  k3sCertificateExpiring,
  k3sNotRunning,
  kernelFault,
  longhornPathUnmounted,
  longhornPrerequisite,
  nodeNotReporting,
  nvmeCriticalWarning,
  nvmeSpareLow,
  nvmeTooHot,
  ollamaOnCpu,
  ollamaUnreachable,
  pcieLinkDegraded,
  probeFailing,
  raidDegraded,
  raspberryPiPower,
  rebootLoop,
  tailscaleDown,
  tailscaleKeyExpiring,
  tailscalePathRelayed,
  usbTrouble,
];
