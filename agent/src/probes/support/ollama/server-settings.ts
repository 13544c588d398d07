/** Settings of an Ollama server from its environment. Source: ollama envconfig/config.go; a value that Ollama would not take is not set. */
import type { SubjectValue } from "../../../payload.ts";
import { cut, printable } from "../printable.ts";

/** The settings of a server, as on the wire. */
export type ServerSettings = NonNullable<Exclude<SubjectValue<"ollama_server">["settings"], undefined>>;

/** An address that a server was told to listen on. */
export interface HostSetting {
  readonly host: string;
  readonly port: number;
}

/** The only variables that are read of a server's environment; everything else in it may be a secret. */
export function isServerVariable(name: string): boolean {
  return serverVariables.has(name);
}

/** The wanted variables of /proc/<pid>/environ, in its own form. */
export function keepServerVariables(text: string): string {
  return text
    .split("\0")
    .filter((entry) => isServerVariable(entry.slice(0, Math.max(0, entry.indexOf("=")))))
    .join("\0");
}

/** The variables of such a text. Of two with one name the first counts, as for getenv(3). */
export function processVariables(text: string): ReadonlyMap<string, string> {
  const entries = keepServerVariables(text)
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry): readonly [string, string] => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]);
  return new Map(entries.toReversed());
}

/** What the variables set. */
export function serverSettings(variables: ReadonlyMap<string, string>): ServerSettings {
  const text = (name: string, maximumBytes = 256): string => printable(unquoted(variables.get(name) ?? ""), maximumBytes);
  const count = (name: string, maximum: number): number | undefined => {
    const value = unsigned(unquoted(variables.get(name) ?? ""));
    return value === undefined || value > BigInt(maximum) ? undefined : Number(value);
  };
  const origins = unquoted(variables.get("OLLAMA_ORIGINS") ?? "").split(",");
  const overheadBytes = unsigned(unquoted(variables.get("OLLAMA_GPU_OVERHEAD") ?? ""));
  return {
    host: text("OLLAMA_HOST"),
    origins: origins
      .map((origin) => printable(origin.trim()))
      .filter((origin) => origin !== "")
      .slice(0, maximumOrigins),
    parallelCount: count("OLLAMA_NUM_PARALLEL", 65_535),
    maximumLoadedModelCount: count("OLLAMA_MAX_LOADED_MODELS", 65_535),
    maximumQueueCount: count("OLLAMA_MAX_QUEUE", 1_000_000),
    keepAlive: text("OLLAMA_KEEP_ALIVE", 64),
    contextLengthTokens: count("OLLAMA_CONTEXT_LENGTH", 2 ** 31),
    kvCacheType: text("OLLAMA_KV_CACHE_TYPE", 32),
    isFlashAttentionEnabled: flag(variables.get("OLLAMA_FLASH_ATTENTION")),
    isSpreadOverGpus: flag(variables.get("OLLAMA_SCHED_SPREAD")),
    gpuOverheadBytes: overheadBytes === undefined || overheadBytes > maximumOverheadBytes ? undefined : overheadBytes,
    modelsFolder: cut(text("OLLAMA_MODELS", 1024), 1024),
    loadTimeout: text("OLLAMA_LOAD_TIMEOUT", 64),
    visibleDevices: visibleDeviceVariables.flatMap((name) => {
      const value = variables.get(name);
      return value === undefined ? [] : [printable(`${name}=${value.trim()}`)];
    }),
  };
}

/**
 * Where OLLAMA_HOST says that the server listens: a bare address or port, with a scheme or without, with a path behind it or without. The host
 * may be a name.
 */
export function hostSetting(value: string): HostSetting {
  const [, scheme, rest = ""] = /^(?:([A-Za-z]+):\/\/)?(.*)$/s.exec(unquoted(value)) ?? [];
  const defaultPort = scheme === "http" ? 80 : scheme === "https" ? 443 : 11_434;
  const [hostPort = ""] = rest.split("/");
  const [, bracketed, plain, digits] = /^(?:\[(.*)\]|([^:]*)):([^:]*)$/.exec(hostPort) ?? [];
  if (digits === undefined) return { host: hostPort.replaceAll(/[[\]]/g, "") || "127.0.0.1", port: defaultPort };
  const port = /^\d{1,5}$/.test(digits) && Number(digits) <= 65_535 ? Number(digits) : defaultPort;
  return { host: bracketed ?? plain ?? "", port };
}

const visibleDeviceVariables: readonly string[] = ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"];

const serverVariables: ReadonlySet<string> = new Set([
  "OLLAMA_HOST",
  "OLLAMA_ORIGINS",
  "OLLAMA_NUM_PARALLEL",
  "OLLAMA_MAX_LOADED_MODELS",
  "OLLAMA_MAX_QUEUE",
  "OLLAMA_KEEP_ALIVE",
  "OLLAMA_CONTEXT_LENGTH",
  "OLLAMA_KV_CACHE_TYPE",
  "OLLAMA_FLASH_ATTENTION",
  "OLLAMA_SCHED_SPREAD",
  "OLLAMA_GPU_OVERHEAD",
  "OLLAMA_MODELS",
  "OLLAMA_LOAD_TIMEOUT",
  ...visibleDeviceVariables,
]);

const maximumOrigins = 64;
/** Nobody leaves more free on a GPU. */
const maximumOverheadBytes = 2n ** 60n;

/** Ollama takes spaces and quotes off the ends of every value. */
function unquoted(value: string): string {
  return value.trim().replaceAll(/^["']+|["']+$/g, "");
}

function unsigned(value: string): bigint | undefined {
  return /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

/** Ollama takes what is neither true nor false for true. */
function flag(value: string | undefined): boolean | undefined {
  const text = unquoted(value ?? "");
  if (text === "") return undefined;
  return !/^(?:0|f|F|false|FALSE|False)$/.test(text);
}
