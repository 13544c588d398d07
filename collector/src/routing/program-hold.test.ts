import { type GpuMachineInit, gpuMachine } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { followProgram, mayEnd, type ProgramHold } from "./program-hold.ts";
import { nowMs } from "./test-support.ts";

const minuteMs = 60_000;
const game = { pid: 9, name: "game.exe", purpose: "game", gib: 6 };
const kept: ProgramHold = { program: "game.exe", sinceMs: nowMs - minuteMs, seenAtMs: nowMs };
const follow = (before: ProgramHold | undefined, init: GpuMachineInit, afterMs = 0): ProgramHold | undefined =>
  followProgram(before, gpuMachine(init), nowMs + afterMs);

describe("a program that keeps a GPU", () => {
  it.each<{ name: string; processes: GpuMachineInit["processes"]; program: string | undefined }>([
    { name: "a game", processes: [game], program: "game.exe" },
    {
      name: "another program of more than a GiB",
      processes: [{ pid: 3, name: "python3", purpose: "other", gib: 1.5 }],
      program: "python3",
    },
    {
      name: "the largest of two",
      processes: [
        { ...game, gib: 2 },
        { pid: 3, name: "python3", purpose: "other", gib: 4 },
      ],
      program: "python3",
    },
    { name: "nobody of a GiB or less", processes: [{ ...game, gib: 1 }], program: undefined },
    { name: "no desktop", processes: [{ ...game, purpose: "desktop" }], program: undefined },
    {
      name: "no browser, however many pages",
      processes: [{ pid: 3, name: "firefox", purpose: "other", gib: 3 }],
      program: undefined,
    },
    {
      name: "a game that is called like one",
      processes: [{ ...game, name: "chrome", gib: 3 }],
      program: "chrome",
    },
    { name: "no launcher of games", processes: [{ ...game, name: "steamwebhelper", gib: 2 }], program: undefined },
    {
      name: "nobody who may be Ollama's runner",
      processes: [{ pid: 3, name: "", purpose: "other", gib: 6 }],
      program: undefined,
    },
    { name: "no runner of Ollama", processes: [{ pid: 1, gib: 12 }], program: undefined },
    {
      name: "nobody of whom the driver does not tell what it holds",
      processes: [{ pid: 3, name: "python3", purpose: "other" }],
      program: undefined,
    },
  ])("is $name", ({ processes = [], program }) => {
    expect(follow(undefined, { processes })?.program).toBe(program);
  });

  it("keeps it for five minutes after it was last seen", () => {
    expect(follow(kept, {}, 5 * minuteMs - 1)).toEqual(kept);
    expect(follow(kept, {}, 5 * minuteMs)).toBeUndefined();
    expect(follow(kept, { processes: [game] }, 10 * minuteMs)).toEqual({ ...kept, seenAtMs: nowMs + 10 * minuteMs });
  });

  it("keeps it while somebody holds memory of whom it is not known whether it is that program", () => {
    const processes = [{ pid: 9, name: "", purpose: "other", gib: 6 }];

    expect(follow(kept, { processes }, 60 * minuteMs)).toEqual(kept);
  });

  it("ends where the driver names nobody for sure, and so little is used that nobody can hold it", () => {
    const used = (gib: number) => ({ samples: { memory_used_bytes: gib * 2 ** 30 } });
    const hidden = { incomplete: ["gpu_process"], loaded: [{ name: "a", sizeGib: 4, vramGib: 4 }] };

    expect(follow(kept, { ...hidden, gpus: [used(4.5)] }, 5 * minuteMs)).toBeUndefined();
    expect(follow(kept, { ...hidden, gpus: [used(5.5)] }, 5 * minuteMs)).toEqual(kept);
    expect(follow(kept, { ...hidden, gpus: [{ ...used(4.5), status: { freshness: "stale" } }] }, 5 * minuteMs)).toEqual(kept);
  });

  it("ends five minutes after a clock was set back at the latest", () => {
    const setBackMs = nowMs - 24 * 60 * minuteMs;
    const after = followProgram(kept, gpuMachine({}), setBackMs);

    expect(mayEnd(kept, setBackMs)).toBe(true);
    expect(after).toEqual({ ...kept, seenAtMs: setBackMs });
    expect(followProgram(after, gpuMachine({}), setBackMs + 5 * minuteMs)).toBeUndefined();
  });

  it("keeps it as long as nobody can tell that it went", () => {
    const gpus = [{ samples: { memory_used_bytes: 6 * 2 ** 30 } }];

    expect(follow(kept, { incomplete: ["gpu_process"], gpus }, 60 * minuteMs)).toEqual(kept);
  });
});
