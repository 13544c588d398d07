import { describe, expect, it } from "vitest";
import { renderTable } from "./table.ts";
import { createTerminal } from "./terminal.ts";

const plain = createTerminal({ isTerminal: false, columns: undefined, env: {} });
const narrow = createTerminal({ isTerminal: true, columns: 24, env: { NO_COLOR: "1" } });
const coloured = createTerminal({ isTerminal: true, columns: 80, env: {} });

describe("renderTable", () => {
  it("pads columns to their widest cell, numbers to the right, and leaves no blanks at the ends of lines", () => {
    const text = renderTable(
      plain,
      [{ title: "NAME" }, { title: "SIZE", align: "right" }, { title: "NOTE" }],
      [
        ["nvme0n1", "1 TiB", ""],
        ["sda", "500 GiB", "old"],
      ],
    );

    expect(text.split("\n")).toEqual(["NAME        SIZE  NOTE", "nvme0n1    1 TiB", "sda      500 GiB  old"]);
  });

  it("leaves out a column that is empty in every row", () => {
    expect(renderTable(plain, [{ title: "A" }, { title: "B" }, { title: "C" }], [["1", "", "3"]])).toBe("A  C\n1  3");
  });

  it("cuts the last column where the terminal ends, and never when piped", () => {
    const columns = [{ title: "NAME" }, { title: "REASON" }];
    const rows = [["neko", "a reason far too long for this terminal"]];

    expect(renderTable(narrow, columns, rows).split("\n")[1]).toBe("neko  a reason far too …");
    expect(renderTable(plain, columns, rows)).toContain("for this terminal");
  });

  it("counts what is seen, not the colours", () => {
    const text = renderTable(
      coloured,
      [{ title: "S" }, { title: "N" }],
      [
        [{ text: "ok", tone: "good" }, "a"],
        [{ text: "failed", tone: "bad" }, "b"],
      ],
    );

    expect(text.split("\n").slice(1)).toEqual(["\u001b[32mok    \u001b[0m  a", "\u001b[31mfailed\u001b[0m  b"]);
  });
});

describe("createTerminal", () => {
  it.each([
    { facts: { isTerminal: true, columns: 80, env: {} }, expected: true },
    { facts: { isTerminal: false, columns: undefined, env: {} }, expected: false },
    { facts: { isTerminal: true, columns: 80, env: { NO_COLOR: "1" } }, expected: false },
    { facts: { isTerminal: true, columns: 80, env: { TERM: "dumb" } }, expected: false },
    { facts: { isTerminal: false, columns: undefined, env: { FORCE_COLOR: "1" } }, expected: true },
  ])("colours: $expected for $facts", ({ facts, expected }) => {
    expect(createTerminal(facts).paint("bad", "x") !== "x").toBe(expected);
  });
});

describe("renderTable where room is short", () => {
  const columns = [
    { title: "NAME" },
    { title: "MODEL", minimumWidth: 8 },
    { title: "LINK", isOptional: true },
    { title: "HEALTH" },
  ];
  const rows = [["sda", "a rather long model name", "PCIe 3 ×4", "passed, 2 wrong things"]];
  const at = (columnCount: number): string =>
    renderTable(createTerminal({ isTerminal: true, columns: columnCount, env: { NO_COLOR: "1" } }), columns, rows).split(
      "\n",
    )[1] ?? "";

  it("first cuts what may be cut, then leaves out what may be left out, and cuts the last column", () => {
    expect(at(80)).toBe("sda   a rather long model name  PCIe 3 ×4  passed, 2 wrong things");
    expect(at(50)).toBe("sda   a rather long m…  PCIe 3 ×4  passed, 2 wron…");
    expect(at(32)).toBe("sda   a rather…  passed, 2 wron…");
  });
});
