/**
 * Asks an Ollama server, for what its agent does not say or does not say any more. Only questions that load nothing and wake nothing: /api/version,
 * /api/tags, /api/ps. Each answer is bounded, and no redirect is followed.
 */
import { AppError } from "@nodekeeper/shared";

/** The questions. They reject with PEER_UNREACHABLE, PEER_REFUSED or PROTOCOL_VIOLATION, in words for people. */
export interface OllamaClient {
  /** Whether it answers, and its version. */
  version(url: string, signal: AbortSignal): Promise<string>;
  /** What it has on disk, as it answers. */
  tags(url: string, signal: AbortSignal): Promise<readonly OllamaEntry[]>;
  /** What it has loaded. While it loads or unloads, the answer may take ten seconds (facts: sched.go). */
  loaded(url: string, signal: AbortSignal): Promise<readonly OllamaEntry[]>;
  /** Unloads a model; nothing happens where it is not loaded. */
  unload(url: string, model: string, signal: AbortSignal): Promise<void>;
}

/** A model in a list of it; each part only where it has the right form. */
export interface OllamaEntry {
  readonly name: string;
  readonly digest?: string;
  readonly sizeBytes?: number;
  readonly vramBytes?: number;
  readonly contextLengthTokens?: number;
  readonly expiresAtMs?: number;
  readonly family?: string;
  /** True: it runs elsewhere, and takes nothing there. */
  readonly isRemote?: true;
  readonly capabilities: readonly string[];
}

const maximumBytes = 4 << 20;
const maximumModels = 512;
/** One that is never unloaded by itself says a year like 2318. */
const foreverMs = Date.UTC(2200, 0);

/** Asks over the network. `ask` is fetch, unless a test has another. */
export function createOllamaClient(ask: typeof fetch = fetch): OllamaClient {
  async function json(url: string, path: string, signal: AbortSignal, init: RequestInit = {}): Promise<unknown> {
    const response = await ask(new URL(path, url), { ...init, redirect: "manual", signal }).catch((thrown: unknown) => {
      signal.throwIfAborted();
      throw new AppError("PEER_UNREACHABLE", causeOf(thrown), { cause: thrown });
    });
    const text = await boundedText(response);
    if (!response.ok) throw new AppError("PEER_REFUSED", `it answers ${path} with ${response.status}`);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new AppError("PROTOCOL_VIOLATION", `what it answers to ${path} is no JSON`, { cause });
    }
  }

  async function entries(url: string, path: string, signal: AbortSignal): Promise<readonly OllamaEntry[]> {
    const { models } = recordOf(await json(url, path, signal));
    if (models === null) return []; // an empty list of Go
    if (!Array.isArray(models)) throw new AppError("PROTOCOL_VIOLATION", `what it answers to ${path} has no list of models`);
    return models.slice(0, maximumModels).flatMap((model: unknown) => entryOf(recordOf(model)));
  }

  return {
    async version(url, signal) {
      const { version } = recordOf(await json(url, "/api/version", signal));
      if (typeof version !== "string") throw new AppError("PROTOCOL_VIOLATION", "what answers there is no Ollama");
      return version.slice(0, 64);
    },
    tags: (url, signal) => entries(url, "/api/tags", signal),
    loaded: (url, signal) => entries(url, "/api/ps", signal),
    async unload(url, model, signal) {
      const body = JSON.stringify({ model, keep_alive: 0, stream: false });
      await json(url, "/api/generate", signal, { method: "POST", headers: { "content-type": "application/json" }, body });
    },
  };
}

function entryOf(model: Readonly<Record<string, unknown>>): readonly OllamaEntry[] {
  const name = textOf(model["model"]) ?? textOf(model["name"]);
  if (name === undefined) return [];
  const details = recordOf(model["details"]);
  const expiresAtMs = Date.parse(textOf(model["expires_at"]) ?? "");
  const capabilities = Array.isArray(model["capabilities"]) ? model["capabilities"] : [];
  return [
    {
      name,
      ...known("digest", textOf(model["digest"])?.replace(/^sha256:/, "")), // as agents say it
      ...known("sizeBytes", countOf(model["size"])),
      ...known("vramBytes", countOf(model["size_vram"])),
      ...known("contextLengthTokens", countOf(model["context_length"])),
      ...known("expiresAtMs", Number.isNaN(expiresAtMs) || expiresAtMs > foreverMs ? undefined : expiresAtMs),
      ...known("family", textOf(details["family"])),
      ...known("isRemote", [model["remote_host"], model["remote_model"]].some((each) => textOf(each) !== undefined) || undefined),
      capabilities: capabilities.filter((each): each is string => typeof each === "string").slice(0, 16),
    },
  ];
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maximumBytes) throw new AppError("PROTOCOL_VIOLATION", "its answer is larger than 4 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What fetch hides in its cause. */
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return cause instanceof Error ? cause.message : String(cause);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}; // each part is looked at by who takes it
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= 512 ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function known<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [Name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]: Value }); // one key of one value
}
