/** How people are told, by API and CLI: against a real API, with channels that lead to a double of ntfy. */
import { createLogger, systemClock } from "@nodekeeper/shared";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeFindings } from "../../collector/src/api/test-support/fake-findings.ts";
import { readSettings } from "../../collector/src/notify/configuration/read-settings.ts";
import { createNotifications } from "../../collector/src/notify/create-notifications.ts";
import type { Notifications } from "../../collector/src/notify/notifications.ts";
import { type HttpDouble, startHttpDouble } from "../../collector/src/notify/test-support/http-double.ts";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { type AllDoors, openAllDoors } from "./all-doors.ts";

let double: HttpDouble;
let notifications: Notifications;
let doors: AllDoors;

beforeEach(async () => {
  double = await startHttpDouble();
  const text = `version: 1
channels:
  phone: { type: ntfy, url: "${double.url}", topic: nk }
  chat: { type: slack, urlFile: /nowhere/url }`;
  const read = readSettings(text, "n.yaml");
  if (read.kind === "bad") throw new Error(read.problems.join());
  notifications = await createNotifications({
    ...{ findings: new FakeFindings(), resolved: [], store: new FakeStore(), clock: systemClock, random: Math.random },
    source: { current: read.settings, problems: () => [], onChanged: () => ({ [Symbol.dispose]: () => undefined }) },
    ...{ obstacles: async () => [], logger: createLogger("test", "silent") },
    metrics: { attempted: () => undefined, heartbeat: () => undefined },
  });
  doors = await openAllDoors({ notifications });
});

afterEach(async () => {
  await doors[Symbol.asyncDispose]();
  await notifications[Symbol.asyncDispose]();
  await double[Symbol.asyncDispose]();
});

async function admin(...args: string[]) {
  let out = "";
  let error = "";
  const exitCode = await runCli({
    args: [...args, "--socket", doors.socketPath],
    ...{ env: { NO_COLOR: "1" }, isTerminal: true, columns: 120, nowMs: systemClock.wallMs() },
    signal: new AbortController().signal,
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { out, error, exitCode };
}

describe("feature 80: nodekeeper notifications", () => {
  it("shows each channel, and tests it: what arrived, and why something did not", async () => {
    const before = await admin("notifications");
    expect(before).toMatchObject({ exitCode: 0, out: expect.stringMatching(/phone\s+ntfy\s+idle\s+http:\/\/127.*topic nk/) });

    const { out, exitCode } = await admin("notifications", "test");
    expect(out).toMatch(/phone\s+delivered\s+\d+ ms/);
    expect(out).toMatch(/chat\s+failed\s+\d+ ms\s+\/nowhere\/url cannot be read: there is no such file/);
    expect(exitCode).toBe(1);
    expect(double.received.map(({ text }) => JSON.parse(text))).toMatchObject([{ topic: "nk", title: "A test of nodekeeper" }]);

    expect(await admin("notifications", "test", "phone")).toMatchObject({ exitCode: 0 });
    expect(await admin("notifications", "test", "phne")).toMatchObject({
      exitCode: 66,
      error: expect.stringContaining('did you mean "phone"?'),
    });
    expect(await admin("notifications")).toMatchObject({ exitCode: 1, out: expect.stringMatching(/chat\s+slack\s+failing/) });
  });

  it("is written into the audit", async () => {
    await admin("notifications", "test", "phone");
    const { out } = await admin("audit");

    expect(out).toMatch(/notifications\.test\s+channel phone\s+done\s+phone: delivered/);
  });
});
