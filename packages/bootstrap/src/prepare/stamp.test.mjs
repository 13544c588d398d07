import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createStamp } from "./stamp.mjs";

describe("createStamp", () => {
  /** @type {string} */
  let folder;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nodekeeper-stamp-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("matches the key that was written, and no other", () => {
    const stamp = createStamp(join(folder, "deep/build"));
    expect(stamp.matches("a")).toBe(false);

    stamp.write("a");

    expect(stamp.matches("a")).toBe(true);
    expect(stamp.matches("b")).toBe(false);
  });

  it("matches nothing once it is removed", () => {
    const stamp = createStamp(join(folder, "build"));
    stamp.write("a");

    stamp.remove();

    expect(stamp.matches("a")).toBe(false);
  });
});
