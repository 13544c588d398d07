/** Reads all of a server whose process is known. What does not change while a process runs is taken from the last reading of the same one. */
import type { OllamaServer, ProcessOwner } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile } from "../../../host/reading.ts";
import { parseEndpoint } from "../network/listening-sockets.ts";
import { processOwnerOf } from "../processes/process-owner.ts";
import { readProcessOwners } from "../processes/read-process-owners.ts";
import { askServer, type ServerAnswers } from "./ask-server.ts";
import { type Listening, placesToAsk, readListening } from "./listening.ts";
import { type KnownDetails, modelsToShow } from "./models.ts";
import type { RawServer } from "./raw-ollama.ts";
import { keepServerVariables } from "./server-settings.ts";

/** Which server, and what is known. */
export interface ServerContext {
  readonly pid: number;
  /** The last reading, of whatever process. */
  readonly before: OllamaServer | undefined;
  readonly known: KnownDetails;
  /** An address of the node, for an agent in a container. */
  readonly nodeAddress: string | undefined;
  /** The most models that are asked for in this run. */
  readonly maximumShows: number;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Reads it; undefined where the process has ended meanwhile. */
export async function readServer(host: Host, context: ServerContext): Promise<RawServer | undefined> {
  const [rawOwner] = await readProcessOwners(host, [context.pid]);
  if (rawOwner === undefined || rawOwner.stat.outcome === "absent") return undefined;
  const owner = processOwnerOf(rawOwner);
  const before = context.before !== undefined && isSame(owner, context.before.owner) ? context.before : undefined;
  const environment = before?.settingsSource === "process" ? undefined : await readEnvironment(host, context.pid);
  const listening = listeningBefore(before, owner) ?? (await attempt(readListening(host, context.pid, textOf(environment))));
  return { kind: "found", owner, before, environment, listening, answers: await ask(host, listening, context) };
}

/** The start of a process is told by the boot time, which a clock that is set right moves a little. */
const toleratedMs = 5_000n;

function isSame(owner: ProcessOwner, before: ProcessOwner | undefined): boolean {
  if (before?.startedAtUnixMs === undefined || owner.startedAtUnixMs === undefined) return false;
  const difference = owner.startedAtUnixMs - before.startedAtUnixMs;
  return owner.pidNumber === before.pidNumber && difference < toleratedMs && difference > -toleratedMs;
}

/** The addresses of a container may change while its process runs. */
function listeningBefore(before: OllamaServer | undefined, owner: ProcessOwner): Listening | undefined {
  if (before === undefined || before.listening.length === 0 || owner.containerId !== "") return undefined;
  return { listeners: before.listening.flatMap((text) => parseEndpoint(text) ?? []), containerAddresses: undefined };
}

function readEnvironment(host: Host, pid: number): Promise<Reading> {
  return readFile(host, `/proc/${pid}/environ`, { keep: keepServerVariables });
}

async function ask(host: Host, listening: Listening | AppError, context: ServerContext): Promise<ServerAnswers | undefined> {
  if (listening instanceof AppError) return undefined;
  const { known, nodeAddress, maximumShows, nowMs, signal } = context;
  const places = await placesToAsk(host, listening, nodeAddress);
  if (places.length === 0) return undefined;
  const answers = await askServer(host, {
    places,
    wanted: (tags) => someOf(modelsToShow(tags, known), maximumShows, nowMs),
    signal,
  });
  const isInRecording = !(answers.version instanceof AppError) || answers.version.code !== "HOST_NOT_SUPPORTED";
  return isInRecording ? answers : undefined;
}

/** Others in every run, so that one that cannot be told keeps no other from being asked. */
function someOf(names: readonly string[], count: number, nowMs: number): readonly string[] {
  const start = names.length <= count ? 0 : (Math.floor(nowMs / rotationMs) * count) % names.length;
  return [...names.slice(start), ...names.slice(0, start)].slice(0, count);
}

/** About the time from one run to the next. */
const rotationMs = 15_000;

function textOf(reading: Reading | undefined): string | undefined {
  return reading?.outcome === "ok" ? reading.value : undefined;
}

async function attempt<Value>(work: Promise<Value>): Promise<Value | AppError> {
  try {
    return await work;
  } catch (thrown) {
    return AppError.from(thrown, "HOST_READ_FAILED");
  }
}
