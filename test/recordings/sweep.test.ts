/**
 * Every recording of storage, /proc, /sys and Raspberry Pis is accounted for: checked against an independent reading, clearly failed, a witness of
 * another recording, or said to be no input, with the reason. Prints how many of each kind.
 */
import { afterAll, describe, expect, it } from "vitest";
import { missingForRecordings } from "../../agent/src/probes/test-support/recordings.ts";
import { checkOf, sweptKinds } from "./checks/index.ts";
import { indexEntries } from "./recording-index.ts";
import type { Verdict } from "./verdict.ts";

const missing = missingForRecordings("jq", "tar", "python3");
const entries = missing === undefined ? indexEntries().filter(({ kind }) => sweptKinds.test(kind)) : [];
const verdicts = new Map<string, Verdict>();
const columns: readonly Verdict["kind"][] = ["checked", "failed", "witness", "no input"];

describe.skipIf(missing !== undefined)(`recordings${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  afterAll(() => {
    process.stdout.write(`${table()}\n`);
  });

  it("are there in number, and each is of a kind that has a check", () => {
    expect(entries.length).toBeGreaterThan(300);
    expect(entries.filter((entry) => checkOf(entry) === undefined)).toEqual([]);
  });

  it.each(entries)("$file is accounted for", async (entry) => {
    const verdict = await checkOf(entry)?.(entry);
    if (verdict === undefined) throw new Error(`no check for the kind ${entry.kind}`);

    if (verdict.kind === "failed") expect(verdict.code).toMatch(/^(?:HOST|GPU|PEER|PROTOCOL|OLLAMA)_[A-Z_]+$/);
    if (verdict.kind === "no input") expect(verdict.reason).not.toBe("");
    verdicts.set(entry.file, verdict);
  });
});

/** One line a kind: its files, and how many came to what. */
function table(): string {
  const kinds = [...new Set(entries.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) =>
    row(
      kind,
      entries.filter((entry) => entry.kind === kind),
    ),
  );
  return [["kind", "files", "checked", "failed clearly", "witness", "no input"], ...rows, row("all", entries)]
    .map(([kind = "", ...cells]) => kind.padEnd(20) + cells.map((cell) => cell.padStart(15)).join(""))
    .join("\n");
}

function row(kind: string, of: readonly { readonly file: string }[]): readonly string[] {
  const count = (column: Verdict["kind"]): string => String(of.filter(({ file }) => verdicts.get(file)?.kind === column).length);
  return [kind, String(of.length), ...columns.map(count)];
}
