/** One channel of the file. */
import { keysOf } from "../../policy/file/policy-file.ts";
import type { ProblemSheet } from "../../policy/file/problem-sheet.ts";
import { readList } from "../../policy/file/read-list.ts";
import { readWords } from "../../policy/file/read-words.ts";
import { givenEntries } from "../../policy/file/yaml-given.ts";
import { elementsOf, entriesOf, wordOf, type YamlEntry } from "../../policy/file/yaml-values.ts";
import type { AlertmanagerConfig } from "../channels/alertmanager.ts";
import type { TransportConfig } from "../channels/create-channel.ts";
import type { NtfyConfig } from "../channels/ntfy.ts";
import type { SmtpConfig } from "../channels/smtp.ts";
import type { WebhookConfig } from "../channels/webhook.ts";
import { channelForms } from "./notifications-file.ts";
import type { ChannelSettings } from "./settings.ts";
import { countOf, type Entries, endpointOf, flagOf, pathOf, requireKeys, urlOf, wordsOf } from "./values.ts";

/** What the file says of all channels. */
export type CommonSettings = Pick<ChannelSettings, "gatherMs" | "gatherAdviceMs">;

const types = ["webhook", "ntfy", "discord", "slack", "smtp", "alertmanager"] as const;
const allSeverities = ["low", "medium", "high"] as const;
const defaultMostPerHour = 30;
const defaultPorts = { starttls: 587, tls: 465, none: 25 } as const;

const forms = {
  name: { pattern: /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, expected: "a name of small letters, digits and -" },
  topic: { pattern: /^[-_A-Za-z0-9]{1,64}$/, expected: "a topic of letters, digits, - and _" },
  host: { pattern: /^[A-Za-z0-9.:-]{1,253}$/, expected: "the name or address of a server, without its port" },
  address: { pattern: /^[^\s@<>,;\p{Cc}]+@[^\s@<>,;\p{Cc}]+$/u, expected: "an address such as ops@home.example" },
  username: { pattern: /^[^:\p{Cc}]{1,256}$/u, expected: "a name without a colon" },
} as const;

/** Reads it; undefined where it is not good. */
export function readChannel(entry: YamlEntry, common: CommonSettings, sheet: ProblemSheet): ChannelSettings | undefined {
  if (!forms.name.pattern.test(entry.key)) sheet.add(entry.keyOffset, `${entry.path}: expected ${forms.name.expected}`);
  const given = entriesOf(entry, undefined, sheet).find(({ key }) => key === "type");
  if (given === undefined) {
    sheet.add(entry.offset, `${entry.path}: type is missing, one of ${types.join(", ")}`);
    return undefined;
  }
  const type = wordOf(given, types, sheet);
  if (type === undefined) return undefined;
  const entries = givenEntries(entry, keysOf(channelForms[type]), sheet);
  const transport = readTransport(type, entry, entries, sheet);
  const [severities, advice, most] = ["severities", "advice", "mostPerHour"].map((key) => entries.get(key));
  const wanted = severities === undefined ? ["high" as const] : readWords(severities, allSeverities, sheet);
  if (severities !== undefined && elementsOf(severities, sheet).length === 0)
    sheet.add(severities.offset, `${severities.path}: none is chosen`);
  const isAdvised = flagOf(advice, sheet) ?? type !== "alertmanager";
  const mostPerHour = countOf(most, { least: 1, most: 1000 }, sheet) ?? defaultMostPerHour;
  if (transport === undefined) return undefined;
  // Alertmanager gathers and limits by itself.
  const own = type === "alertmanager" ? { gatherMs: 0, mostPerHour: Number.POSITIVE_INFINITY } : { mostPerHour };
  return { name: entry.key, transport, severities: wanted, advice: isAdvised, ...common, ...own };
}

function readTransport(
  type: (typeof types)[number],
  at: YamlEntry,
  entries: Entries,
  sheet: ProblemSheet,
): TransportConfig | undefined {
  switch (type) {
    case "webhook":
      return readWebhook(at, entries, sheet);
    case "ntfy":
      return readNtfy(at, entries, sheet);
    case "smtp":
      return readSmtp(at, entries, sheet);
    case "alertmanager":
      return readAlertmanager(at, entries, sheet);
    default: {
      requireKeys(at, entries, ["urlFile"], sheet);
      const urlFile = pathOf(entries.get("urlFile"), sheet);
      return urlFile === undefined ? undefined : { type, urlFile };
    }
  }
}

