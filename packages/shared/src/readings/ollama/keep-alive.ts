/** How long Ollama keeps a model in memory after its last use, where a request does not say otherwise. Source: KeepAlive of ollama, envconfig/config.go. */
import type { SubjectBody } from "../../api/node.ts";
import { hasField, innerSubject, textField } from "../fields.ts";

/** What Ollama takes where nothing is set, or what is set means nothing to it. */
const defaultKeepAliveMs = 5 * 60_000;

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Of a server (kind ollama_server), in ms; Infinity: for ever. Undefined where nobody saw its settings. */
export function keepAliveMs(server: SubjectBody | undefined): number | undefined {
  if (server === undefined || !hasField(server, "settings")) return undefined;
  const ms = durationMs(textField(innerSubject(server, "settings"), "keepAlive")) ?? defaultKeepAliveMs;
  return ms < 0 ? Number.POSITIVE_INFINITY : ms;
}

/** In the way of Ollama's own order of unloading, in which it counts what is not known as the default. */
export function likelyKeepAliveMs(server: SubjectBody | undefined): number {
  return keepAliveMs(server) ?? defaultKeepAliveMs;
}

/** A duration of Go ("1h30m", "-1s"), or a number of seconds. Undefined for what is neither. */
function durationMs(text: string): number | undefined {
  const [, sign = "", parts = ""] = /^([-+]?)(.*)$/s.exec(text.trim()) ?? [];
  const factor = sign === "-" ? -1 : 1;
  if (/^\d+$/.test(parts)) return factor * Number(parts) * 1_000;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(parts)) return undefined;
  const matches = [...parts.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)];
  return factor * matches.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
}
