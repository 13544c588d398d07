import { describe, expect, it } from "vitest";
import type { SubjectBody } from "../../api/node.ts";
import { gpuMachine, gpuMachineNowMs as nowMs } from "../../test-support/gpu-machine.ts";
import { keepAliveMs } from "./keep-alive.ts";
import { modelUse, modelUseText } from "./model-use.ts";

function subjects(settings: Readonly<Record<string, unknown>> | null, expiresInMs: number): readonly SubjectBody[] {
  const machine = gpuMachine({ loaded: [{ name: "one", sizeGib: 1, vramGib: 1, expiresInMs }], settings: settings ?? {} });
  for (const subject of machine.subjects) if (subject.kind === "ollama_server" && settings === null) subject.value = {};
  return machine.subjects;
}

function use(expiresInMs: number, settings: Readonly<Record<string, unknown>> | null = {}, laterMs = 0) {
  const all = subjects(settings, expiresInMs);
  const loaded = all.find(({ kind }) => kind === "ollama_loaded_model");
  if (loaded === undefined) throw new Error("there is no model");
  const server = all.find(({ kind }) => kind === "ollama_server");
  const told = modelUse(loaded, server);
  return { ...told, text: modelUseText(told, nowMs + laterMs) };
}

describe("feature 71: when a loaded model was used last", () => {
  it("is its end less the server's keep-alive, about", () => {
    expect(use(280_000)).toEqual({
      ...{ model: "one", isKept: false, isInUse: false, keptUntilMs: nowMs + 280_000, lastUsedAtMs: nowMs - 20_000 },
      text: "used about 20 s ago",
    });
    expect(use(50_000, { keepAlive: "1h" }).text).toBe("used about 59 min 10 s ago");
    expect(use(280_000, {}, 10_000).text).toBe("used about 30 s ago");
  });

  it("may be now where the end is reckoned from now, and is now where the end is over", () => {
    expect(use(300_000).text).toBe("used just now");
    expect(use(-10_000)).toMatchObject({ isInUse: true, text: "in use" });
  });

  it.each<{ name: string; expiresInMs: number; settings: Readonly<Record<string, unknown>> | null }>([
    { name: "of a request that brought a longer keep-alive", expiresInMs: 400_000, settings: {} },
    { name: "of a server whose settings nobody saw", expiresInMs: 280_000, settings: null },
    { name: "of a server that keeps all for ever", expiresInMs: 280_000, settings: { keepAlive: "-1" } },
  ])("is not known $name", ({ expiresInMs, settings }) => {
    const { lastUsedAtMs, isInUse, text } = use(expiresInMs, settings);

    expect({ lastUsedAtMs, isInUse }).toEqual({ lastUsedAtMs: undefined, isInUse: false });
    expect(text).toBe("when it was used is not known");
  });

  it("is not known of one that is kept for ever, which says so", () => {
    const uses = subjects({}, 0)
      .filter(({ kind }) => kind === "ollama_loaded_model")
      .map((loaded) => modelUse({ ...loaded, value: { isKept: true } }, undefined));

    expect(uses).toMatchObject([{ isKept: true, keptUntilMs: undefined, lastUsedAtMs: undefined }]);
  });
});

describe("the keep-alive of a server", () => {
  it.each<{ text: string; ms: number }>([
    { text: "", ms: 300_000 },
    { text: "1h30m", ms: 5_400_000 },
    { text: "90", ms: 90_000 },
    { text: "1.5s", ms: 1_500 },
    { text: "0", ms: 0 },
    { text: "-1", ms: Number.POSITIVE_INFINITY },
    { text: "-1s", ms: Number.POSITIVE_INFINITY },
    { text: "soon", ms: 300_000 },
  ])("is $ms ms for '$text'", ({ text, ms }) => {
    const [server] = subjects({ keepAlive: text }, 0).filter(({ kind }) => kind === "ollama_server");
    expect(keepAliveMs(server)).toBe(ms);
  });
});
