import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, it } from "vitest";

import { identifyProcess } from "../process-identity.mjs";
import { stopLeftServices } from "./left-services.mjs";

const context = {
  interrupt: { stop: new AbortController().signal, force: new AbortController().signal },
  terminal: { line: () => {}, progress: (/** @type {string} */ _text, /** @type {() => Promise<any>} */ work) => work() },
};

describe("stopLeftServices", () => {
  it("spares a process that only has the number of one that was left", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
    await once(child, "spawn");
    const identity = identifyProcess(child.pid ?? 0);
    const owner = identifyProcess(1);

    await stopLeftServices({ owner, notes: { services: [{ ...identity, startedTicks: "1" }, "nonsense"] } }, context);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    await stopLeftServices({ owner, notes: { services: [identity] } }, context);

    await expect.poll(() => child.signalCode).toBe("SIGTERM");
  });
});
