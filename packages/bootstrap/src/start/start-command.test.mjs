/** `npm start` as a whole: real processes, real ports, with a fake pnpm, collector and agent. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { freePort } from "../fakes/fake-checkout.mjs";
import { runtimes } from "../fakes/runtimes.mjs";
import { createStartTrial, seen, upAndDown } from "../fakes/start-trial.mjs";
import { signalGroup } from "../process-identity.mjs";

/** @import { StartTrial } from "../fakes/start-trial.mjs" */

describe.each(runtimes)("npm start on Node $version", (runtime) => {
  /** @type {StartTrial} */
  let trial;

  beforeEach(async () => {
    trial = await createStartTrial(runtime);
  });

  afterEach(() => trial.end());

  it("installs, builds, and shows the address once both services are ready", async () => {
    const run = trial.start();
    await run.shows("To stop");

    const address = run
      .output()
      .split("\n")
      .find((line) => line.startsWith("http"));
    expect(address).toBe(`http://127.0.0.1:${trial.port}/`);
    expect(await status(`${address}readyz`)).toBe(200);
    expect(await status(`http://127.0.0.1:${trial.port + 2}/readyz`)).toBe(200);
    expect(trial.checkout.events().slice(0, 3)).toEqual([
      "pnpm install",
      "pnpm build",
      expect.stringMatching(/^collector started/),
    ]);
  });

  it("gives the agent a small heap", async () => {
    await trial.start().shows("To stop");

    const agent = trial.checkout.events().find((event) => event.startsWith("agent started"));
    expect(agent).toContain("--lite-mode --max-semi-space-size=1 --max-old-space-size=64");
  });

  it("lets only the owner read the data", async () => {
    await trial.start().shows("To stop");

    expect(statSync(join(trial.checkout.root, ".nodekeeper")).mode & 0o777).toBe(0o700);
    expect(statSync(join(trial.checkout.root, ".nodekeeper/log/agent.log")).mode & 0o777).toBe(0o600);
  });

  it("keeps data where NODEKEEPER_DATA_DIR says", async () => {
    const data = join(trial.checkout.root, "my data");
    await trial.start({ env: { NODEKEEPER_DATA_DIR: "my data" } }).shows(data);

    expect(readFileSync(join(data, "log/collector.log"), "utf8")).toContain("listening");
  });

  it("installs and builds nothing the second time", async () => {
    await upAndDown(trial.start());

    await upAndDown(trial.start());

    expect(trial.pnpmCalls()).toEqual(["pnpm install", "pnpm build"]);
  });

  it("builds again when a source has changed, and installs nothing", async () => {
    await upAndDown(trial.start());
    writeFileSync(join(trial.checkout.root, "agent/src/main.ts"), "runFaster();\n");

    await upAndDown(trial.start());

    expect(trial.pnpmCalls()).toEqual(["pnpm install", "pnpm build", "pnpm build"]);
  });

  it("builds again when a bundle is gone", async () => {
    await upAndDown(trial.start());
    rmSync(join(trial.checkout.root, "agent/dist/agent.cjs"));

    await upAndDown(trial.start());

    expect(trial.pnpmCalls().filter((call) => call === "pnpm build")).toHaveLength(2);
  });

  it("installs and builds again when the lock file has changed", async () => {
    await upAndDown(trial.start());
    writeFileSync(join(trial.checkout.root, "pnpm-lock.yaml"), "lockfileVersion: '9.1'\n");

    await upAndDown(trial.start());

    const calls = trial.pnpmCalls();
    expect(calls).toEqual(["pnpm install", "pnpm build", "pnpm install", "pnpm build"]);
  });

  it("does an interrupted step again", async () => {
    for (const step of ["install", "build"]) {
      const run = trial.start({ env: { FAKE_PNPM: `hangs in ${step}` } });
      await seen(() => trial.checkout.events().at(-1) === `pnpm ${step}`);
      signalGroup(run.pid, "SIGINT");
      expect(await run.exitCode).toBe(130);
    }

    await upAndDown(trial.start());

    const calls = trial.pnpmCalls();
    expect(calls).toEqual(["pnpm install", "pnpm install", "pnpm build", "pnpm build"]);
  });

  it("shows a service's warning as one line", async () => {
    const run = trial.start({ env: { FAKE_AGENT: "warns" } });
    await run.shows("To stop");

    expect(run.output()).toMatch(/^\d\d:\d\d:\d\d agent warning: a tool is missing \(probe smart, command smartctl\)$/m);
  });

  it("installs nothing again when another Node runs it", async () => {
    await upAndDown(trial.start());
    const node = join(
      trial.checkout.root,
      `packages/bootstrap/toolchain/node_modules/node-${process.platform}-${process.arch}/bin/node`,
    );

    expect(await upAndDown(trial.startWith(node))).toBe(0);

    expect(trial.pnpmCalls()).toEqual(["pnpm install", "pnpm build"]);
  });

  it("prepares once when two start in one checkout at the same time", async () => {
    const other = await freePort();
    const first = trial.start();
    const second = trial.start({ env: { NODEKEEPER_DATA_DIR: "elsewhere" } }, ["--port", String(other)]);

    await Promise.all([first.shows("To stop"), second.shows("To stop")]);

    expect(trial.pnpmCalls()).toEqual(["pnpm install", "pnpm build"]);
  });
});

/**
 * @param {string} url
 * @returns {Promise<number | undefined>}
 */
function status(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).once("error", reject);
  });
}
