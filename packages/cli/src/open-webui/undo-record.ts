/** The file from which `open-webui restore` puts back what was there before: it may hold keys, and is its owner's alone. */
import { open, readFile, rm } from "node:fs/promises";
import { AppError, isFields, systemErrorCode, textAt } from "@nodekeeper/shared";
import type { OllamaBody, ToolServer } from "./bodies.ts";
import type { ConnectionStep } from "./plan-ollama.ts";

/** What was done, part by part; a part that is not there was not touched. */
export interface UndoRecord {
  /** Form of the file. */
  readonly nodekeeperOpenWebUi: 1;
  /** Which Open WebUI. */
  readonly place: string;
  readonly at: string;
  readonly ollama?: { readonly before: OllamaBody; readonly after: OllamaBody; readonly steps: readonly ConnectionStep[] };
  readonly embeddingsUrl?: { readonly before: string; readonly after: string };
  /** Without `before` it was not there. */
  readonly toolServer?: { readonly before?: ToolServer; readonly after: ToolServer };
  /** Of the token that was made for it. */
  readonly tokenId?: string;
}

/** Writes it; a file that is there is never overwritten. */
export async function writeUndoRecord(file: string, record: UndoRecord): Promise<void> {
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
      await handle.sync();
    } catch (cause) {
      await rm(file, { force: true }); // a disk that is full: half of it would put nothing back
      throw cause;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = systemErrorCode(cause) ?? "unknown";
    if (code === "EEXIST") throw new AppError("CONFIG_INVALID", `${file} is there already: name another with --undo-file`);
    const why = `what is to be put back cannot be written to ${file} (${code}), so nothing was changed: name another file with --undo-file`;
    throw new AppError("DIRECTORY_NOT_WRITABLE", why, { cause });
  }
}

/** Reads it. Throws CONFIG_INVALID. */
export async function readUndoRecord(file: string): Promise<UndoRecord> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError("CONFIG_INVALID", `--from ${file} cannot be read (${systemErrorCode(cause) ?? "unknown"})`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!isRecord(value)) {
    throw new AppError("CONFIG_INVALID", `--from ${file} is not a file that \`nodekeeper open-webui connect\` wrote`);
  }
  return value;
}

/** Written by us, and the owner's alone: looked at as far as it is used. */
function isRecord(value: unknown): value is UndoRecord {
  if (!isFields(value) || value["nodekeeperOpenWebUi"] !== 1 || textAt(value, "place") === undefined) return false;
  const { ollama, embeddingsUrl, toolServer, tokenId } = value;
  return (
    (ollama === undefined || isOllama(ollama)) &&
    (embeddingsUrl === undefined ||
      (isFields(embeddingsUrl) && isText(embeddingsUrl["before"]) && isText(embeddingsUrl["after"]))) &&
    (toolServer === undefined ||
      (isFields(toolServer) &&
        isPlace(toolServer["after"]) &&
        (toolServer["before"] === undefined || isPlace(toolServer["before"])))) &&
    (tokenId === undefined || isText(tokenId))
  );
}

function isOllama(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { before, after, steps } = value;
  return isOllamaBody(before) && isOllamaBody(after) && Array.isArray(steps) && steps.every(isStep);
}

function isOllamaBody(value: unknown): boolean {
  if (!isFields(value) || typeof value["ENABLE_OLLAMA_API"] !== "boolean") return false;
  const { OLLAMA_BASE_URLS: urls, OLLAMA_API_CONFIGS: configs } = value;
  return Array.isArray(urls) && urls.every(isText) && isFields(configs) && Object.values(configs).every(isFields);
}

function isStep(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { kind, before, after, index } = value;
  if (kind === "removed") return isPlace(before) && Number.isSafeInteger(index);
  return isPlace(after) && (kind === "added" || (kind === "replaced" && isPlace(before)));
}

/** A connection or a tool server. */
function isPlace(value: unknown): boolean {
  return isFields(value) && isText(value["url"]);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
