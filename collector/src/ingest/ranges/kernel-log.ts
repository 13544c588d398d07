/** What the kinds of the probe `kernel-log` may be. */
import { type KernelFault, KernelFaultSeveritySchema, type KernelLog } from "@nodekeeper/proto";
import { flag, known, type MessageChecks, text } from "../check.ts";
import { wallTime } from "./wall-time.ts";

export const kernelLog: MessageChecks<KernelLog> = {
  isWhole: flag,
  sinceUnixMs: wallTime,
};

export const kernelFault: MessageChecks<KernelFault> = {
  code: text(64),
  device: text(128),
  message: text(512),
  firstAtUnixMs: wallTime,
  lastAtUnixMs: wallTime,
  severity: known(KernelFaultSeveritySchema),
  area: text(32),
  meaning: text(256),
  action: text(256),
};
