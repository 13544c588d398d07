import type { SubjectBody } from "@nodekeeper/shared/api";
import { fullMachine, fullMachineNowMs, wholeLists } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../terminal.ts";
import { renderGpus } from "./gpus.ts";

const nowMs = fullMachineNowMs;
const plain = createTerminal({ isTerminal: true, columns: 100, env: { NO_COLOR: "1" } });
const coloured = createTerminal({ isTerminal: true, columns: 100, env: {} });

function shown(options: { readonly isAll: boolean; readonly only?: string; readonly terminal?: typeof plain }): string {
  const { isAll, only = "", terminal = plain } = options;
  const subjects = fullMachine().filter(({ kind, id }) => !kind.startsWith("gpu") || id.startsWith(only));
  return renderGpus(terminal, { subjects, lists: wholeLists(subjects) }, { isAll, nowMs });
}

describe("renderGpus", () => {
  it("says what a GPU is, holds and does, who has taken it, and why it stays awake", () => {
    const lines = shown({ isAll: false, only: "0000:01" }).split("\n");

    expect(lines).toEqual([
      "GPU      MODEL                STATE            MEMORY            BUSY   TEMP  POWER",
      "01:00.0  GeForce RTX 5070 Ti  taken  14.9 of 15.9 GiB  ████████  97 %  71 °C  268 W",
      "01:00.0  taken by Cyberpunk2077.exe (game, 9.0 GiB), Xorg (desktop, 205 MiB); 584 MiB of 15.5 GiB",
      "         are free",
      "         slowed by its power limit, cannot sleep: Runtime D3 is not supported by this card",
    ]);
  });

  it("shows one that sleeps as such, with the age of its last reading, and no number as if it were of now", () => {
    const text = shown({ isAll: false, only: "0000:02" });

    expect(text).toMatch(/^02:00\.0 +GeForce RTX 3050 Ti Laptop GPU +asleep +4\.0 GiB$/m);
    expect(text).toMatch(/^02:00\.0 {2}asleep, last read 1 h ago$/m);
    expect(text).not.toMatch(/0 %|43 °C|4\.1 W/);
    const long = shown({ isAll: true, only: "0000:02" });
    expect(long).toContain("its last reading: 43 °C, 4.1 W, 0 % busy");
    expect(long).toContain("Waking it takes about a second, and 10 to 20 W until it sleeps again.");
    expect(shown({ isAll: false, only: "0000:02", terminal: coloured })).toContain("\u001b[32masleep");
  });

  it.each([
    ["0000:04", "off the bus", "power the machine off and on"],
    ["0000:05", "driver mismatch", "restart the machine"],
    ["0000:06", "no driver", "install nvidia-driver"],
    ["0000:07", "no permission", "run the agent as root"],
  ])("names what is wrong with %s in two words, %s, and what to do below", (only, word, remedy) => {
    const [, row, why] = shown({ isAll: false, only }).split("\n");

    expect(row?.endsWith(`GeForce RTX 4090  ${word}`)).toBe(true);
    expect(why).toContain(remedy);
  });

  it("counts what it leaves out, and names instances, errors and processes with their owners in the long form", () => {
    expect(shown({ isAll: false }).split("\n").at(-1)).toBe("… 4 more; --all");
    const long = shown({ isAll: true });

    expect(long).toContain("instances 3g.20gb 11.0 of 19.6 GiB, 1g.5gb 0.0 of 4.8 GiB");
    expect(long).toContain("ECC, 3 errors corrected and 0 not");
    expect(long).toContain(" 11.0 GiB  python3 (ml/trainer-0, pid 9100)");
    expect(long).toContain("  9.0 GiB  Cyberpunk2077.exe (mika, game, pid 7312)");
    expect(long).toContain("kept awake by python3 (ml/trainer-0)");
    expect(long).toContain("! a faulty part of its memory waits to be taken out of use");
    expect(long).toContain("0.3 of 15.0 GiB of the machine's memory besides");
  });

  it("has no number for what is unknown", () => {
    const gpu: SubjectBody = {
      ...{ kind: "gpu", id: "0000:01:00.0", probe: "gpu", outcome: "ok", freshness: "fresh", samples: {} },
      value: { vendor: "nvidia", pciId: "10de:2c05", driver: "nvidia", power: "awake" },
    };
    const text = renderGpus(plain, { subjects: [gpu], lists: [] }, { isAll: false, nowMs });

    expect(text.split("\n")[1]).toBe("01:00.0  nvidia 10de:2c05  unknown");
    expect(renderGpus(plain, { subjects: [], lists: [] }, { isAll: true, nowMs })).toBe("");
  });
});
