/** Ollama's rule, case by case. What really lands on a GPU needs one; what its CPU runner tells is compared in test/ollama. */
import { describe, expect, it } from "vitest";
import type { FitCase } from "../../test-support/fit-case.ts";
import { fitCases } from "../../test-support/fit-cases.ts";
import { type GpuMachineInit, gpuMachine, gpuMachineNowMs } from "../../test-support/gpu-machine.ts";
import { modelFit } from "./model-fit.ts";

const gibibyte = 2 ** 30;

describe("feature 54: the fit of a model, by hand from Ollama's rule", () => {
  for (const [what, cases] of Object.entries(fitCases)) {
    describe(what, () => {
      it.each(cases)("$name: $is", (one) => {
        const { is: answer, needs: neededBytes, context: contextLengthTokens, says = "" } = one;
        const fit = fitOf(one);

        expect(fit).toMatchObject({ answer, unload: one.unload ?? [] });
        expect(fit.text).toContain(says);
        if (neededBytes !== undefined) expect(fit.neededBytes).toBe(neededBytes);
        if (contextLengthTokens !== undefined) expect(fit.contextLengthTokens).toBe(contextLengthTokens);
        // What cannot be told is named, and no number is made up.
        if (answer === "unknown") expect(fit.missing).not.toEqual([]);
      });
    });
  }

  it("are at least 30", () => {
    expect(Object.values(fitCases).flat().length).toBeGreaterThanOrEqual(30);
  });
});

function fitOf(one: FitCase) {
  const machine = gpuMachine(machineOf(one));
  for (const subject of machine.subjects) {
    const resident = one.loaded?.find(({ name }) => subject.kind === "ollama_loaded_model" && subject.id === name);
    if (resident?.leftSeconds === "never") {
      const { expiresAtUnixMs: _, ...value } = subject.value ?? {};
      subject.value = { ...value, isKept: true };
    }
    if (subject.kind === "ollama_server" && one.trouble === "server stopped") subject.value = { isRunning: false };
  }
  const wanted = machine.subjects.find(({ kind, id }) => kind === "ollama_model" && id === "wanted");
  if (wanted === undefined) throw new Error("there is no model");
  return modelFit(wanted, machine, gpuMachineNowMs, one.asked);
}

function machineOf({ model, cards = [16], loaded = [], game = 0, trouble, settings = {} }: FitCase): GpuMachineInit {
  const held = game + loaded.reduce((sum, { bytes, heldBytes = bytes }) => sum + heldBytes, 0);
  return {
    gpus: cards.map((size, at) => ({
      id: `0000:0${at + 1}:00.0`,
      value: trouble === "asleep" ? { power: "asleep" } : {},
      statusValue: { memoryTotalBytes: size * gibibyte, memoryReservedBytes: 0, uuid: `GPU-${at}` },
      samples: { memory_used_bytes: at === 0 ? held : 0, memory_free_bytes: size * gibibyte - (at === 0 ? held : 0) },
      status: trouble === "stale driver" ? { freshness: "stale" } : {},
    })),
    processes: [
      ...loaded.map(({ bytes, heldBytes = bytes }, at) => ({ pid: at + 1, gib: heldBytes / gibibyte })),
      ...(game === 0 ? [] : [{ pid: 99, name: "game.exe", purpose: "game", gib: game / gibibyte }]),
    ],
    models: [
      { name: "wanted", value: model },
      ...loaded
        .filter(({ name }) => name !== "wanted")
        .map(({ name, weights = "" }) => ({ name, value: { digest: `sha256:${name}`, weightsDigest: weights } })),
    ],
    loaded: loaded.map(({ name, bytes, sizeBytes = bytes, leftSeconds = 300, context }) => ({
      ...{ name, sizeGib: sizeBytes / gibibyte, vramGib: bytes / gibibyte },
      expiresInMs: (leftSeconds === "never" ? 0 : leftSeconds) * 1_000,
      ...(context === undefined ? {} : { contextLengthTokens: context }),
    })),
    settings,
    incomplete: [
      ...(trouble === "unknown loaded models" ? ["ollama_loaded_model"] : []),
      ...(trouble === "muted processes" ? ["gpu_process"] : []),
    ],
  };
}
