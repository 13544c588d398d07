/** From lists of disks on the wire to changes and findings in the API, over restarts, with time that passes when the test says so. */
import { Outcome } from "@nodekeeper/proto";
import { createLogger, type Logger, systemClock } from "@nodekeeper/shared";
import type { ChangeList } from "@nodekeeper/shared/api";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { type FactsInit, factsHash, list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aCollector, type CollectorUnderTest, eventually } from "./collector-under-test.ts";

const secondMs = 1_000;

/** An agent that reports facts at the clock's time; each word of its has the next number. */
function reporter(agent: FakeAgent, clock: FakeClock): (probe: string, facts: FactsInit, word: string) => Promise<void> {
  let sequence = 0;
  return async (probe, facts, word) => {
    sequence += 1;
    const uptimeMs = BigInt(Math.round(clock.monotonicMs()) + 1_000_000);
    const times = { sentAtUnixMs: BigInt(Math.round(clock.wallMs())), sentUptimeMs: uptimeMs };
    const interval = { intervalMs: probe === "smart" ? 300_000 : 60_000 };
    const options = { probe, sequence, uptimeMs, observedAtUnixMs: times.sentAtUnixMs, factsHash: factsHash(word), ...interval };
    agent.report([observation(facts, options)], times);
    await agent.next("ack");
  };
}

function disks(...names: readonly string[]): FactsInit {
  const subjects = names.map((name) => {
    const value = {
      name,
      model: `SSD ${name}`,
      serial: `S-${name}`,
      bus: "nvme",
      isVirtual: false,
      sizeBytes: 1_000_000n,
      identities: [`eui.${name}`],
    };
    return { kind: "block_device", id: `eui.${name}`, outcome: Outcome.OK, value: { case: "blockDevice", value } } as const;
  });
  return { subjects, lists: [list("block_device", true)] };
}

function mediaErrors(name: string, count: number): FactsInit {
  const nvme = { mediaAndDataIntegrityErrors: BigInt(count) };
  const value = { device: `/dev/${name}`, modelName: `SSD ${name}`, serialNumber: `S-${name}`, nvme };
  const subject = { kind: "disk_health", id: `eui.${name}`, outcome: Outcome.OK, value: { case: "diskHealth", value } } as const;
  return { subjects: [subject], lists: [list("disk_health", true)] };
}

async function changes(collector: CollectorUnderTest): Promise<readonly string[]> {
  const response = await fetch(`${collector.url}/api/v1/changes`);
  const body = (await response.json()) as ChangeList; // the API validates its own answers
  return body.changes.map(({ node, text }) => `${node}: ${text}`);
}

async function shown(collector: CollectorUnderTest): Promise<readonly string[]> {
  const findings = await collector.findings();
  return findings.map(
    ({ node, rule, state, severity, isHeld }) => `${node} ${rule} ${state} ${severity}${isHeld ? " held" : ""}`,
  );
}

