import type { FleetGpu, GpuReservation } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { gpuNews, isMatch, shownMachines } from "./gpu-machines.ts";
import { aFleetGpu } from "./test-support/fleet-gpu.ts";

const person: GpuReservation = { node: "siberian", kind: "person", by: "mika", reason: "a film", at: "2026-11-22T12:00:00Z" };
const program: GpuReservation = { ...person, kind: "program", by: "Cyberpunk2077.exe", reason: "" };

function shownOf(gpu: Partial<FleetGpu>, status: "ok" | "asleep" | "unknown" = "ok") {
  const [machine] = shownMachines({ gpus: [aFleetGpu("siberian", gpu)], ollamas: [] }, () => status);
  return machine?.gpus[0];
}

describe("shownMachines", () => {
  it.each<[name: string, gpu: Partial<FleetGpu>, status: "ok" | "asleep" | "unknown", standing: string]>([
    ["a free one", {}, "ok", "free"],
    ["one that a person keeps", { reservation: person }, "ok", "reserved"],
    ["one that a person keeps and a game uses", { verdict: "taken", reservation: person }, "ok", "reserved"],
    ["one that a game has", { verdict: "taken", reservation: program }, "ok", "taken"],
    ["one that a game had a minute ago", { reservation: program }, "ok", "reserved"],
    ["one of a machine that was switched off", { verdict: "unknown", away: "switched off since 12:00" }, "asleep", "off"],
    ["one of a machine that is silent", { verdict: "unknown", away: "silent for 2 min" }, "unknown", "unknown"],
    ["one that fell off the bus, which nobody can keep", { verdict: "unavailable", reservation: person }, "ok", "unusable"],
  ])("takes %s for what it is", (_, gpu, status, standing) => {
    expect(shownOf(gpu, status)?.standing).toBe(standing);
  });

  it("says why its machine is away, and what is wrong with one that cannot be used", () => {
    expect(shownOf({ verdict: "unknown", away: "switched off since 12:00" }, "asleep")?.text).toBe("switched off since 12:00");
    expect(shownOf({ verdict: "unavailable", problem: "driver-missing" })?.word).toBe("no driver");
  });

  it("keeps the GPUs of a machine together, with its Ollama", () => {
    const gpus = [aFleetGpu("neko"), aFleetGpu("neko", { id: "0000:02:00.0" }), aFleetGpu("siberian")];
    const machines = shownMachines({ gpus, ollamas: [{ node: "siberian", loadedModels: [] }] }, () => "ok");

    expect(machines.map(({ node, gpus: of, ollama }) => [node, of.length, ollama !== undefined])).toEqual([
      ["neko", 2, false],
      ["siberian", 1, true],
    ]);
  });
});

describe("isMatch", () => {
  it("finds a machine by its name, its GPU, who keeps it and what is on it", () => {
    const gpu = aFleetGpu("siberian", { reservation: person, memory: [{ owner: "game", name: "Cyberpunk2077.exe", bytes: 1 }] });
    const [machine] = shownMachines({ gpus: [gpu], ollamas: [] }, () => "ok");
    if (machine === undefined) throw new Error("there is one");

    expect(["", "SIB", "5070 reserved", "mika", "cyberpunk film"].map((words) => isMatch(machine, words))).not.toContain(false);
    expect(isMatch(machine, "neko")).toBe(false);
  });
});

describe("gpuNews", () => {
  it("is another one when a GPU or its machine is, and the same whatever happens to others", () => {
    const of = (verdict: string, status: "ok" | "asleep" = "ok", other: "ok" | "failed" = "ok") =>
      gpuNews(
        new Map([
          ["neko", { status, gpus: [{ verdict }] }],
          ["disks", { status: other }],
        ]),
      );

    expect(of("free")).toBe(of("free", "ok", "failed"));
    expect(of("free")).not.toBe(of("taken"));
    expect(of("free")).not.toBe(of("free", "asleep"));
  });
});
