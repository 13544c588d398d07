import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { identifyProcess } from "./process-identity.mjs";
import { tryLock } from "./process-lock.mjs";

/** @import { ProcessLock } from "./process-lock.mjs" */

describe("tryLock", () => {
  /** @type {string} */
  let folder;
  /** @type {string} */
  let path;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nodekeeper-lock-"));
    path = join(folder, "lock");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("takes a free lock and leaves nothing when it is released", () => {
    const lock = taken(path);
    expect(existsSync(path)).toBe(true);

    lock.release();

    expect(readdirSync(folder)).toEqual([]);
  });

  it("names the living owner and its last notes", () => {
    taken(path).annotate({ url: "http://127.0.0.1:7060/" });

    expect(tryLock(path)).toEqual({
      kind: "held",
      by: { owner: identifyProcess(process.pid), notes: { url: "http://127.0.0.1:7060/" } },
    });
  });

  it.each([
    { name: "of a process that is gone", owner: { pid: 2 ** 22, startedTicks: "5" } },
    { name: "of an earlier process with the number of a living one", owner: { pid: process.pid, startedTicks: "5" } },
  ])("takes the lock $name and tells what it left", ({ owner }) => {
    writeFileSync(path, JSON.stringify({ owner, notes: { services: [] } }));

    const attempt = tryLock(path);

    expect(attempt).toMatchObject({ kind: "taken", left: { owner, notes: { services: [] } } });
    expect(readdirSync(folder)).toEqual(["lock"]);
  });

  it("takes a lock that is damaged", () => {
    writeFileSync(path, "{");

    expect(tryLock(path)).toMatchObject({ kind: "taken", left: undefined });
  });
});

/**
 * @param {string} path
 * @returns {ProcessLock}
 */
function taken(path) {
  const attempt = tryLock(path);
  if (attempt.kind === "held") throw new Error("held");
  return attempt.lock;
}