describe("feature 37: a disk vanishes while its node is up", () => {
  it("is said within two minutes, survives a restart of the collector, and ends when the disk turns up on another node", async () => {
    const store = new FakeStore();
    const clock = new FakeClock();
    {
      await using collector = await aCollector({ store, clock });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello();
      const report = reporter(agent, clock);
      await report("disks", disks("a", "b"), "both");
      const vanishedAtMs = clock.wallMs();
      await clock.advance(60 * secondMs);
      await report("disks", disks("a"), "one");
      await eventually(async () => expect(await shown(collector)).toEqual(["neko disk-missing pending medium"]));
      await eventually(async () => {
        await clock.advance(5 * secondMs);
        expect(await shown(collector)).toEqual(["neko disk-missing firing medium"]);
      });

      expect(clock.wallMs() - vanishedAtMs).toBeLessThan(120 * secondMs);
      expect((await collector.findings())[0]?.text).toBe("SSD b (b) is missing");
      expect((await collector.node("neko")).summary).toMatchObject({ status: "degraded", reason: "SSD b (b) is missing" });
    }

    await using collector = await aCollector({ store, clock });
    await clock.advance(5 * secondMs);
    const afterRestart = await shown(collector);
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await using other = connectAgent(collector.grpcAddress);
    other.hello({ nodeName: "panther", machineId: "3".repeat(32), epoch: "epoch-p" });
    const report = reporter(other, clock);
    await report("disks", disks("p"), "p");
    await report("disks", disks("p", "b"), "p and b");
    await eventually(async () => expect(await shown(collector)).toEqual([]));

    expect(afterRestart).toEqual(["neko disk-missing firing medium"]);
    expect(await changes(collector)).toEqual([
      "neko: SSD b (b) moved to panther",
      "panther: SSD b (b) moved here from neko",
      "panther: seen for the first time",
      "neko: SSD b (b) is gone",
      "neko: seen for the first time",
    ]);
  });

  it("is not said of the disks of a node that is silent", async () => {
    const clock = new FakeClock();
    await using collector = await aCollector({ clock });
    const agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await reporter(agent, clock)("disks", disks("a", "b"), "both");
    agent.vanish();
    await clock.advance(600 * secondMs);

    await eventually(async () => expect(await shown(collector)).toEqual(["neko node-not-reporting firing medium"]));
    expect(await changes(collector)).toEqual(["neko: seen for the first time"]);
  });
});

describe("feature 32: error counters against a baseline, over the wire", () => {
  it("takes the 3 errors of a used disk, warns of the 4th, and counts it once over a restart", async () => {
    const store = new FakeStore();
    const clock = new FakeClock();
    {
      await using collector = await aCollector({ store, clock });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello();
      const report = reporter(agent, clock);
      await report("disks", disks("a"), "a");
      await report("smart", mediaErrors("a", 3), "3");
      await clock.advance(60 * secondMs);
      const enrolled = await shown(collector);
      await report("smart", mediaErrors("a", 4), "4");
      await eventually(async () => expect(await shown(collector)).toEqual(["neko disk-errors-growing firing medium"]));

      expect(enrolled).toEqual([]);
    }

    await using collector = await aCollector({ store, clock });
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello({ epoch: "epoch-2" });
    const report = reporter(agent, clock);
    await report("smart", mediaErrors("a", 4), "4");
    const [finding] = await eventually(async () => {
      const findings = await collector.findings();
      expect(findings).toMatchObject([{ rule: "disk-errors-growing", state: "firing", isHeld: false }]);
      return findings;
    });

    expect(finding?.text).toBe("SSD a (/dev/a): 1 more media and data integrity errors");
    expect(store.inventories.get("neko")?.inventory.counters["eui.a"]?.tracks["media_and_data_integrity_errors"]).toMatchObject({
      baseline: 3,
      value: 4,
      growth: { by: 1, mostPerDay: 1 },
    });
  });
});

describe("feature 27: changes in the real store", () => {
  it("are there after a restart, and the restart makes none", async () => {
    await using folder = await temporaryFolder();
    const clock = new FakeClock();
    const logger: Logger = createLogger("test", "silent");
    const open = () => openStore({ directory: folder.path, clock: systemClock, logger });
    const seen: (readonly string[])[] = [];
    for (const [round, present] of [disks("a", "b"), disks("a", "b"), disks("a", "c"), disks("a", "c")].entries()) {
      await using collector = await aCollector({ openStore: open, clock });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello({ epoch: `epoch-${round}` });
      await reporter(agent, clock)("disks", present, round < 2 ? "a b" : "a c");
      seen.push(await changes(collector));
      await clock.advance(60 * secondMs);
    }

    const first = "neko: seen for the first time";
    const swapped = ["neko: SSD b (b) is gone", "neko: SSD c (c) appeared", first];
    expect(seen).toEqual([[first], [first], swapped, swapped]);
  });
});
