import { aModel, type GpuMachineInit, gpuMachine } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { type GpuMachine, type GpuWish, judgedGpus, machineAvailability, shownGpus } from "./gpu-availability.ts";
import { nowMs, smallCard } from "./test-support.ts";

const gibibyte = 2 ** 30;
const eight = { name: "llama3.1:8b", value: aModel(5) };
const asleep = [{ value: { power: "asleep" } }];
const game = [{ pid: 9, name: "game.exe", purpose: "game", gib: 12 }];
const other = { loaded: [{ name: "other", sizeGib: 12, vramGib: 12 }], processes: [{ pid: 1, gib: 12 }] };

function aMachine(node: string, init: GpuMachineInit = {}, overrides: Partial<GpuMachine> = {}): GpuMachine {
  return { node, freshness: "fresh", facts: gpuMachine({ models: [eight], ...init }), ...overrides };
}

const availabilityOf = (machines: readonly GpuMachine[], wish: GpuWish, atMs: number) =>
  judgedGpus(
    machines.flatMap((machine) => machineAvailability(machine, wish, atMs)),
    wish,
  );

describe("feature 86: is a GPU free", () => {
  it.each<{ name: string; machine: GpuMachine; wish?: GpuWish; verdict: string; text: string }>([
    { name: "free", machine: aMachine("a"), verdict: "now", text: "15.5 GiB of 15.5 GiB are free" },
    { name: "asleep", machine: aMachine("a", { gpus: asleep }), verdict: "after-waking", text: "asleep" },
    { name: "with a game on it", machine: aMachine("a", { processes: game }), verdict: "taken", text: "taken by game.exe" },
    {
      name: "of a machine that is switched off",
      machine: aMachine("a", {}, { away: "switched off since 22:00" }),
      verdict: "off",
      text: "its machine is away: switched off since 22:00",
    },
    {
      name: "that somebody keeps",
      machine: aMachine(
        "a",
        {},
        {
          reservation: {
            node: "a",
            kind: "person",
            by: "mika",
            reason: "a game",
            at: "2026-11-22T11:00:00.000Z",
            until: "2026-11-22T15:00:00.000Z",
          },
        },
      ),
      verdict: "reserved",
      text: "kept for mika (a game) until 2026-11-22 15:00 UTC",
    },
    {
      name: "off the bus",
      machine: aMachine("a", { gpus: [{ status: { outcome: "failed", failure: { code: "GPU_LOST", message: "lost" } } }] }),
      verdict: "never",
      text: "it has fallen off the bus",
    },
    {
      name: "of which nobody spoke lately",
      machine: aMachine("a", { gpus: [{ device: { freshness: "stale" } }] }),
      verdict: "unknown",
      text: "nothing was heard of it",
    },
    {
      name: "for a model that fits",
      machine: aMachine("a"),
      wish: { model: "llama3.1:8b" },
      verdict: "now",
      text: "it needs 5.5 GiB and fits",
    },
    {
      name: "for a model after others went",
      machine: aMachine("a", other),
      wish: { model: "llama3.1:8b" },
      verdict: "after-unload",
      text: "when Ollama has unloaded other",
    },
    {
      name: "for a model that is too large",
      machine: aMachine("a", { gpus: smallCard }),
      wish: { model: "llama3.1:8b" },
      verdict: "never",
      text: "does not fit whole",
    },
    {
      name: "for a model beside a game",
      machine: aMachine("a", { processes: game }),
      wish: { model: "llama3.1:8b" },
      verdict: "taken",
      text: "it would without game.exe",
    },
    {
      name: "for a model that sleeps with it",
      machine: aMachine("a", { gpus: asleep }),
      wish: { model: "llama3.1:8b" },
      verdict: "after-waking",
      text: "the GPU sleeps and would wake",
    },
    {
      name: "for a model that it lacks",
      machine: aMachine("a"),
      wish: { model: "qwen3" },
      verdict: "never",
      text: "does not have qwen3",
    },
    {
      name: "for a model where the list is not whole",
      machine: aMachine("a", { incomplete: ["ollama_model"] }),
      wish: { model: "qwen3" },
      verdict: "unknown",
      text: "is not known",
    },
    { name: "for so much memory", machine: aMachine("a"), wish: { freeBytes: 8 * gibibyte }, verdict: "now", text: "15.5 GiB" },
    {
      name: "for too much memory",
      machine: aMachine("a"),
      wish: { freeBytes: 20 * gibibyte },
      verdict: "never",
      text: "it has 15.5 GiB",
    },
    {
      name: "for memory that models hold, which Ollama does not give to others by itself",
      machine: aMachine("a", other),
      wish: { freeBytes: 8 * gibibyte },
      verdict: "taken",
      text: "3.5 GiB are free, and 8.0 GiB are wanted",
    },
  ])("$name", ({ machine, wish = {}, verdict, text }) => {
    const [gpu] = availabilityOf([machine], wish, nowMs).gpus;

    expect(gpu).toMatchObject({ node: "a", verdict });
    expect(gpu?.text).toContain(text);
  });

  it("says how many requests at once, when what would go was used, and prefers what was used longest ago", () => {
    const full = (node: string, leftSeconds: number, keepAlive = "5m"): GpuMachine =>
      aMachine(node, {
        loaded: [{ name: "other", sizeGib: 12, vramGib: 12, expiresInMs: leftSeconds * 1_000 }],
        processes: [{ pid: 1, gib: 12 }],
        settings: { parallelCount: 2, keepAlive },
      });
    const machines = [full("unknown", 200, "1m"), full("recent", 280), full("idle", 60)];

    const { gpus } = availabilityOf(machines, { model: "llama3.1:8b" }, nowMs);

    expect(gpus.map(({ node, slots, unloadLastUsedAt }) => [node, slots, unloadLastUsedAt])).toEqual([
      ["idle", 2, new Date(nowMs - 240_000).toISOString()],
      ["recent", 2, new Date(nowMs - 20_000).toISOString()],
      ["unknown", 2, undefined],
    ]);
  });

  it("names the best first, and says it in one sentence", () => {
    const machines = [aMachine("panther", { gpus: smallCard }), aMachine("siberian", { gpus: asleep }), aMachine("full", other)];

    const { text, gpus } = availabilityOf(machines, { model: "llama3.1:8b" }, nowMs);

    expect(gpus.map(({ node }) => node)).toEqual(["siberian", "full", "panther"]);
    expect(text).toMatch(/^the .* of siberian can take llama3.1:8b after it woke/);
    expect(availabilityOf(machines.slice(0, 1), { model: "llama3.1:8b" }, nowMs).text).toMatch(
      /^no GPU is free for llama3.1:8b; closest is/,
    );
    expect(availabilityOf([], {}, nowMs)).toEqual({ text: "no machine with a GPU is known", gpus: [] });
  });

  it("names none as closest that does not have the model", () => {
    const reserved = {
      reservation: { node: "a", kind: "person", by: "mika", reason: "", at: "2026-11-22T11:00:00.000Z" },
    } as const;
    const without = aMachine("a", { models: [] }, reserved);
    const silent = aMachine("b", { models: [] }, { freshness: "stale" });

    expect(availabilityOf([without], { model: "llama3.1:8b" }, nowMs)).toMatchObject({
      ...{ text: "no machine with a GPU has llama3.1:8b", gpus: [{ verdict: "never" }] },
    });
    expect(availabilityOf([without, aMachine("c", { gpus: smallCard })], { model: "llama3.1:8b" }, nowMs).text).toMatch(
      /closest is .* of c: /,
    );
    expect(availabilityOf([without, silent], { model: "llama3.1:8b" }, nowMs).gpus[0]).toMatchObject({
      node: "b",
      verdict: "unknown",
    });
  });

  it("shows the best, and counts all", () => {
    const machines = [aMachine("panther", { gpus: smallCard }), aMachine("siberian", { gpus: asleep }), aMachine("lynx")];
    const judged = availabilityOf(machines, { model: "llama3.1:8b" }, nowMs);
    const shown = shownGpus(judged, 1);

    expect(shown.gpus.map(({ node }) => node)).toEqual(["lynx"]);
    expect(shown).toMatchObject({ text: judged.text, leftOut: 2, counts: { now: 1, "after-waking": 1, never: 1 } });
    expect(shownGpus(judged, 3)).toMatchObject({ gpus: judged.gpus, leftOut: 0 });
  });
});