function readWebhook(at: YamlEntry, entries: Entries, sheet: ProblemSheet): WebhookConfig | undefined {
  const endpoint = endpointOf(at, entries, sheet);
  const secretFile = pathOf(entries.get("secretFile"), sheet);
  const tokenFile = pathOf(entries.get("tokenFile"), sheet);
  return endpoint === undefined ? undefined : { type: "webhook", endpoint, secretFile, tokenFile };
}

function readNtfy(at: YamlEntry, entries: Entries, sheet: ProblemSheet): NtfyConfig | undefined {
  requireKeys(at, entries, ["url"], sheet);
  if (entries.has("topic") === entries.has("topicFile"))
    sheet.add(at.offset, `${at.path}: needs topic, or topicFile where the topic is a secret`);
  const url = urlOf(entries.get("url"), sheet);
  const name = wordsOf(entries.get("topic"), forms.topic, sheet);
  const file = pathOf(entries.get("topicFile"), sheet);
  const tokenFile = pathOf(entries.get("tokenFile"), sheet);
  if (url === undefined) return undefined;
  if (name !== undefined) return { type: "ntfy", url, topic: { name }, tokenFile };
  return file === undefined ? undefined : { type: "ntfy", url, topic: { file }, tokenFile };
}

function readSmtp(at: YamlEntry, entries: Entries, sheet: ProblemSheet): SmtpConfig | undefined {
  requireKeys(at, entries, ["host", "from", "to"], sheet);
  const given = entries.get("security");
  const security = (given && wordOf(given, ["starttls", "tls", "none"], sheet)) ?? "starttls";
  const host = wordsOf(entries.get("host"), forms.host, sheet);
  const port = countOf(entries.get("port"), { least: 1, most: 65_535 }, sheet) ?? defaultPorts[security];
  const login = readLogin(at, entries, sheet);
  if (login !== undefined && security === "none")
    sheet.add(at.offset, `${at.path}: a password is not sent in the open; use security: starttls or tls`);
  const from = wordsOf(entries.get("from"), forms.address, sheet);
  const receivers = entries.get("to");
  const problemOf = (text: string) => (forms.address.pattern.test(text) ? undefined : `expected ${forms.address.expected}`);
  const to = receivers === undefined ? [] : readList(receivers, { maximum: 20, problemOf }, sheet);
  if (receivers !== undefined && elementsOf(receivers, sheet).length === 0)
    sheet.add(receivers.offset, `${receivers.path}: nobody is named`);
  const caFile = pathOf(entries.get("caFile"), sheet);
  if (host === undefined || from === undefined || to.length === 0) return undefined;
  return { type: "smtp", host, port, security, caFile, login, from, to };
}

function readAlertmanager(at: YamlEntry, entries: Entries, sheet: ProblemSheet): AlertmanagerConfig | undefined {
  requireKeys(at, entries, ["url"], sheet);
  const url = urlOf(entries.get("url"), sheet);
  const basic = readLogin(at, entries, sheet);
  const tokenFile = pathOf(entries.get("tokenFile"), sheet);
  if (basic !== undefined && tokenFile !== undefined) sheet.add(at.offset, `${at.path}: either tokenFile or username, not both`);
  return url === undefined ? undefined : { type: "alertmanager", url, tokenFile, basic };
}

function readLogin(at: YamlEntry, entries: Entries, sheet: ProblemSheet): SmtpConfig["login"] {
  if (entries.has("username") !== entries.has("passwordFile"))
    sheet.add(at.offset, `${at.path}: username and passwordFile go together`);
  const username = wordsOf(entries.get("username"), forms.username, sheet);
  const passwordFile = pathOf(entries.get("passwordFile"), sheet);
  return username === undefined || passwordFile === undefined ? undefined : { username, passwordFile };
}
