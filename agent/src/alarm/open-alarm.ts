/** Puts the alarm together from its settings. */
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { AppError } from "@nodekeeper/shared";
import type { AgentConfig } from "../config.ts";
import { type Alarm, type AlarmParts, createAlarm } from "./alarm.ts";
import { openAlarmMemory } from "./alarm-memory.ts";
import { type AlarmTarget, readAlarmTarget } from "./alarm-target.ts";
import { createMessenger } from "./messenger.ts";
import { isInNetwork, readNetworkFacts } from "./own-network.ts";

/**
 * Undefined where nobody is to be told. Throws CONFIG_INVALID where it is not known whom. What it remembers lies beside the identity, where the
 * reporting side may write.
 */
export function openAlarm(
  { alarm, access, nodeName }: Pick<AgentConfig, "alarm" | "access" | "nodeName">,
  parts: Pick<AlarmParts, "status" | "clock" | "random" | "logger">,
  signal: AbortSignal,
): Alarm | undefined {
  if (alarm === undefined) return undefined;
  let last = readAlarmTarget(alarm.urlFile);
  const target = (): AlarmTarget => {
    try {
      last = readAlarmTarget(alarm.urlFile);
    } catch (thrown) {
      parts.logger.warn({ reason: AppError.from(thrown).message }, "the alarm's address cannot be read; the last one is used");
    }
    return last;
  };
  return createAlarm({
    ...parts,
    messenger: createMessenger(alarm.kind, target, parts.clock, signal),
    memory: openAlarmMemory(join(dirname(access.identityFile), "alarm.json"), parts.logger),
    isInNetwork: () => isInNetwork(readNetworkFacts()),
    node: nodeName ?? hostname(),
    afterMs: alarm.afterMs,
    rank: alarm.rank,
  });
}
