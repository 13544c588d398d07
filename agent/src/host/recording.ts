/**
 * A recorded host is a folder that looks like a root filesystem, with everything that is no file beside it in .nodekeeper/recording.json.
 * This is the form of that file. Everything in it may be edited; what is left out is empty.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type ErrorCode, errorCodes } from "@nodekeeper/shared";
import type { FilesystemUsage } from "./host.ts";

/** An answer that was an error. */
export interface RecordedError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The errno behind it, where there was one: "EINVAL". */
  readonly errno?: string;
}

/** A path whose reading, listing or resolving failed. A missing path is no error: it is missing in the tree, too. */
export interface RecordedPathError extends RecordedError {
  readonly path: string;
  readonly action: "read" | "list" | "resolve";
}

/** What statfs said of a mount point. */
export interface RecordedUsage {
  readonly path: string;
  readonly answer: FilesystemUsage | RecordedError;
}

/** What a program answered. Its output lies in files beside the recording, so that it can be read and edited. */
export interface RecordedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly answer: { readonly exitCode: number; readonly stdoutFile: string; readonly stderrFile: string } | RecordedError;
}

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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isError(value: unknown): value is RecordedError {
  if (!isObject(value)) return false;
  const { code, message, errno } = value;
  return isText(code) && Object.hasOwn(errorCodes, code) && isText(message) && (errno === undefined || isText(errno));
}

function isPathError(value: unknown): value is RecordedPathError {
  return (
    isError(value) &&
    "path" in value &&
    isText(value.path) &&
    "action" in value &&
    /^(?:read|list|resolve)$/.test(String(value.action))
  );
}

function isUsage(value: unknown): value is RecordedUsage {
  if (!isObject(value) || !isText(value["path"])) return false;
  const { answer } = value;
  if (isError(answer)) return true;
  return isObject(answer) && usageFields.every((field) => typeof answer[field] === "number");
}

const usageFields = ["sizeBytes", "freeBytes", "availableBytes", "inodesTotal", "inodesFree"] as const;

function isCommand(value: unknown): value is RecordedCommand {
  if (!isObject(value) || !isText(value["command"]) || !Array.isArray(value["args"]) || !value["args"].every(isText))
    return false;
  const { answer } = value;
  if (isError(answer)) return true;
  return (
    isObject(answer) && typeof answer["exitCode"] === "number" && isText(answer["stdoutFile"]) && isText(answer["stderrFile"])
  );
}
