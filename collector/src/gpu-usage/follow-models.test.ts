import { describe, expect, it } from "vitest";
import { followModels, type LoadedModel, type ModelEvent, type ModelsReading, type ModelsTrack } from "./follow-models.ts";

const minuteMs = 60_000;
const stays = Number.POSITIVE_INFINITY;

/** A model with its context and the second in which its time is over. */
type Models = Readonly<Record<string, { readonly context?: number; readonly until?: number }>>;

function reading(second: number, models: Models, more: Partial<ModelsReading> = {}): ModelsReading {
  const loaded = Object.entries(models).map(([model, { context, until = stays }]): [string, LoadedModel] => [
    model,
    { contextLengthTokens: context, expiresAtMs: until * 1000 },
  ]);
  return { atMs: second * 1000, goodForMs: 75_000, witness: "agent", run: "1", loaded: new Map(loaded), ...more };
}

/** Everything that some readings show, e.g. "load a 15", "time a 15-30". */
function shown(readings: readonly ModelsReading[], keptAt: readonly number[] = []): readonly string[] {
  let track: ModelsTrack | undefined;
  const events: ModelEvent[] = [];
  for (const each of readings) {
    const followed = followModels(track, each, keptAt.includes(each.atMs / 1000));
    track = followed.track;
    events.push(...followed.events);
  }
  return events.map((event) =>
    event.kind === "time"
      ? `time ${event.model} ${event.fromMs / 1000}-${event.untilMs / 1000}`
      : `${event.kind} ${event.model} ${event.atMs / 1000}`,
  );
}

const a = { a: {} };

describe("what becomes of models between readings", () => {
  it("begins to count with the first reading: what was loaded before it was loaded by nobody we know", () => {
    expect(shown([reading(0, a)])).toEqual([]);
    expect(shown([reading(0, a), reading(15, a)])).toEqual(["time a 0-15"]);
  });

  it("is a load where one reading is without it and the next has it", () => {
    expect(shown([reading(0, {}), reading(15, a), reading(30, a)])).toEqual(["load a 15", "time a 15-30"]);
  });

  it("is an eviction where it left before its time and did not come back", () => {
    const after = [150, 165].map((second) => reading(second, {}));
    const events = shown([reading(0, { a: { until: 300 } }), reading(15, {}), reading(75, {}), ...after]);

    expect(events).toEqual(["eviction a 15"]);
  });

  it("is an eviction and a load where it comes back as it was", () => {
    const was = { a: { context: 4096, until: 300 } };

    expect(shown([reading(0, was), reading(15, {}), reading(30, was)])).toEqual(["eviction a 15", "load a 30"]);
  });

  it("is a reload where it comes back with another context, or is there with one", () => {
    const [small, large] = [{ a: { context: 4096, until: 300 } }, { a: { context: 8192, until: 300 } }];

    expect(shown([reading(0, small), reading(15, {}), reading(30, large)])).toEqual(["reload a 30"]);
    expect(shown([reading(0, small), reading(15, large)])).toEqual(["time a 0-15", "reload a 15"]);
    expect(shown([reading(0, { a: {} }), reading(15, large)])).toEqual(["time a 0-15"]);
  });

  it("is nothing where its time was over, or so nearly that clocks may differ", () => {
    const after = reading(75, {});

    expect(shown([reading(0, { a: { until: 10 } }), reading(15, {}), after, reading(140, {})])).toEqual([]);
    expect(shown([reading(0, { a: { until: 18 } }), reading(15, {}), after, reading(140, {})])).toEqual([]);
  });

  it("is no eviction while somebody keeps the GPU: we unloaded it", () => {
    const readings = [reading(0, { a: { until: 300 } }), reading(15, {}), reading(75, {}), reading(140, {})];

    expect(shown(readings, [15])).toEqual([]);
  });

  it("is no eviction, and nothing else, where the server was started anew", () => {
    const other = { run: "2" };

    expect(shown([reading(0, a), reading(15, {}, other), reading(75, {}, other), reading(140, {}, other)])).toEqual([]);
    expect(shown([reading(0, a), reading(15, a, other), reading(30, a, other)])).toEqual(["time a 15-30"]);
  });

  it("goes on where Ollama itself speaks in the place of its agent", () => {
    const asked = { witness: "ollama", run: "since 7" } as const;

    expect(shown([reading(0, a), reading(15, { ...a, b: {} }, asked)])).toEqual(["time a 0-15", "load b 15"]);
  });

  it("counts nothing over a silence, whatever was before and after it", () => {
    expect(shown([reading(0, a), reading(76, { b: {} }), reading(90, { b: {} })])).toEqual(["time b 76-90"]);
  });

  it("leaves out a reading that comes twice or late, and begins anew where the clock was set back", () => {
    expect(shown([reading(15, a), reading(15, a), reading(10, {}), reading(30, a)])).toEqual(["time a 15-30"]);
    expect(shown([reading(7200, a), reading(3600, a), reading(3615, a)])).toEqual(["time a 3600-3615"]);
  });

  it("forgets one that left where silence followed: it may have come back", () => {
    const events = shown([reading(0, { a: { until: 900 } }), reading(15, {}), reading(15 + (10 * minuteMs) / 1000, {})]);

    expect(events).toEqual([]);
  });
});
