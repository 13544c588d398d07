/**
 * When a loaded model was used last. Ollama does not say it; it says when it will unload, and that is the end of the last use and the keep-alive
 * (sched.go: expiresAt is set when the last request ended; while the first one is under way /api/ps reckons it from now). So the server's own
 * keep-alive tells the last use, about: a request may have brought another keep-alive with it, and a model that is in use again shows the moment of
 * its use before.
 */
import type { SubjectBody } from "../../api/node.ts";
import { formatAgo } from "../../format.ts";
import { booleanField, numberField } from "../fields.ts";
import { keepAliveMs } from "./keep-alive.ts";

/** The use of one loaded model. */
export interface ModelUse {
  readonly model: string;
  /** True: it stays for ever, and so nothing tells when it was used. */
  readonly isKept: boolean;
  /** True where it surely is in use: its time is over and it is still there. */
  readonly isInUse: boolean;
  /** When it is unloaded if nobody asks again, in ms since 1970; undefined where it stays, or that is not known. */
  readonly keptUntilMs: number | undefined;
  /** About; undefined where it is not known. */
  readonly lastUsedAtMs: number | undefined;
}

/** Clocks, and the time that an answer takes. */
const slackMs = 2_000;

/** Of a loaded model (kind ollama_loaded_model) of a server (kind ollama_server). */
export function modelUse(loaded: SubjectBody, server: SubjectBody | undefined): ModelUse {
  const isKept = booleanField(loaded, "isKept") === true;
  const keptUntilMs = isKept ? undefined : numberField(loaded, "expiresAtUnixMs");
  const use = { model: loaded.id, isKept, isInUse: false, keptUntilMs, lastUsedAtMs: undefined };
  const keepMs = keepAliveMs(server);
  const readAtMs = Date.parse(loaded.readAt ?? loaded.observedAt ?? "");
  if (keptUntilMs === undefined || keepMs === undefined || Number.isNaN(readAtMs)) return use;
  if (keptUntilMs < readAtMs - slackMs) return { ...use, isInUse: true, lastUsedAtMs: readAtMs };
  const lastUsedAtMs = keptUntilMs - keepMs;
  // Later than it was read: its request asked for more than the server's setting, and of when that was nothing is known.
  if (lastUsedAtMs > readAtMs + slackMs || !Number.isFinite(lastUsedAtMs)) return use;
  return { ...use, lastUsedAtMs: Math.min(lastUsedAtMs, readAtMs) };
}

/** In words: "used about 20 s ago". */
export function modelUseText({ isKept, isInUse, lastUsedAtMs }: ModelUse, nowMs: number): string {
  if (isKept) return "kept for ever, and when it was used is not known";
  if (isInUse) return "in use";
  if (lastUsedAtMs === undefined) return "when it was used is not known";
  return nowMs - lastUsedAtMs <= slackMs
    ? "used just now"
    : `used about ${formatAgo(new Date(lastUsedAtMs).toISOString(), nowMs)}`;
}
