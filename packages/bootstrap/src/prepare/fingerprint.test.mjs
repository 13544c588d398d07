import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { contentFingerprint, listFiles, writeFingerprint } from "./fingerprint.mjs";

describe("fingerprints", () => {
  /** @type {string} */
  let folder;
  /** @type {string} */
  let file;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nodekeeper-fingerprint-"));
    file = join(folder, "a.ts");
    writeFileSync(file, "one");
    utimesSync(file, 1000, 1000);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("by content changes with the content, and not with the time", () => {
    const before = contentFingerprint(folder, [file]);
    utimesSync(file, 2000, 2000);
    expect(contentFingerprint(folder, [file])).toBe(before);

    writeFileSync(file, "two");

    expect(contentFingerprint(folder, [file])).not.toBe(before);
  });

  it("by writing changes with the time", () => {
    const before = writeFingerprint(folder, [file]);

    utimesSync(file, 2000, 2000);

    expect(writeFingerprint(folder, [file])).not.toBe(before);
  });

  it("tells a missing file from an empty one", () => {
    const missing = join(folder, "b.ts");
    const before = contentFingerprint(folder, [missing]);

    writeFileSync(missing, "");

    expect(contentFingerprint(folder, [missing])).not.toBe(before);
  });

  it("tells where one file ends and the next begins", () => {
    const next = join(folder, "b.ts");
    writeFileSync(next, "");
    const before = contentFingerprint(folder, [file, next]);

    writeFileSync(file, "");
    writeFileSync(next, "one");

    expect(contentFingerprint(folder, [file, next])).not.toBe(before);
  });

  it("stays when the checkout is moved", () => {
    const before = contentFingerprint(folder, [file]);
    const moved = `${folder}-moved`;
    renameSync(folder, moved);
    folder = moved;

    expect(contentFingerprint(moved, [join(moved, "a.ts")])).toBe(before);
  });

  it("covers the wanted files of all folders below, in a fixed order", () => {
    mkdirSync(join(folder, "b/node_modules"), { recursive: true });
    for (const name of ["b/z.ts", "b/node_modules/x.ts", "b/c.ts"]) writeFileSync(join(folder, name), "");

    const files = listFiles(folder, (name) => name !== "node_modules");

    expect(files).toEqual(["a.ts", "b/c.ts", "b/z.ts"].map((name) => join(folder, name)));
  });

  it("lists nothing for a folder that is not there", () => {
    expect(listFiles(join(folder, "none"), () => true)).toEqual([]);
  });
});
