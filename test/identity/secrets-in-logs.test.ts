/** Whoever may read logs is not let in by them: machines come, get new credentials and are refused, and a channel fails, all with the loudest logs. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { openAlarm } from "../../agent/src/alarm/open-alarm.ts";
import { createLogger } from "../../packages/shared/src/index.ts";
import { FakeClock } from "../../packages/shared/src/test-support/index.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { anAgentFolder } from "../integration/agent-under-test.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { identityScene } from "./identity-scene.ts";

/** Parts of a text that are long enough to be a secret: none of them may be in a log. */
function partsOf(...texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.match(/[\w-]{30,}/g) ?? []).map((part) => part.replace(/^nk[a-z]_[0-9a-f]{12}_/, ""));
}

function expectNone(log: string, secrets: readonly string[]): void {
  for (const secret of secrets) expect(log.includes(secret), `the log has ${secret.slice(0, 6)}…`).toBe(false);
}

describe("the logs", () => {
  it("have no secret of a machine that is enrolled, gets a new credential and is refused, nor of a program that asks", async () => {
    const lines: string[] = [];
    await using scene = await identityScene({
      logger: createLogger("collector", "debug", { write: (line) => void lines.push(line) }),
    });
    await using folder = await anAgentFolder();
    const address = scene.collector.publicGrpcAddress;
    const identityFile = join(folder.path, "report", "identity.json");
    const identity = (): { readonly credentials: readonly string[] } => JSON.parse(readFileSync(identityFile, "utf8"));
    const joinToken = await scene.joinToken("under-test");
    const door = `${address?.host}:${address?.port}`;
    const enroll = [
      repositoryPath("packages/cli/src/main.ts"),
      "enroll",
      door,
      "--identity-file",
      identityFile,
      "--token",
      joinToken,
    ];
    const said = await promisify(execFile)(process.execPath, enroll, { env: {} });
    const first = identity().credentials;

    const agent = folder.agent("run", "--identity-file", identityFile, "--log-level", "debug");
    agent.start();
    await waitUntil("the agent reports", 60_000, () =>
      scene.collector.node("under-test").then(
        ({ summary }) => summary.isConnected,
        () => false, // it has not been met yet
      ),
    );
    expect((await scene.admin("POST", "/api/v1/credentials/under-test/rotate")).status).toBeLessThan(300);
    const second = await waitUntil("the agent has its new credential", 60_000, async () => {
      const now = identity().credentials;
      return now.some((each) => !first.includes(each)) ? now : undefined;
    });
    const { body: created } = await scene.admin("POST", "/api/v1/tokens", { kind: "api", name: "x", scopes: ["read"] });
    const token = String(created["text"]);
    const guessed = `nkt_0123456789ab_${"G".repeat(43)}`;
    for (const shown of [token, guessed]) {
      const headers = { authorization: `Bearer ${shown}`, cookie: `session=${guessed}` };
      await fetch(`${scene.collector.url}/api/v1/nodes?q=${shown}`, { headers });
    }
    await using refused = scene.connect(`nkc_0123456789ab_${"R".repeat(43)}`);
    refused.hello({ nodeName: "under-test" });
    await refused.ended;
    await agent[Symbol.asyncDispose]();

    const secrets = partsOf(joinToken, ...first, ...second, token, guessed, "R".repeat(43));
    expect(secrets.length).toBeGreaterThan(6);
    expect(lines.length).toBeGreaterThan(10);
    expectNone(lines.join(""), secrets);
    expectNone(readFileSync(join(folder.path, "run-0.log"), "utf8"), secrets);
    expectNone(`${said.stdout}${said.stderr}`, secrets);
  }, 150_000);

  it("have no address of a channel that fails", async () => {
    await using folder = await temporaryFolder();
    const lines: string[] = [];
    const secret = "topic-9f2cQq7Zr1Xv4Lk8Wm3Yt6Pd0Sb5Hn2";
    const urlFile = join(folder.path, "alarm-url");
    writeFileSync(urlFile, `http://ada:${secret}a@127.0.0.1:1/${secret}b?auth=${secret}c\n`);
    const clock = new FakeClock();
    const stop = new AbortController();
    const alarm = openAlarm(
      {
        alarm: { urlFile, kind: "webhook", afterMs: 60_000, rank: 0 },
        access: {
          collectors: [],
          tokenFile: undefined,
          caFile: undefined,
          identityFile: join(folder.path, "identity.json"),
          serverName: "x",
        },
        nodeName: "neko",
      },
      {
        status: () => ({ isConnected: false, isCollectorMissing: true, sinceMs: 0, problem: "nobody listens" }),
        ...{ clock, random: () => 0.5, logger: createLogger("agent", "debug", { write: (line) => void lines.push(line) }) },
      },
      stop.signal,
    );
    const running = alarm?.run(stop.signal);

    await clock.advance(90_000);
    await eventually(() => expect(lines.join("")).toContain("people could not be told of the collector"));
    stop.abort();
    await running;

    expect(lines.join("")).not.toContain(secret.slice(0, 12));
  });
});
