/**
 * What became of the models of a server between two readings of it. Pure. Counts are lower bounds: what comes and goes between two readings is not seen, and
 * nothing is told over a time in which nobody spoke of the server, or in which it was started anew.
 */

/** A model in memory. */
export interface LoadedModel {
  /** Undefined where the server does not say. */
  readonly contextLengthTokens: number | undefined;
  /** When it is unloaded if nobody asks again, ms since 1970 by our clock; Infinity: never; undefined: not known. */
  readonly expiresAtMs: number | undefined;
}

/** All that a server has in memory at a time. */
export interface ModelsReading {
  /** By our clock. */
  readonly atMs: number;
  /** Silence of so long after it is still its word. */
  readonly goodForMs: number;
  /** Who says so, and which run of the server that is as far as they can tell: another run begins with empty memory. */
  readonly witness: "agent" | "ollama";
  readonly run: string;
  /** By name. */
  readonly loaded: ReadonlyMap<string, LoadedModel>;
}

/** What is remembered of a server between two readings. */
export interface ModelsTrack {
  readonly reading: ModelsReading;
  /** Models that left before their time a moment ago: one that comes back with another context was only loaded anew. */
  readonly left: ReadonlyMap<string, { readonly atMs: number; readonly contextLengthTokens: number | undefined }>;
}

/** What became of a model. */
export type ModelEvent =
  | { readonly kind: "time"; readonly model: string; readonly fromMs: number; readonly untilMs: number }
  | { readonly kind: "load" | "reload" | "eviction"; readonly model: string; readonly atMs: number };

/** What there is after a reading, and what it showed. */
export interface FollowedModels {
  readonly track: ModelsTrack;
  readonly events: readonly ModelEvent[];
}

/** Ollama does not list a model while it loads it, so one that is loaded anew for another context may be gone for so long. */
const reloadMs = 120_000;
/** Clocks of machines are not ours to the second: one that leaves so shortly before its time left by it. */
const clockMarginMs = 5_000;

/** A server that names others each second fills no memory. */
const maximumLeft = 64;

/** `isKept`: somebody kept its GPU at any time since the reading before; we unloaded its models then. */
export function followModels(before: ModelsTrack | undefined, reading: ModelsReading, isKept: boolean): FollowedModels {
  const passedMs = before === undefined ? 0 : reading.atMs - before.reading.atMs;
  if (before !== undefined && passedMs <= 0 && -passedMs <= before.reading.goodForMs) return { track: before, events: [] };
  if (before === undefined || passedMs < 0 || passedMs > before.reading.goodForMs || isOtherRun(before.reading, reading)) {
    return { track: { reading, left: new Map() }, events: [] };
  }
  const left = new Map(before.left);
  const events = [...reading.loaded].flatMap(([model, loaded]) => eventsOf(model, loaded, before, reading));
  for (const model of reading.loaded.keys()) left.delete(model);
  for (const [model, { expiresAtMs, contextLengthTokens }] of before.reading.loaded) {
    const isBeforeItsTime = expiresAtMs !== undefined && expiresAtMs > reading.atMs + clockMarginMs;
    if (!isKept && isBeforeItsTime && !reading.loaded.has(model) && left.size < maximumLeft)
      left.set(model, { atMs: reading.atMs, contextLengthTokens });
  }
  for (const [model, { atMs }] of left) {
    if (reading.atMs - atMs < reloadMs) continue;
    events.push({ kind: "eviction", model, atMs });
    left.delete(model);
  }
  return { track: { reading, left }, events };
}

/** Of a model that is in memory now. */
function eventsOf(
  model: string,
  now: LoadedModel,
  { reading: before, left }: ModelsTrack,
  { atMs }: ModelsReading,
): readonly ModelEvent[] {
  const was = before.loaded.get(model);
  if (was !== undefined) {
    const time: ModelEvent = { kind: "time", model, fromMs: before.atMs, untilMs: atMs };
    return isOtherContext(was, now) ? [time, { kind: "reload", model, atMs }] : [time];
  }
  const gone = left.get(model);
  if (gone === undefined) return [{ kind: "load", model, atMs }];
  if (isOtherContext(gone, now)) return [{ kind: "reload", model, atMs }];
  return [
    { kind: "eviction", model, atMs: gone.atMs },
    { kind: "load", model, atMs },
  ];
}

/** Two witnesses cannot be held against each other. */
function isOtherRun(a: ModelsReading, b: ModelsReading): boolean {
  return a.witness === b.witness && a.run !== b.run;
}

type WithContext = Pick<LoadedModel, "contextLengthTokens">;

function isOtherContext({ contextLengthTokens: a }: WithContext, { contextLengthTokens: b }: WithContext): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
