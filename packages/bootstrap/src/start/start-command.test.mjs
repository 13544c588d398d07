/** `npm start` as a whole: real processes, real ports, with a fake pnpm, collector and agent. */
import { chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createFakeCheckout, freePort, runningServices } from "../fakes/fake-checkout.mjs";
import { runtimes } from "../fakes/runtimes.mjs";
import { sleep } from "../time.mjs";

/** @import { FakeCheckout, Run, RunOptions } from "../fakes/fake-checkout.mjs" */

const nobody = 65_534;

describe.each(runtimes)("npm start on Node $version", (runtime) => {
  /** @type {FakeCheckout} */
  let checkout;
  /** @type {number} */
  let port;
  /** @type {Run[]} */
  let runs;

  beforeEach(async () => {
    checkout = createFakeCheckout(runtime);
    port = await freePort();
    runs = [];
  });

  afterEach(async () => {
    for (const run of runs) signalGroup(run, "SIGKILL");
    for (const pid of runningServices(checkout.events())) process.kill(pid, "SIGKILL");
    await Promise.all(runs.map((run) => run.exitCode));
    checkout.remove();
  });

  /**
   * @param {RunOptions} [options]
   * @param {readonly string[]} [args]
   */
  function start(options, args = ["--port", String(port)]) {
    const run = checkout.run("start.mjs", args, options);
    runs.push(run);
    return run;
  }

  it("installs, builds, and shows the address once both services are ready", async () => {
    const run = start();
    await run.shows("To stop");

    const address = run
      .output()
      .split("\n")
      .find((line) => line.startsWith("http"));
    expect(address).toBe(`http://127.0.0.1:${port}/`);
    expect(await status(`${address}readyz`)).toBe(200);
    expect(await status(`http://127.0.0.1:${port + 2}/readyz`)).toBe(200);
    expect(checkout.events().slice(0, 3)).toEqual(["pnpm install", "pnpm build", expect.stringMatching(/^collector started/)]);
  });

  it("gives the agent a small heap", async () => {
    await start().shows("To stop");

    const agent = checkout.events().find((event) => event.startsWith("agent started"));
    expect(agent).toContain("--max-semi-space-size=1 --max-old-space-size=64");
  });

  it("lets only the owner read the data", async () => {
    await start().shows("To stop");

    expect(statSync(join(checkout.root, ".nodekeeper")).mode & 0o777).toBe(0o700);
    expect(statSync(join(checkout.root, ".nodekeeper/log/agent.log")).mode & 0o777).toBe(0o600);
  });

  it("keeps data where NODEKEEPER_DATA_DIR says", async () => {
    const data = join(checkout.root, "my data");
    await start({ env: { NODEKEEPER_DATA_DIR: "my data" } }).shows(data);

    expect(readFileSync(join(data, "log/collector.log"), "utf8")).toContain("listening");
  });

  it("installs and builds nothing the second time", async () => {
    await stopped(start());

    await stopped(start());

    expect(checkout.events().filter((event) => event.startsWith("pnpm"))).toEqual(["pnpm install", "pnpm build"]);
  });

  it("builds again when a source has changed, and installs nothing", async () => {
    await stopped(start());
    writeFileSync(join(checkout.root, "agent/src/main.ts"), "runFaster();\n");

    await stopped(start());

    expect(checkout.events().filter((event) => event.startsWith("pnpm"))).toEqual(["pnpm install", "pnpm build", "pnpm build"]);
  });

  it("builds again when a bundle is gone", async () => {
    await stopped(start());
    rmSync(join(checkout.root, "agent/dist/agent.cjs"));

    await stopped(start());

    expect(checkout.events().filter((event) => event === "pnpm build")).toHaveLength(2);
  });

  it("installs and builds again when the lock file has changed", async () => {
    await stopped(start());
    writeFileSync(join(checkout.root, "pnpm-lock.yaml"), "lockfileVersion: '9.1'\n");

    await stopped(start());

    const calls = checkout.events().filter((event) => event.startsWith("pnpm"));
    expect(calls).toEqual(["pnpm install", "pnpm build", "pnpm install", "pnpm build"]);
  });

  it("does an interrupted step again", async () => {
    for (const step of ["install", "build"]) {
      const run = start({ env: { FAKE_PNPM: `hangs in ${step}` } });
      await seen(() => checkout.events().at(-1) === `pnpm ${step}`);
      signalGroup(run, "SIGINT");
      expect(await run.exitCode).toBe(130);
    }

    await stopped(start());

    const calls = checkout.events().filter((event) => event.startsWith("pnpm"));
    expect(calls).toEqual(["pnpm install", "pnpm install", "pnpm build", "pnpm build"]);
  });

  it("ends the agent, then the collector, at Ctrl-C, and exits with 0", async () => {
    const run = start();
    await run.shows("To stop");

    signalGroup(run, "SIGINT");

    expect(await run.exitCode).toBe(0);
    expect(run.output()).toContain("Stopped. The data stays in");
    expect(checkout.events().slice(-2)).toEqual(["agent SIGTERM", "collector SIGTERM"]);
    expect(runningServices(checkout.events())).toEqual([]);
  });

  it("ends the services once when npm passes on the Ctrl-C that the terminal has sent to all", async () => {
    const run = checkout.runProgram("npm", ["start", "--", "--port", String(port)]);
    runs.push(run);
    await run.shows("To stop");

    signalGroup(run, "SIGINT");

    expect(await run.exitCode).toBe(0);
    expect(checkout.events().slice(-2)).toEqual(["agent SIGTERM", "collector SIGTERM"]);
    expect(run.output()).not.toMatch(/^ +at |npm error/m);
  });

  it("ends the services when npm is killed", async () => {
    const run = checkout.runProgram("npm", ["start", "--", "--port", String(port)]);
    runs.push(run);
    await run.shows("To stop");

    process.kill(run.pid, "SIGKILL");

    await seen(() => runningServices(checkout.events()).length === 0);
    expect(checkout.events().slice(-2)).toEqual(["agent SIGTERM", "collector SIGTERM"]);
  });

  it("kills at once at the second Ctrl-C", async () => {
    const run = start({ env: { FAKE_AGENT: "ignores SIGTERM" } });
    await run.shows("To stop");

    signalGroup(run, "SIGINT");
    await run.shows("Stopping");
    await sleep(500);
    expect(runningServices(checkout.events())).toHaveLength(2);
    signalGroup(run, "SIGINT");

    expect(await run.exitCode).toBe(0);
    expect(runningServices(checkout.events())).toEqual([]);
  });

  it("says why a service ended by itself, ends the other, and exits with 1", async () => {
    const run = start({ env: { FAKE_AGENT: "dies" } });

    expect(await run.exitCode).toBe(1);
    expect(lastLine(run)).toBe(
      `nodekeeper: The agent ended with exit code 3: cannot go on: database is damaged. Its log: ${join(checkout.root, ".nodekeeper/log/agent.log")}`,
    );
    expect(checkout.events().at(-1)).toBe("collector SIGTERM");
    expect(runningServices(checkout.events())).toEqual([]);
  });

  it("shows the message of a crash without its stack", async () => {
    const run = start({ env: { FAKE_COLLECTOR: "crashes" } });

    expect(await run.exitCode).toBe(1);
    expect(lastLine(run)).toContain("The collector ended with exit code 1: TypeError: the disk is upside down. Its log:");
    expect(run.output()).not.toMatch(/^ +at /m);
  });

  it("shows a service's warning as one line", async () => {
    const run = start({ env: { FAKE_AGENT: "warns" } });
    await run.shows("To stop");

    expect(run.output()).toMatch(/^\d\d:\d\d:\d\d agent warning: a tool is missing \(probe smart, command smartctl\)$/m);
  });

  it("names the port in use and one that is free", async () => {
    const server = createServer().listen(port + 1, "127.0.0.1");
    const run = start();

    expect(await run.exitCode).toBe(18);
    server.close();
    expect(lastLine(run)).toBe(
      `nodekeeper: Port ${port + 1} is in use on 127.0.0.1. Stop what uses it, or choose another port: npm start -- --port ${port + 10}`,
    );
    expect(checkout.events()).toEqual([]);
  });

  it("says that it already runs", async () => {
    const first = start();
    await first.shows("To stop");

    const second = start();

    expect(await second.exitCode).toBe(19);
    expect(lastLine(second)).toBe(
      `nodekeeper: nodekeeper already runs from this checkout (process ${first.pid}): http://127.0.0.1:${port}/ Stop it there with Ctrl-C, or with: kill ${first.pid}`,
    );
  });

  it("ends what a killed start left running, and starts", async () => {
    const first = start();
    await first.shows("To stop");
    process.kill(first.pid, "SIGKILL");
    await first.exitCode.catch(() => {});
    expect(runningServices(checkout.events())).toHaveLength(2);

    await start().shows("To stop");

    expect(runningServices(checkout.events())).toHaveLength(2);
    expect(checkout.events().filter((event) => event.endsWith("SIGTERM"))).toHaveLength(2);
  });

  it("prepares once when two start in one checkout at the same time", async () => {
    const other = await freePort();
    const first = start();
    const second = start({ env: { NODEKEEPER_DATA_DIR: "elsewhere" } }, ["--port", String(other)]);

    await Promise.all([first.shows("To stop"), second.shows("To stop")]);

    expect(checkout.events().filter((event) => event.startsWith("pnpm"))).toEqual(["pnpm install", "pnpm build"]);
  });

  it("says that the registry is needed when there is no network", async () => {
    rmSync(join(checkout.root, "packages/bootstrap/toolchain/node_modules"), { recursive: true });
    const run = start({ env: { npm_config_registry: "http://127.0.0.1:9", npm_config_fetch_retries: "0" } });

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
    const run = start({ env: { FAKE_PNPM: problem } });

    expect(await run.exitCode).toBe(code);
    expect(run.output()).toContain(words);
  });

  it("names the folder that cannot be written", async (context) => {
    context.skip(process.getuid?.() !== 0, "needs root, to run as another user");
    const run = start({ uid: nobody });

    expect(await run.exitCode).toBe(12);
    expect(lastLine(run)).toBe(
      `nodekeeper: Data cannot be written to ${join(checkout.root, ".nodekeeper")}. Name a folder that can: NODEKEEPER_DATA_DIR=~/nodekeeper-data npm start`,
    );
  });

  it("names the checkout when only the data can be written", async (context) => {
    context.skip(process.getuid?.() !== 0, "needs root, to run as another user");
    const data = join(checkout.root, "data");
    mkdirSync(data);
    chownSync(data, nobody, nobody);
    const run = start({ uid: nobody, env: { NODEKEEPER_DATA_DIR: data } });

    expect(await run.exitCode).toBe(12);
    expect(lastLine(run)).toContain(`nodekeeper: ${checkout.root} cannot be written.`);
  });

  it.each([
    { args: ["--prot", "7070"], words: '"--prot" is not an argument of npm start. It knows: --port N, --help.' },
    { args: ["--port"], words: "--port needs a number from 1 to 65533. For example: npm start -- --port 8060" },
  ])("refuses $args", async ({ args, words }) => {
    const run = start({}, args);

    expect(await run.exitCode).toBe(2);
    expect(lastLine(run)).toBe(`nodekeeper: ${words}`);
  });

  it("tells an old Node from a new one before it loads anything", async () => {
    const run = start({
      preload: 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } })',
    });

    expect(await run.exitCode).toBe(10);
    expect(lastLine(run)).toBe(
      "nodekeeper: Node 18.20.4 is too old. Install Node 20 or newer (24 is best), then run this again.",
    );
  });

  it("refuses another system and writes nothing", async () => {
    const run = start({ preload: 'Object.defineProperty(process, "platform", { value: "darwin" })' });

    expect(await run.exitCode).toBe(11);
    expect(lastLine(run)).toMatch(
      /^nodekeeper: This machine is darwin on \w+; nodekeeper reads Linux machines on x64 and arm64\./,
    );
    expect(() => statSync(join(checkout.root, ".nodekeeper"))).toThrow("ENOENT");
  });
});

/**
 * @param {Run} run
 * @returns {Promise<void>}
 */
async function stopped(run) {
  await run.shows("To stop");
  signalGroup(run, "SIGTERM");
  expect(await run.exitCode).toBe(0);
}

/** @param {Run} run */
function lastLine(run) {
  return run.output().trimEnd().split("\n").at(-1);
}

/** @param {() => boolean} condition */
async function seen(condition) {
  while (!condition()) await sleep(20);
}

/**
 * @param {string} url
 * @returns {Promise<number | undefined>}
 */
function status(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).once("error", reject);
  });
}

/**
 * As a terminal does.
 *
 * @param {Run} run
 * @param {NodeJS.Signals} signal
 */
function signalGroup(run, signal) {
  try {
    process.kill(-run.pid, signal);
  } catch (error) {
    expect(error).toMatchObject({ code: "ESRCH" }); // it has ended already
  }
}
