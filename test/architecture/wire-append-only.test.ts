/** Whether the check that holds the wire append-only would see what must not happen. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot } from "./sources.ts";

const protoDir = join(repositoryRoot, "proto");
const buf = join(protoDir, "node_modules/.bin/buf");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nodekeeper-wire-"));
  for (const name of ["buf.yaml", "nodekeeper", "released.binpb"])
    cpSync(join(protoDir, name), join(folder, name), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true }));

/** What `buf breaking` says of the wire after an edit; empty when it has nothing against it. */
function complaintsAfter(file: string, before: string, after: string): string {
  const path = join(folder, "nodekeeper/v1", file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(before)) throw new Error(`${file} does not say ${before}`);
  writeFileSync(path, text.replace(before, after));
  try {
    execFileSync(buf, ["breaking", "--against", "released.binpb"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
    return "";
  } catch (thrown) {
    return String((thrown as { readonly stdout?: unknown }).stdout); // execFileSync throws what the program printed
  }
}

describe("feature 3: a typed, versioned wire contract", () => {
  it("may grow", () => {
    const grown = "Availability availability = 9;\n  // What comes next.\n  string next = 90;";

    expect(complaintsAfter("collector.proto", "Availability availability = 9;", grown)).toBe("");
  });

  it.each([
    ["lose a field", "  string boot_id = 5;", ""],
    ["change a field's type", "string boot_id = 5;", "bytes boot_id = 5;"],
    ["change a field's number", "string boot_id = 5;", "string boot_id = 55;"],
    ["rename a field", "string boot_id = 5;", "string boot = 5;"],
    ["lose a word of an enum", "  GOODBYE_REASON_UPGRADE = 5;", ""],
  ])("may not %s", (_what, before, after) => {
    expect(complaintsAfter("collector.proto", before, after)).not.toBe("");
  });
});
