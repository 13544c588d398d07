/**
 * A recorded host is a folder that looks like a root filesystem, with everything that is no file beside it in .nodekeeper/recording.json.
 * This is the form of that file. Everything in it may be edited; what is left out is empty.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@nodekeeper/shared";
import {
  isCommand,
  isHolders,
  isObject,
  isPathError,
  isService,
  isText,
  isUsage,
  type RecordedCommand,
  type RecordedError,
  type RecordedHolders,
  type RecordedPathError,
  type RecordedService,
  type RecordedUsage,
} from "./recording-form.ts";
import { type ServiceRequest, serviceKey } from "./services.ts";

/** All that is no file. */
export interface Recording {
  readonly format: 1;
  /** When it was recorded, by the host's wall clock. */
  readonly recordedAtUnixMs: number;
  /** The boot-time clock then. */
  readonly uptimeMs: number;
  /** Names that were listed but not looked at: they are there, but what they hold is not known. */
  readonly unread: readonly string[];
  readonly errors: readonly RecordedPathError[];
  readonly usages: readonly RecordedUsage[];
  readonly commands: readonly RecordedCommand[];
  readonly services: readonly RecordedService[];
  readonly holders: readonly RecordedHolders[];
}

/** The folder of the recording in the root of the tree. */
export const recordingFolder = ".nodekeeper";

/** Where the recording lies under the root of a tree. */
export function recordingPath(root: string): string {
  return join(root, recordingFolder, "recording.json");
}

/** Reads the recording of a tree. A broken one is HOST_ANSWER_MALFORMED and names the first thing that is wrong. */
export async function readRecording(root: string): Promise<Recording> {
  const path = recordingPath(root);
  const malformed = (why: string): AppError => new AppError("HOST_ANSWER_MALFORMED", `${path}: ${why}`);
  const text = await readFile(path, "utf8");
  const value = parseJson(text, malformed);
  if (!isObject(value)) throw malformed("it is not an object");
  if (value["format"] !== 1) throw malformed(`its format is ${JSON.stringify(value["format"])}; this version reads format 1`);
  const list = <Item>(name: string, is: (item: unknown) => item is Item): readonly Item[] => {
    const items = value[name] ?? [];
    if (!Array.isArray(items)) throw malformed(`${name} is not a list`);
    const wrong = items.findIndex((item) => !is(item));
    if (wrong >= 0) throw malformed(`${name}[${wrong}] is not in the form that is known: ${JSON.stringify(items[wrong])}`);
    return items;
  };
  return {
    format: 1,
    recordedAtUnixMs: numberOf(value["recordedAtUnixMs"] ?? 0, "recordedAtUnixMs", malformed),
    uptimeMs: numberOf(value["uptimeMs"] ?? 0, "uptimeMs", malformed),
    unread: list("unread", isText),
    errors: list("errors", isPathError),
    usages: list("usages", isUsage),
    commands: list("commands", isCommand),
    services: list("services", isService),
    holders: list("holders", isHolders),
  };
}

/** An error as it is recorded. */
export function recordError(error: AppError): RecordedError {
  const errno = error.context["errno"];
  return { code: error.code, message: error.message, ...(typeof errno === "string" && { errno }) };
}

/** A recorded error as it is thrown again. */
export function replayError({ code, message, errno }: RecordedError): AppError {
  return new AppError(code, message, { context: { errno } });
}

/** True for an answer that was an error. */
export function isRecordedError(answer: object): answer is RecordedError {
  return "code" in answer;
}

/** One key for one call of a program. */
export function commandKey(command: string, args: readonly string[]): string {
  return JSON.stringify([command, ...args]);
}

/** The call behind a key that `commandKey` made. */
export function commandOfKey(key: string): { readonly command: string; readonly args: readonly string[] } {
  const [command = "", ...args] = JSON.parse(key) as string[]; // what commandKey wrote
  return { command, args };
}

/** One key for one question to one service. */
export function requestKey(request: ServiceRequest): string {
  return request.service === "ollama"
    ? `${serviceKey(request)} at ${request.at.address} ${request.at.port}`
    : serviceKey(request);
}

/** One key for one look for open files. */
export function holdersKey(pathPrefixes: readonly string[], pids?: readonly number[]): string {
  return JSON.stringify([pathPrefixes, pids]);
}

/** The look behind a key that `holdersKey` made. */
export function lookOfKey(key: string): Pick<RecordedHolders, "pathPrefixes" | "pids"> {
  const [pathPrefixes, pids] = JSON.parse(key) as [readonly string[], readonly number[] | null]; // what holdersKey wrote
  return pids === null ? { pathPrefixes } : { pathPrefixes, pids };
}

function parseJson(text: string, malformed: (why: string) => AppError): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw malformed(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function numberOf(value: unknown, name: string, malformed: (why: string) => AppError): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw malformed(`${name} is not a number`);
}
