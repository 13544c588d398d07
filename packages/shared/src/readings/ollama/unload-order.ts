/**
 * In which order Ollama unloads models to make room: by how long each is kept after a use, the shortest first, then by the file of its weights
 * (sched.go: ByDurationAndName, findRunnerToUnload), and not by when it was used or how large it is. Nobody tells how long each is kept: it is taken
 * for the server's own keep-alive, unless more than that is left. One that is in use goes after the others; Ollama does not tell that either.
 */
import type { SubjectBody } from "../../api/node.ts";
import { booleanField, numberField, textField } from "../fields.ts";
import { likelyKeepAliveMs } from "./keep-alive.ts";

/** Loaded models in that order; `models` are all on disk, which tell the weights. */
export function unloadOrder(
  loaded: readonly SubjectBody[],
  models: readonly SubjectBody[],
  server: SubjectBody | undefined,
): readonly SubjectBody[] {
  const keepMs = likelyKeepAliveMs(server);
  return loaded
    .map((model) => ({ model, keptMs: keptMs(model, keepMs), weights: weightsOf(model, models) }))
    .toSorted((a, b) => byNumber(a.keptMs, b.keptMs) || byText(a.weights, b.weights) || byText(a.model.id, b.model.id))
    .map(({ model }) => model);
}

/** How long it is kept after each use; one that stays is kept for ever. */
function keptMs(model: SubjectBody, keepMs: number): number {
  const expiresAtMs = numberField(model, "expiresAtUnixMs");
  if (booleanField(model, "isKept") === true || expiresAtMs === undefined) return Number.POSITIVE_INFINITY;
  const leftMs = expiresAtMs - Date.parse(model.readAt ?? model.observedAt ?? "");
  // What is left says more than the setting only where it is clearly more: clocks differ, and an answer takes its time.
  return leftMs > keepMs + slackMs ? leftMs : keepMs;
}

const slackMs = 2_000;

function weightsOf({ id, value }: SubjectBody, models: readonly SubjectBody[]): string {
  const digest = value?.["digest"];
  const onDisk = models.find((model) => model.id === id) ?? models.find((model) => textField(model, "digest") === digest);
  return onDisk === undefined ? "" : textField(onDisk, "weightsDigest");
}

function byNumber(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
