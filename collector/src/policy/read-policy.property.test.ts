/** Whatever stands in a file or an expression, it is read or refused with a place; nothing is ever thrown. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { builtInPolicy, builtInPolicyText } from "./built-in.ts";
import { readExpression } from "./read-expression.ts";
import { readPolicy } from "./read-policy.ts";
import { panther } from "./test-support/machines.ts";
import { madeFacts } from "./test-support/made-facts.ts";

const pieces = [
  ...[
    "gpus",
    "disks",
    "disk.type",
    "name",
    "machine.board",
    "system_disk",
    ".type",
    "[0]",
    "['a']",
    ".exists(x, ",
    ".map(x, ",
    "has(",
    "size(",
    "label(",
  ],
  ...[
    "x",
    "x.id",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'a'",
    '"b"',
    "1",
    "2.5",
    "3u",
    "null",
    "true",
    " && ",
    " || ",
    "!",
    "-",
    " + ",
    " == ",
    " in ",
    " ? ",
    " : ",
  ],
  ...[
    ".",
    ",",
    "b'x'",
    "r'\\d'",
    ".matches('a+')",
    "cluster.labels",
    "Foo{a: 1}",
    "\n",
    "// c\n",
    "é",
    "\\",
    "__proto__",
    "constructor",
    ".toString",
  ],
];

it("an expression of any pieces is good, or refused; a good one comes to something, or is undecided", () => {
  let goodCount = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 9 }), (parts) => {
      const read = readExpression(parts.join(""), { purpose: "label", place: "", domain: "a.example", readsDisk: true });
      if (read.kind === "bad") {
        expect(read.problems.every(({ offset, message }) => offset >= 0 && message !== "")).toBe(true);
        return;
      }
      goodCount += 1;
      expect(["value", "undecided"]).toContain(read.expression.evaluate(madeFacts(panther)).kind);
    }),
    { numRuns: 2_000 },
  );
  expect(goodCount).toBeGreaterThan(10);
});

it("a file that was damaged anywhere is good, or refused with its place", () => {
  const damage = fc.record({
    at: fc.nat(builtInPolicyText.length),
    length: fc.nat(40),
    text: fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom("\t", "\n", "- ", ": ", "&a ", "*a", "!!x ", "---\n", "{", "[", "'", "\u0000", "|\n"),
    ),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const text = damages.reduce(
        (whole, { at, length, text: put }) => whole.slice(0, at) + put + whole.slice(at + length),
        builtInPolicyText,
      );
      const read = readPolicy(text, { source: "policy.yaml", builtIn: builtInPolicy });
      if (read.kind === "bad") expect(read.problems.filter((problem) => !/^policy\.yaml:\d+:\d+: ./.test(problem))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
