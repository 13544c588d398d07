/** The list of this folder. A test holds the two together. */
import type { Rule } from "../evaluate/rule.ts";
import { ataAttributesFailing } from "./ata-attributes-failing.ts";
import { diskDeclaresFailure } from "./disk-declares-failure.ts";
import { diskErrorsGrowing } from "./disk-errors-growing.ts";
import { diskKnownTrouble } from "./disk-known-trouble.ts";
import { diskMissing } from "./disk-missing.ts";
import { diskNearlyFull } from "./disk-nearly-full.ts";
import { diskSelfTestFailed } from "./disk-self-test-failed.ts";
import { diskWorn } from "./disk-worn.ts";
import { filesystemReadOnly } from "./filesystem-read-only.ts";
import { kernelFault } from "./kernel-fault.ts";
import { nodeNotReporting } from "./node-not-reporting.ts";
import { nvmeCriticalWarning } from "./nvme-critical-warning.ts";
import { nvmeSpareLow } from "./nvme-spare-low.ts";
import { nvmeTooHot } from "./nvme-too-hot.ts";
import { probeFailing } from "./probe-failing.ts";
import { raidDegraded } from "./raid-degraded.ts";

/** Every rule. */
export const rules: readonly Rule[] = [
  ataAttributesFailing,
  diskDeclaresFailure,
  diskErrorsGrowing,
  diskKnownTrouble,
  diskMissing,
  diskNearlyFull,
  diskSelfTestFailed,
  diskWorn,
  filesystemReadOnly,
  kernelFault,
  nodeNotReporting,
  nvmeCriticalWarning,
  nvmeSpareLow,
  nvmeTooHot,
  probeFailing,
  raidDegraded,
];
