/** The parts of a recording.json, and whether values out of one, which anybody may have edited, are in their form. */
import { type ErrorCode, errorCodes } from "@nodekeeper/shared";
import type { FileHolder, FilesystemUsage } from "./host.ts";
import type { ServiceRequest } from "./services.ts";

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

/** What a service answered. The text of its answer lies in a file beside the recording. */
export interface RecordedService {
  readonly request: ServiceRequest;
  readonly answer: { readonly status: number; readonly textFile: string } | RecordedError;
}

/** Who had which files open. */
export interface RecordedHolders {
  readonly pathPrefixes: readonly string[];
  /** Only these were looked at, where they are given. */
  readonly pids?: readonly number[];
  readonly answer: { readonly holders: readonly FileHolder[] } | RecordedError;
}

/** True for an object that is no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isError(value: unknown): value is RecordedError {
  if (!isObject(value)) return false;
  const { code, message, errno } = value;
  return isText(code) && Object.hasOwn(errorCodes, code) && isText(message) && (errno === undefined || isText(errno));
}

/** A path whose reading, listing or resolving failed. */
export function isPathError(value: unknown): value is RecordedPathError {
  return (
    isError(value) &&
    "path" in value &&
    isText(value.path) &&
    "action" in value &&
    /^(?:read|list|resolve)$/.test(String(value.action))
  );
}

/** What statfs said. */
export function isUsage(value: unknown): value is RecordedUsage {
  if (!isObject(value) || !isText(value["path"])) return false;
  const { answer } = value;
  if (isError(answer)) return true;
  return isObject(answer) && usageFields.every((field) => typeof answer[field] === "number");
}

const usageFields = ["sizeBytes", "freeBytes", "availableBytes", "inodesTotal", "inodesFree"] as const;

/** What a program answered. */
export function isCommand(value: unknown): value is RecordedCommand {
  if (!isObject(value) || !isText(value["command"]) || !Array.isArray(value["args"]) || !value["args"].every(isText))
    return false;
  const { answer } = value;
  if (isError(answer)) return true;
  return (
    isObject(answer) && typeof answer["exitCode"] === "number" && isText(answer["stdoutFile"]) && isText(answer["stderrFile"])
  );
}

/** What a service answered. */
export function isService(value: unknown): value is RecordedService {
  if (!isObject(value) || !isRequest(value["request"])) return false;
  const { answer } = value;
  return isError(answer) || (isObject(answer) && typeof answer["status"] === "number" && isText(answer["textFile"]));
}

function isRequest(value: unknown): value is ServiceRequest {
  if (!isObject(value)) return false;
  const { service, question, address, at, model } = value;
  if (service === "tailscale") return question === "status" || (question === "ping" && isText(address));
  if (service !== "ollama" || !isObject(at) || !isText(at["address"]) || typeof at["port"] !== "number") return false;
  return question === "show" ? isText(model) : /^(?:version|tags|ps)$/.test(String(question));
}

/** Who had files open. */
export function isHolders(value: unknown): value is RecordedHolders {
  if (!isObject(value) || !isListOf(value["pathPrefixes"], isText)) return false;
  if (value["pids"] !== undefined && !isListOf(value["pids"], isNumber)) return false;
  const { answer } = value;
  return isError(answer) || (isObject(answer) && isListOf(answer["holders"], isHolder));
}

function isHolder(value: unknown): value is FileHolder {
  return isObject(value) && isNumber(value["pid"]) && isText(value["path"]);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isListOf<Item>(value: unknown, is: (item: unknown) => item is Item): value is readonly Item[] {
  return Array.isArray(value) && value.every(is);
}
