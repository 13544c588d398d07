/** Decisions about findings, from the reading on the wire to the status in the API: over the real store, and over what a kill leaves of it. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { createLogger, systemClock } from "@nodekeeper/shared";
import type { AuditList, Decision, DecisionList, DiskBaseline, NodeHealth } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { type FactsInit, factsHash, list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { askSocket } from "../support/ask-socket.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aCollector, type CollectorUnderTest, eventually } from "./collector-under-test.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder[Symbol.asyncDispose]());

/** A collector over the database of a folder, with all rights at its admin socket. */
async function started(directory: string): Promise<{ readonly collector: CollectorUnderTest; readonly socket: string }> {
  const socket = join(folder.path, `${directory}.sock`);
  const collector = await aCollector({
    openStore: (path) => openStore({ directory: path, clock: systemClock, logger: createLogger("test", "silent") }),
    args: [`--data-dir=${join(folder.path, directory)}`, `--admin-socket=${socket}`],
  });
  return { collector, socket };
}

/** An agent of a machine with one NVMe disk, which has so many media errors. */
function reporter(agent: FakeAgent, epoch: string): (errors: number) => Promise<void> {
  agent.hello({ epoch });
  let sequence = 0;
  return async (errors) => {
    sequence += 1;
    const uptimeMs = BigInt(Math.round(systemClock.monotonicMs()) + 1_000_000);
    const nowMs = BigInt(systemClock.wallMs());
    const options = { probe: "smart", sequence, uptimeMs, observedAtUnixMs: nowMs, intervalMs: 300_000 };
    const facts = { ...options, factsHash: factsHash(`${errors} errors`) };
    agent.report([observation(disk(errors), facts)], { sentAtUnixMs: nowMs, sentUptimeMs: uptimeMs });
    await agent.next("ack");
  };
}

function disk(errors: number): FactsInit {
  const nvme = { mediaAndDataIntegrityErrors: BigInt(errors) };
  const value = { device: "/dev/nvme0", modelName: "Example 980", serialNumber: "S1", nvme };
  const subject = { kind: "disk_health", id: "eui.1", outcome: Outcome.OK, value: { case: "diskHealth", value } } as const;
  return { subjects: [subject], lists: [list("disk_health", true)] };
}

async function health(collector: CollectorUnderTest): Promise<NodeHealth> {
  const response = await fetch(`${collector.url}/api/v1/nodes/neko/health`);
  return (await response.json()) as NodeHealth; // the API validates its own answers
}

function becomes(collector: CollectorUnderTest, status: string, reason?: string): Promise<NodeHealth> {
  return eventually(async () => {
    const now = await health(collector);
    expect(now).toMatchObject({ status, ...(reason === undefined ? {} : { reason }) });
    return now;
  });
}

describe("a used disk with three media errors", () => {
  it("is well, warns at the fourth, is well when that is acknowledged, also after a kill, and warns at the fifth", async () => {
    const { collector, socket } = await started("first");
    const agent = connectAgent(collector.grpcAddress);
    const report = reporter(agent, "epoch-1");
    await report(3);
    await becomes(collector, "ok", "nothing wrong was found");
    await report(4);
    const { findings } = await becomes(collector, "degraded");
    const wanted = { kind: "acknowledge", finding: findings[0]?.id, reason: "it is watched" };
    const made = (await askSocket(socket, "POST", "/api/v1/decisions", wanted)) as Decision;
    const acknowledged = await becomes(collector, "ok", "nothing is wrong but what was acknowledged");
    expect(await collector.metric('nodekeeper_collector_findings{rule="disk-errors-growing",state="set_aside"}')).toBe(1);
    await cp(join(folder.path, "first"), join(folder.path, "killed"), { recursive: true }); // what a kill would leave now
    agent.vanish();
    await collector[Symbol.asyncDispose]();

    const { collector: next, socket: nextSocket } = await started("killed");
    const [restored] = await next.findings();
    await using again = connectAgent(next.grpcAddress);
    const reportAgain = reporter(again, "epoch-2");
    await reportAgain(4);
    await becomes(next, "ok", "nothing is wrong but what was acknowledged");
    await reportAgain(5);
    const worse = await becomes(next, "degraded");
    const { decisions } = (await askSocket(nextSocket, "GET", "/api/v1/decisions")) as DecisionList;
    const audit = await eventually(async () => {
      const { records } = (await askSocket(nextSocket, "GET", "/api/v1/audit?node=neko")) as AuditList;
      expect(records[0]?.action).toBe("decision.end");
      return records;
    });

    expect(acknowledged.since).toBe(made.at);
    expect(restored?.attention).toMatchObject({
      isSetAside: true,
      decisions: [{ id: made.id, by: made.by, reason: "it is watched" }],
    });
    expect(worse.findings[0]).toMatchObject({ id: findings[0]?.id });
    expect(worse.findings[0]?.attention).toBeUndefined();
    expect(decisions).toEqual([]);
    expect(audit.map(({ action, actor }) => `${actor.kind} ${action}`)).toEqual([
      "collector decision.end",
      "local decision.create",
    ]);
    expect(audit[0]?.detail).toContain("errors_counted 5 is above 4");

    const baseline = (await askSocket(nextSocket, "POST", "/api/v1/nodes/neko/disks/S1/baseline", {
      reason: "known",
    })) as DiskBaseline;
    await becomes(next, "ok", "nothing wrong was found");
    await reportAgain(5);
    const calm = await health(next);
    await reportAgain(6);
    await becomes(next, "degraded", "Example 980 (/dev/nvme0): 1 more media and data integrity errors");
    await next[Symbol.asyncDispose]();
    const { collector: last } = await started("killed");
    const [after] = await last.findings();
    await last[Symbol.asyncDispose]();

    expect(baseline).toMatchObject({ node: "neko", disk: "eui.1", serialNumber: "S1" });
    expect(baseline.counters).toEqual([{ name: "media_and_data_integrity_errors", before: 3, baseline: 5 }]);
    expect(calm.status).toBe("ok");
    expect(after?.evidence).toContainEqual(
      expect.objectContaining({ name: "media_and_data_integrity_errors_baseline", value: 5 }),
    );
  });
});
