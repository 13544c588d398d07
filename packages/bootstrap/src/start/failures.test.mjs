/** What `npm start` says when it cannot: one sentence and an exit code of its own. */
import { chmodSync, mkdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { oldestRuntime } from "../fakes/runtimes.mjs";
import { createStartTrial, lastLine } from "../fakes/start-trial.mjs";

/** @import { StartTrial } from "../fakes/start-trial.mjs" */

describe("failures of npm start", () => {
  /** @type {StartTrial} */
  let trial;

  beforeEach(async () => {
    trial = await createStartTrial(oldestRuntime);
  });

  afterEach(() => trial.end());

  it("names the port in use and one that is free", async () => {
    const server = createServer().listen(trial.port + 1, "127.0.0.1");
    const run = trial.start();

    expect(await run.exitCode).toBe(18);
    server.close();
    expect(lastLine(run)).toBe(
      `nodekeeper: Port ${trial.port + 1} is in use on 127.0.0.1. Stop what uses it, or choose another port: npm start -- --port ${trial.port + 10}`,
    );
    expect(trial.checkout.events()).toEqual([]);
  });

  it("says that it already runs", async () => {
    const first = trial.start();
    await first.shows("To stop");

    const second = trial.start();

    expect(await second.exitCode).toBe(19);
    expect(lastLine(second)).toBe(
      `nodekeeper: It already runs from this checkout (process ${first.pid}): http://127.0.0.1:${trial.port}/ Stop it there with Ctrl-C, or with: kill ${first.pid}`,
    );
  });

  it("says that the registry is needed when there is no network", async () => {
    rmSync(join(trial.checkout.root, "packages/bootstrap/toolchain/node_modules"), { recursive: true });
    const run = trial.start({ env: { npm_config_registry: "http://127.0.0.1:9", npm_config_fetch_retries: "0" } });

    expect(await run.exitCode).toBe(13);
    expect(lastLine(run)).toBe(
      "nodekeeper: The npm registry could not be reached (ECONNREFUSED). nodekeeper needs the npm registry once, to install; connect this machine (behind a proxy: npm config set proxy URL), then run this again.",
    );
    expect(run.output()).not.toMatch(/^ +at /m);
  });

  it.each([
    { problem: "finds another lock", code: 15, words: "A lock file does not fit (ERR_PNPM_OUTDATED_LOCKFILE)" },
    { problem: "fills the disk", code: 14, words: "The disk is full" },
    { problem: "cannot build", code: 17, words: "src/main.ts:3:1: error: Unexpected token\nnodekeeper: The build failed" },
  ])("exits with $code when pnpm $problem", async ({ problem, code, words }) => {
    const run = trial.start({ env: { FAKE_PNPM: problem } });

    expect(await run.exitCode).toBe(code);
    expect(run.output()).toContain(words);
  });

  it("names the folder that cannot be written", async () => {
    const run = trial.start({ preload: withoutAccess(trial.checkout.root) });

    expect(await run.exitCode).toBe(12);
    expect(lastLine(run)).toBe(
      `nodekeeper: Data cannot be written to ${join(trial.checkout.root, ".nodekeeper")}. Name a folder that can: NODEKEEPER_DATA_DIR=~/nodekeeper-data npm start`,
    );
  });

  it("names the checkout when only the data can be written", async () => {
    const data = join(trial.checkout.root, "data");
    mkdirSync(data);
    chmodSync(data, 0o777);
    const run = trial.start({ preload: withoutAccess(trial.checkout.root), env: { NODEKEEPER_DATA_DIR: data } });

    expect(await run.exitCode).toBe(12);
    expect(lastLine(run)).toContain(`nodekeeper: ${trial.checkout.root} cannot be written.`);
  });

  it.each([
    {
      args: ["--prot", "7070"],
      words: '"--prot" is not an argument of npm start. It knows: --port N, --public-name NAME, --help.',
    },
    { args: ["--port"], words: "--port needs a number from 1 to 65524. For example: npm start -- --port 8060" },
  ])("refuses $args", async ({ args, words }) => {
    const run = trial.start({}, args);

    expect(await run.exitCode).toBe(64);
    expect(lastLine(run)).toBe(`nodekeeper: ${words}`);
  });

  it("tells an old Node from a new one before it loads anything", async () => {
    const run = trial.start({
      preload: 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } })',
    });

    expect(await run.exitCode).toBe(10);
    expect(lastLine(run)).toBe(
      "nodekeeper: Node 18.20.4 is too old. Install Node 20 or newer (24 is best), then run this again.",
    );
  });

  it("refuses another system and writes nothing", async () => {
    const run = trial.start({ preload: 'Object.defineProperty(process, "platform", { value: "darwin" })' });

    expect(await run.exitCode).toBe(11);
    expect(lastLine(run)).toMatch(
      /^nodekeeper: This machine is darwin on \w+; nodekeeper reads Linux machines on x64 and arm64\./,
    );
    expect(() => statSync(join(trial.checkout.root, ".nodekeeper"))).toThrow("ENOENT");
  });
});

/**
 * Makes a folder read-only.
 *
 * @param {string} folder
 * @returns {string} code that makes a process that runs as root lose its right to write there all the same
 */
function withoutAccess(folder) {
  chmodSync(folder, 0o555);
  return "if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }";
}
