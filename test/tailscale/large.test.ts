/** A real daemon in a tailnet of two thousand: what is told of it, what it costs, and that its notifications, of megabytes each, are borne. */
import { readFileSync } from "node:fs";
import { create, toBinary } from "@bufbuild/protobuf";
import { FactsSchema, SampleKeySchema } from "@nodekeeper/proto";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Payload } from "../../agent/src/payload.ts";
import { samplesAt } from "../../agent/src/probes/test-support/payload-view.ts";
import { createWatcherKeeper } from "../../agent/src/run-watchers.ts";
import { tailscale } from "../../agent/src/watchers/tailscale.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { expectAccepted } from "../recordings/expect-accepted.ts";
import { aTailnet, missing, read, startTimeoutMs, whyNot } from "./scene.ts";
import type { Tailnet } from "./tailnet.ts";
import type { TestDaemon } from "./test-daemon.ts";

const peerCount = 2_000;

describe.skipIf(missing !== undefined)(`a real tailnet of thousands${whyNot}`, { timeout: 150_000 }, () => {
  let tailnet: Tailnet;
  let neko: TestDaemon;
  let bobcatId: string;

  beforeAll(async () => {
    tailnet = await aTailnet();
    const bobcat = await tailnet.daemon("bobcat");
    neko = await tailnet.daemon("neko");
    await Promise.all([neko.start(), bobcat.start()]);
    bobcatId = await bobcat.up();
    await tailnet.order({ do: "add-fake-nodes", count: peerCount - 1 });
    await neko.up();
  }, startTimeoutMs);

  afterAll(async () => {
    await tailnet?.[Symbol.asyncDispose]();
  });

  it("is counted whole and told of in 128 peers, the same ones every time, in less than 64 KB", {
    timeout: 150_000,
  }, async () => {
    await read(neko);
    const [daemonMs, ownMs] = [cpuMsOf(neko), ownCpuMs()];
    const rounds = 10;
    let payload = await read(neko);
    for (let round = 1; round < rounds; round++) payload = await read(neko);
    const ours = (ownCpuMs() - ownMs) / rounds;
    const statusBytes = (await neko.call("GET", "status")).length;
    process.stdout.write(
      `${peerCount} peers: status ${statusBytes} bytes, ${ours.toFixed(0)} ms of CPU here and ${((cpuMsOf(neko) - daemonMs) / rounds).toFixed(0)} ms in the daemon a run, facts ${factsBytes(payload)} bytes\n`,
    );

    const again = await read(neko);

    expectAccepted(payload);
    expect(samplesAt(payload, "tailscale")).toMatchObject({ peers_total: peerCount });
    expect(payload.lists).toMatchObject([{ isComplete: false, failure: { code: "HOST_OUTPUT_TOO_LARGE" } }]);
    expect(payload.subjects).toHaveLength(129);
    expect(factsBytes(payload)).toBeLessThan(64 * 1024);
    expect([again.subjects, again.lists]).toEqual([payload.subjects, payload.lists]);
  });

  it("has its changes told by megabytes at a time, and borne", { timeout: 150_000 }, async () => {
    const stop = new AbortController();
    const triggeredAtMs: number[] = [];
    const keeper = createWatcherKeeper({
      ...{ watchers: [tailscale], host: await neko.host(), clock: systemClock, random: Math.random },
      logger: createLogger("test", "silent"),
      trigger: () => void triggeredAtMs.push(systemClock.monotonicMs()),
    });
    const watching = keeper.run(stop.signal);
    const reactionsMs: number[] = [];
    for (const isOnline of [true, false, true]) {
      await systemClock.sleep(3_000, stop.signal);
      const [before, fromMs] = [triggeredAtMs.length, systemClock.monotonicMs()];
      await tailnet.order({ do: "update", node: bobcatId, isOnline });
      await waitUntil("the change is told", 30_000, () => triggeredAtMs.length > before);
      reactionsMs.push((triggeredAtMs[before] ?? Number.NaN) - fromMs);
    }
    const failed = [...keeper.failed()];
    stop.abort();
    await watching;

    process.stdout.write(`${peerCount} peers: a change is told after ${reactionsMs.map(Math.round).join(", ")} ms\n`);
    // Most of it is the daemon's own work, of which a starved machine makes seconds; without the watcher it would be the probe's interval.
    expect(Math.max(...reactionsMs)).toBeLessThan(15_000);
    expect(failed).toEqual([]);
  });
});

function factsBytes({ subjects, lists, samples }: Payload): number {
  const sampleKeys = samples.map(({ kind, id, name }) => create(SampleKeySchema, { kind, id, name }));
  return toBinary(FactsSchema, create(FactsSchema, { subjects: [...subjects], lists: [...lists], sampleKeys })).length;
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Of a daemon, by the kernel's ticks of 10 ms. */
function cpuMsOf(daemon: TestDaemon): number {
  const stat = readFileSync(`/proc/${daemon.pid()}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return 10 * ((user ?? 0) + (system ?? 0));
}
