/** From the text of the file to the settings, or to everything that is wrong with it. */

import { parseYaml } from "../../policy/file/parse-yaml.ts";
import { keysOf } from "../../policy/file/policy-file.ts";
import type { ProblemSheet } from "../../policy/file/problem-sheet.ts";
import { readDuration } from "../../policy/file/read-duration.ts";
import { givenEntries } from "../../policy/file/yaml-given.ts";
import { entriesOf, isEmpty, scalarOf, wordOf, type YamlEntry } from "../../policy/file/yaml-values.ts";
import type { Understood } from "../../policy/follow-file.ts";
import { HeartbeatForm, NotificationsFile } from "./notifications-file.ts";
import { readChannel } from "./read-channel.ts";
import type { ChannelSettings, HeartbeatSettings, NotificationSettings } from "./settings.ts";
import { type Entries, endpointOf, urlOf } from "./values.ts";

/** Each is a loop, and is told everything. */
const maximumChannels = 20;
const defaultGatherMs = 30_000;
const defaultGatherAdviceMs = 15 * 60_000;
const defaultBeatMs = 60_000;
/** Who waits longer to be told of an alarm does not want to be told. */
const gatherLimits = { leastMs: 0, mostMs: 3_600_000 };
const adviceLimits = { leastMs: 0, mostMs: 7 * 86_400_000 };
const beatLimits = { leastMs: 10_000, mostMs: 86_400_000 };

/** Reads it. `source` is how a person finds the file. */
export function readSettings(text: string, source: string): Understood<NotificationSettings> {
  const { root, sheet } = parseYaml(text, source);
  if (isEmpty(root.node)) {
    sheet.add(0, 'it is empty; the least is "version: 1", by which nobody is told anything');
    return { kind: "bad", problems: sheet.lines() };
  }
  const sections = givenEntries(root, keysOf(NotificationsFile), sheet);
  const version = sections.get("version");
  if (version === undefined) sheet.add(root.offset, "version is missing; this is version: 1");
  else if (scalarOf(version)?.value !== 1) sheet.add(version.offset, "version: this nodekeeper reads version 1");
  const settings = {
    externalUrl: urlOf(sections.get("externalUrl"), sheet)?.replace(/\/+$/, ""),
    heartbeat: readHeartbeat(sections.get("heartbeat"), sheet),
    channels: readChannels(sections, sheet),
  };
  const problems = sheet.lines();
  return problems.length > 0 ? { kind: "bad", problems } : { kind: "good", settings };
}

function readChannels(sections: Entries, sheet: ProblemSheet): readonly ChannelSettings[] {
  const [gather, gatherAdvice, channels] = ["gather", "gatherAdvice", "channels"].map((key) => sections.get(key));
  const common = {
    gatherMs: (gather && readDuration(gather, gatherLimits, sheet)) ?? defaultGatherMs,
    gatherAdviceMs: (gatherAdvice && readDuration(gatherAdvice, adviceLimits, sheet)) ?? defaultGatherAdviceMs,
  };
  const entries = channels === undefined ? [] : entriesOf(channels, undefined, sheet);
  if (channels !== undefined && entries.length > maximumChannels)
    sheet.add(channels.offset, `channels: at most ${maximumChannels}, these are ${entries.length}`);
  return entries.map((entry) => readChannel(entry, common, sheet)).filter((channel) => channel !== undefined);
}

function readHeartbeat(entry: YamlEntry | undefined, sheet: ProblemSheet): HeartbeatSettings | undefined {
  if (entry === undefined) return undefined;
  const entries = givenEntries(entry, keysOf(HeartbeatForm), sheet);
  const endpoint = endpointOf(entry, entries, sheet);
  const [method, every] = ["method", "every"].map((key) => entries.get(key));
  const everyMs = (every && readDuration(every, beatLimits, sheet)) ?? defaultBeatMs;
  const word = (method && wordOf(method, ["GET", "POST"], sheet)) ?? "GET";
  return endpoint === undefined ? undefined : { endpoint, method: word, everyMs };
}
