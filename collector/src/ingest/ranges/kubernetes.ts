/** What the kinds of the probes `kubernetes` and `longhorn` may be. */
import {
  type ContainerRuntime,
  type K3s,
  type LonghornCheck,
  LonghornCheckLevelSchema,
  type LonghornPath,
} from "@nodekeeper/proto";
import { flag, known, type MessageChecks, text, texts } from "../check.ts";
import { wallTime } from "./wall-time.ts";

export const k3s: MessageChecks<K3s> = {
  version: text(64),
  role: text(16),
  unit: text(),
  isRunning: flag,
  startedAtUnixMs: wallTime,
  isRestartNeeded: flag,
  nodeName: text(253),
  serverAddress: text(),
  isEmbeddedEtcd: flag,
  nodeAddresses: texts(8, 64),
  dataFolder: text(1024),
  isEnabled: flag,
  certificateExpiresAtUnixMs: wallTime,
};

export const containerRuntime: MessageChecks<ContainerRuntime> = {
  name: text(64),
  version: text(64),
  isRunning: flag,
  socket: text(1024),
  isOfK3s: flag,
  gpuRuntimes: texts(16, 64),
};

export const longhornCheck: MessageChecks<LonghornCheck> = {
  level: known(LonghornCheckLevelSchema),
  message: text(512),
  remedy: text(512),
  folders: texts(64, 1024),
  isLonghornHere: flag,
};

export const longhornPath: MessageChecks<LonghornPath> = {
  problem: text(64),
  message: text(512),
  remedy: text(512),
  expectedSource: text(),
};
