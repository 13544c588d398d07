import { describe, expect, it } from "vitest";
import { createNodeUsage, type NodeUsage } from "./node-usage.ts";
import { isUsageDocument } from "./usage-document.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const [minuteMs, dayMs, gib] = [60_000, 86_400_000, 2 ** 30];

function gpu(usage: NodeUsage, atMs: number, owners: Readonly<Record<string, number>>, id = "0000:01:00.0"): void {
  const held = { owners: new Map(Object.entries(owners)), freeBytes: 0 };
  for (const each of [atMs, atMs + minuteMs]) usage.takeMemory(each, 2 * minuteMs, [{ id, name: "", capacityBytes: 1, held }]);
}

function models(usage: NodeUsage, atMs: number, names: readonly string[]): void {
  const loaded = new Map(names.map((name) => [name, { contextLengthTokens: 1, expiresAtMs: undefined }]));
  usage.takeModels({ atMs, goodForMs: 2 * minuteMs, witness: "agent", run: "", loaded }, false);
}

const names = (usage: NodeUsage): readonly string[] => usage.models().map(({ model }) => model);

describe("what is kept of a node", () => {
  it("goes when nothing of it is of the last day, or of the last thirty days for models", () => {
    const usage = createNodeUsage("neko");
    gpu(usage, nowMs, { "ollama ollama": gib });
    models(usage, nowMs, []);
    models(usage, nowMs + minuteMs, ["a"]);

    expect(usage.prune(nowMs + dayMs - minuteMs)).toBe(true);
    expect(usage.gpus()).toHaveLength(1);
    expect(usage.prune(nowMs + dayMs + 10 * minuteMs)).toBe(true);
    expect([usage.gpus().length, names(usage)]).toEqual([0, ["a"]]);
    expect(usage.prune(nowMs + 32 * dayMs)).toBe(false);
    expect(usage.hasAny()).toBe(false);
  });

  it("stays while somebody speaks of its server, though nothing was ever loaded there", () => {
    const usage = createNodeUsage("neko");
    models(usage, nowMs, []);

    expect([usage.prune(nowMs + minuteMs), usage.hasAny()]).toEqual([true, false]);
  });

  it("is of 64 models, those that were not loaded for longest go first", () => {
    const usage = createNodeUsage("neko");
    for (let index = 0; index < 70; index += 1) {
      models(usage, nowMs + index * dayMs, []);
      models(usage, nowMs + index * dayMs + minuteMs, [`model-${String(index).padStart(2, "0")}`]);
    }

    expect(names(usage)).toHaveLength(64);
    expect([names(usage)[0], names(usage).at(-1)]).toEqual(["model-06", "model-69"]);
  });

  it("is of 32 GPUs, and of 16 programs apart, the others as one", () => {
    const usage = createNodeUsage("neko");
    for (let index = 0; index < 40; index += 1) gpu(usage, nowMs, { "ollama ollama": gib }, `0000:${index}`);
    const programs = createNodeUsage("panther");
    gpu(programs, nowMs, Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`game game-${index}`, gib])));

    expect(usage.gpus()).toHaveLength(32);
    const step = Math.floor(nowMs / 300_000);
    const owners = programs.gpus()[0]?.series.steps(step, step).owners ?? new Map();
    expect(owners.size).toBe(17);
    expect(owners.get("rest rest")).toEqual([4 * gib]);
  });

  it("can be read again, whatever a driver says of its memory", () => {
    const usage = createNodeUsage("neko");
    const held = {
      owners: new Map([
        ["game a", Number.NaN],
        ["game b", -5],
        ["game c", 1e308],
      ]),
      freeBytes: -gib,
    };
    const reading = [{ id: "0", name: "", capacityBytes: gib, held }];
    for (const each of [nowMs, nowMs + minuteMs]) usage.takeMemory(each, 2 * minuteMs, reading);

    expect(isUsageDocument(JSON.parse(JSON.stringify(usage.document(0))))).toBe(true);
  });

  it("costs little of a machine that invents thousands of names each time", () => {
    const usage = createNodeUsage("neko");
    const startedAtMs = performance.now();
    for (let round = 0; round < 5; round += 1) {
      const invented = Array.from({ length: 5_000 }, (_, index) => `${round} ${index}`);
      models(usage, nowMs + round * minuteMs, invented);
      gpu(usage, nowMs + round * 2 * minuteMs, Object.fromEntries(invented.map((name) => [`game ${name}`, gib])));
    }

    expect(names(usage).length).toBeLessThanOrEqual(64);
    expect(performance.now() - startedAtMs).toBeLessThan(1_500);
  });
});
