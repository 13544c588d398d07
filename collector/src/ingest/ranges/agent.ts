/** What an agent may say about itself. */
import type { AgentProcess } from "@nodekeeper/proto";
import { flag, type MessageChecks, text, texts } from "../check.ts";

export const agentProcess: MessageChecks<AgentProcess> = {
  version: text(64),
  runtimeVersion: text(64),
  isRoot: flag,
  hostRoot: text(1024),
  failedWatchers: texts(16, 1024),
};
