/** How `npm start` ends: by Ctrl-C, with npm, or because a service ended. */
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { oldestRuntime } from "../fakes/runtimes.mjs";
import { createStartTrial, lastLine, seen } from "../fakes/start-trial.mjs";
import { signalGroup } from "../process-identity.mjs";
import { sleep } from "../time.mjs";

/** @import { StartTrial } from "../fakes/start-trial.mjs" */

describe("stopping npm start", () => {
  /** @type {StartTrial} */
  let trial;

  beforeEach(async () => {
    trial = await createStartTrial(oldestRuntime);
  });

  afterEach(() => trial.end());

  it("ends the agent, then the collector, at Ctrl-C, and exits with 0", async () => {
    const run = trial.start();
    await run.shows("To stop");

    signalGroup(run.pid, "SIGINT");

    expect(await run.exitCode).toBe(0);
    expect(run.output()).toContain("Stopped. The data stays in");
    expect(trial.checkout.events().slice(-2)).toEqual(["agent SIGTERM", "collector SIGTERM"]);
    expect(trial.running()).toEqual([]);
  });

  it("ends the services once when npm passes on the Ctrl-C that the terminal has sent to all", async () => {
    const run = trial.startByNpm();
    await run.shows("To stop");

    signalGroup(run.pid, "SIGINT");

    expect(await run.exitCode).toBe(0);
    expect(trial.checkout.events().slice(-2)).toEqual(["agent SIGTERM", "collector SIGTERM"]);
    expect(run.output()).not.toMatch(/^ +at |npm error/m);
  });

  it("ends the services cleanly when the terminal is closed", async () => {
    const run = trial.start();
    await run.shows("To stop");

    run.hangUp();
    signalGroup(run.pid, "SIGHUP");

    expect(await run.exitCode).toBe(0);
    expect(trial.checkout.events().slice(-2)).toEqual(["agent SIGTERM", "collector SIGTERM"]);
  });

  it("ends the services when npm is killed", async () => {
    const run = trial.startByNpm();
    await run.shows("To stop");

    process.kill(run.pid, "SIGKILL");

    await seen(() => trial.running().length === 0);
    expect(trial.checkout.events().slice(-2)).toEqual(["agent SIGTERM", "collector SIGTERM"]);
  });

  it("kills at once at the second Ctrl-C", async () => {
    const run = trial.start({ env: { FAKE_AGENT: "ignores SIGTERM" } });
    await run.shows("To stop");

    signalGroup(run.pid, "SIGINT");
    await run.shows("Stopping");
    await sleep(500);
    expect(trial.running()).toHaveLength(2);
    signalGroup(run.pid, "SIGINT");

    expect(await run.exitCode).toBe(0);
    expect(trial.running()).toEqual([]);
  });

  it("says why a service ended by itself, ends the other, and exits with 1", async () => {
    const run = trial.start({ env: { FAKE_AGENT: "dies" } });

    expect(await run.exitCode).toBe(1);
    expect(lastLine(run)).toBe(
      `nodekeeper: The agent ended with exit code 3: cannot go on: database is damaged. Its log: ${join(trial.checkout.root, ".nodekeeper/log/agent.log")}`,
    );
    expect(trial.checkout.events().at(-1)).toBe("collector SIGTERM");
    expect(trial.running()).toEqual([]);
  });

  it("shows the message of a crash without its stack", async () => {
    const run = trial.start({ env: { FAKE_COLLECTOR: "crashes" } });

    expect(await run.exitCode).toBe(1);
    expect(lastLine(run)).toContain("The collector ended with exit code 1: TypeError: the disk is upside down. Its log:");
    expect(run.output()).not.toMatch(/^ +at /m);
  });

  it("ends what a killed start left running, and starts", async () => {
    const first = trial.start();
    await first.shows("To stop");
    process.kill(first.pid, "SIGKILL");
    await first.exitCode.catch(() => {});
    expect(trial.running()).toHaveLength(2);

    await trial.start().shows("To stop");

    expect(trial.running()).toHaveLength(2);
    expect(trial.checkout.events().filter((event) => event.endsWith("SIGTERM"))).toHaveLength(2);
  });
});
