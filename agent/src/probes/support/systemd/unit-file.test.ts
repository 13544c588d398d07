import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { environmentFile, keepEnvironmentFile } from "./environment-file.ts";
import { keepUnitEnvironment, unitEnvironment } from "./unit-file.ts";

const variablesOf = (...texts: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(unitEnvironment(texts.map((text) => `[Service]\n${text}`)).variables);

describe("unitEnvironment", () => {
  it.each([
    ["Environment=A=1", { A: "1" }],
    ['Environment="A=1 2" B=3', { A: "1 2", B: "3" }],
    ["Environment='A=x\"y' B=\"z'\"", { A: 'x"y', B: "z'" }],
    ['Environment=A="b c"d', { A: "b cd" }],
    ["Environment=A=1\nEnvironment=B=2 A=3", { A: "3", B: "2" }],
    ["Environment=A=1\nEnvironment=\nEnvironment=B=2", { B: "2" }],
    ['Environment="A=tab\\there" B=\\x41\\101\\s', { A: "tab\there", B: "AA " }],
    ["Environment=A=1 \\\n  B=2 \\\n# in between\n  C=3\nNice=5", { A: "1", B: "2", C: "3" }],
    ["Environment=A=100%%", { A: "100%" }],
    ["  Environment = A=1  ", { A: "1" }],
    ["Environment=A=", { A: "" }],
    ["Environment=1A=x just-a-word B=2", { B: "2" }],
    ["# Environment=A=1\n;Environment=B=1\nEnvironment=C=1\r\n", { C: "1" }],
  ])("of %j", (text, expected) => {
    expect(variablesOf(text)).toEqual(expected);
  });

  it("is what all files say together, in their order, in [Service] only", () => {
    expect(variablesOf("Environment=A=1 B=1\n[Install]\nEnvironment=C=1", "Environment=B=2")).toEqual({ A: "1", B: "2" });
  });

  it("names the files with more variables, and which of them may be missing", () => {
    const { files, removed } = unitEnvironment([
      "[Service]\nEnvironmentFile=/x\nEnvironmentFile=\nEnvironmentFile=-/etc/default/ollama\nUnsetEnvironment=A B=2",
    ]);

    expect(files).toEqual([{ path: "/etc/default/ollama", isOptional: true }]);
    expect(removed).toEqual(["A", "B=2"]);
  });

  it.each([
    ["ExecStart=/usr/bin/ollama serve", "/usr/bin/ollama"],
    ['ExecStart=-@"/usr/bin/ollama" ollama serve', "/usr/bin/ollama"],
    ["ExecStart=/bin/a\nExecStart=\nExecStart=/usr/bin/snap run ollama.listener", "/usr/bin/snap"],
    ["Nice=5", ""],
  ])("says what is started: %j", (text, program) => {
    expect(unitEnvironment([`[Service]\n${text}`]).program).toBe(program);
  });

  it.each([
    "PassEnvironment=OLLAMA_HOST",
    "Environment=A=%h/models",
    'Environment="A=1',
    "Environment=A=\\q",
    "EnvironmentFile=/etc/ollama/*.env",
  ])("is not certain with %j", (text) => {
    expect(unitEnvironment([`[Service]\n${text}`]).isCertain).toBe(false);
  });
});

describe("keepUnitEnvironment", () => {
  const isWanted = (name: string): boolean => name === "OLLAMA_HOST";

  it("keeps what is wanted, and nothing of the rest", () => {
    const text =
      '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/ollama --key secret\nEnvironment="TOKEN=secret" "OLLAMA_HOST=a \\"b\\""\nEnvironmentFile=/e\n';
    const kept = keepUnitEnvironment(text, isWanted);

    expect(kept).toBe('[Service]\nExecStart=/bin/ollama\nEnvironment="OLLAMA_HOST=a \\"b\\""\nEnvironmentFile=/e\n');
  });

  it("keeps of what is taken away what is wanted, and takes nothing else back", () => {
    const text =
      "[Service]\nUnsetEnvironment=TOKEN=secret OLLAMA_HOST\nUnsetEnvironment=OLLAMA_HOST=1\nUnsetEnvironment=PASSWORD=secret\n";
    const kept = keepUnitEnvironment(text, isWanted);

    expect(kept).not.toContain("secret");
    expect(unitEnvironment([kept]).removed).toEqual(["OLLAMA_HOST", "OLLAMA_HOST=1"]);
  });

  it("says nothing of a backslash that stands alone at the end of a path", () => {
    const kept = keepUnitEnvironment("[Service]\nExecStart=\\ ", isWanted);

    expect(unitEnvironment([kept]).program).toBe(unitEnvironment(["[Service]\nExecStart=\\ "]).program);
  });

  it("says the same as the whole, and twice the same", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "[Service]\n",
            "Environment=",
            '"',
            "'",
            "\\",
            "\n",
            " ",
            "OLLAMA_HOST=",
            "X=",
            "a",
            "%",
            "EnvironmentFile=-/f\n",
            "ExecStart=",
            "#",
          ),
        ),
        (parts) => {
          const text = parts.join("");
          const kept = keepUnitEnvironment(text, isWanted);
          const [whole, again] = [unitEnvironment([text]), unitEnvironment([kept])];

          expect(again.variables.get("OLLAMA_HOST")).toBe(whole.variables.get("OLLAMA_HOST"));
          expect([again.files, again.program]).toEqual([whole.files, whole.program]);
          expect(keepUnitEnvironment(kept, isWanted)).toBe(kept);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("environmentFile", () => {
  it.each([
    ["A=1\nB=2\n", { A: "1", B: "2" }],
    ["# A=1\n; B=1\n\nC=1", { C: "1" }],
    ['A="x y" \nB=\'$HOME "q"\'\n', { A: "x y", B: '$HOME "q"' }],
    ['A="one\ntwo"\nB=3', { A: "one\ntwo", B: "3" }],
    ['A="\\"\\\\\\n"\n', { A: '"\\\\n' }],
    ["A=one \\\n  two  \nB=1", { A: "one   two", B: "1" }],
    ["A=x # y\n", { A: "x # y" }],
    ["export A=1\nB = 2\n", { B: "2" }],
    ["A=1\r\nA=2\r\n", { A: "2" }],
    ['A="open', { A: "open" }],
  ])("of %j", (text, expected) => {
    expect(Object.fromEntries(environmentFile(text))).toEqual(expected);
  });

  it("keeps what is wanted, so that it says the same", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("A=", "B=", '"', "'", "\\", "\n", " ", "$", "`", "x", "#")), (parts) => {
        const text = parts.join("");
        const kept = keepEnvironmentFile(text, (name) => name === "A");

        expect(environmentFile(kept).get("A")).toBe(environmentFile(text).get("A"));
        expect(environmentFile(kept).has("B")).toBe(false);
        expect(keepEnvironmentFile(kept, (name) => name === "A")).toBe(kept);
      }),
      { numRuns: 500 },
    );
  });
});
