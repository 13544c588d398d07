import { machineTroubles, type Trouble, type TroubleLevel } from "@nodekeeper/shared/readings";
import { fullMachine, fullMachineNowMs } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../terminal.ts";
import { renderTroubles, verdictText } from "./troubles.ts";
import { needsRoot, renderUnknowns } from "./unknowns.ts";

const terminal = createTerminal({ isTerminal: true, columns: 60, env: { NO_COLOR: "1" } });
const troubles = machineTroubles(fullMachine(), fullMachineNowMs);
const view = { isAll: false, nowMs: fullMachineNowMs };

describe("renderTroubles", () => {
  it("begins with the gravest, and counts what it leaves out", () => {
    const lines = renderTroubles(terminal, troubles, view).split("\n");

    expect(lines.slice(0, 3)).toEqual([
      "!! nvme1n1: it says that it is failing (SMART)",
      "!! nvme1n1: it says that it is no longer reliable",
      "!! md0: the array lacks 1 member: sda1 in sync, sdb1 faulty",
    ]);
    expect(lines.at(-1)).toBe(`   … ${troubles.length - 8} more; --all`);
  });

  it("breaks long lines under their beginning", () => {
    const text = renderTroubles(
      terminal,
      [{ level: "medium", place: "clock", text: "no time service says that it is right, and none was found" }],
      view,
    );

    expect(text).toBe("!  clock: no time service says that it is right, and none\n   was found");
  });
});

describe("verdictText", () => {
  it("says what is wrong by gravity, and what could not be told", () => {
    const wrong = (level: TroubleLevel, count: number) => new Array<Trouble>(count).fill({ level, place: "sda", text: "" });
    expect(verdictText([...wrong("high", 5), ...wrong("medium", 1), ...wrong("low", 4)], 1)).toBe(
      "5 things are badly wrong, 1 thing needs attention, 1 thing could not be told, 4 things worth knowing",
    );
    expect(verdictText([], 0)).toBe("all is well");
    expect(verdictText([], 2)).toBe("nothing is known to be wrong, 2 things could not be told");
    expect(verdictText([{ level: "low", place: "system", text: "" }], 0)).toBe("all is well, 1 thing worth knowing");
  });
});

describe("renderUnknowns", () => {
  const denied = (id: string) => ({
    probe: "smart",
    kind: "disk_health",
    id,
    reason: `cannot open ${id}`,
    code: "HOST_PERMISSION_DENIED",
  });

  it("says once what failed alike, and names all in the long form", () => {
    const unknowns = ["sda", "sdb", "sdc"].map(denied);

    expect(renderUnknowns(terminal, unknowns, [], view)).toBe(
      "?  smart: 3 things alike (--all names them), the first:\n   cannot open sda",
    );
    expect(renderUnknowns(terminal, unknowns, [], { ...view, isAll: true }).split("\n")).toEqual([
      "?  smart disk health sda: cannot open sda",
      "?  smart disk health sdb: cannot open sdb",
      "?  smart disk health sdc: cannot open sdc",
    ]);
    expect(needsRoot(unknowns)).toBe(true);
  });

  it("calls a disk by its name", () => {
    expect(renderUnknowns(terminal, [denied("eui.1")], fullMachine(), view)).toBe("?  smart nvme0n1: cannot open eui.1");
  });
});
