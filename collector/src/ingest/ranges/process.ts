/** What a process of a node may be. */
import type { ProcessOwner } from "@nodekeeper/proto";
import { type MessageChecks, text, within } from "../check.ts";
import { wallTime } from "./wall-time.ts";

export const processOwner: MessageChecks<ProcessOwner> = {
  // PID_MAX_LIMIT of 64-bit kernels.
  pidNumber: within(1, 1 << 22),
  processName: text(64),
  unit: text(),
  user: text(64),
  containerId: text(64),
  podUid: text(64),
  podNamespace: text(64),
  podName: text(253),
  containerName: text(64),
  startedAtUnixMs: wallTime,
};
