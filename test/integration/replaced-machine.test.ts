/** Another machine under an old name, with everything under it: streams, findings, equipment, a real database, a restart. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { createLogger, systemClock } from "@nodekeeper/shared";
import type { ChangeList, FindingList, History } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { factsHash, list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent } from "../fakes/fake-agent.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aCollector, type CollectorUnderTest, eventually } from "./collector-under-test.ts";

const logger = createLogger("test", "silent");
const [old, young] = ["a".repeat(32), "b".repeat(32)];
const disk = "eui.0025";

/** What a machine says of its processors and of the disk in it; a critical warning of the disk is a declared fault. */
function told(load: number, wear: number, criticalWarning: number) {
  const blockDevice = { name: "nvme0n1", isVirtual: false, sizeBytes: 1_000_000n, identities: [disk], serial: "S1" };
  const diskHealth = { device: "/dev/nvme0", modelName: "SSD", serialNumber: "S1", nvme: { criticalWarning } };
  const facts = {
    subjects: [
      { kind: "cpu", id: "", outcome: Outcome.OK, value: { case: "cpu", value: {} } } as const,
      { kind: "block_device", id: disk, outcome: Outcome.OK, value: { case: "blockDevice", value: blockDevice } } as const,
      { kind: "disk_health", id: disk, outcome: Outcome.OK, value: { case: "diskHealth", value: diskHealth } } as const,
    ],
    lists: [list("block_device", true), list("disk_health", true)],
    sampleKeys: [
      { kind: "cpu", id: "", name: "load_average_1m" },
      { kind: "disk_health", id: disk, name: "percentage_used" },
    ],
  };
  return observation(facts, { probe: "p", sampleValues: [load, wear], factsHash: factsHash(`${load} ${wear}`) });
}

async function ask<Body>(collector: CollectorUnderTest, path: string): Promise<Body> {
  const response = await fetch(`${collector.url}/api/v1/${path}`);
  return (await response.json()) as Body; // the API validates its own answers
}

/** Values of one series, as they were observed. */
async function history(collector: CollectorUnderTest, query: string): Promise<readonly (number | null)[]> {
  const { series } = await ask<History>(collector, `nodes/neko/history?resolution=raw&${query}`);
  return series[0]?.average.filter((value) => value !== null) ?? [];
}

describe("a new machine under an old name", () => {
  it("begins with nothing but the history of the disks in it, and the old one's is still to be had, over a restart too", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "data");
    await mkdir(directory);
    const start = () => aCollector({ openStore: () => openStore({ directory, clock: systemClock, logger }) });
    const report = async (collector: CollectorUnderTest, machineId: string, made: ReturnType<typeof told>) => {
      const agent = connectAgent(collector.grpcAddress);
      agent.hello({ machineId, epoch: `epoch of ${machineId[0]}`.replaceAll(" ", "-") });
      await agent.next("helloAck");
      agent.report([made]);
      await agent.next("ack");
      return agent;
    };
    const isAsItShouldBe = async (collector: CollectorUnderTest): Promise<void> => {
      expect(await history(collector, "kind=cpu")).toEqual([2]);
      expect(await history(collector, `kind=cpu&machine=${old}`)).toEqual([1]);
      expect(await history(collector, "kind=disk_health")).toEqual([10, 11]);
      const { changes } = await ask<ChangeList>(collector, "nodes/neko/changes");
      expect(changes.map(({ text }) => text)).toEqual([
        "the machine was replaced: another one bears this name now",
        "seen for the first time",
      ]);
    };

    {
      await using collector = await start();
      const first = await report(collector, old, told(1, 10, 0b100));
      await eventually(async () => expect(await rulesOfDisks(collector)).toEqual(["nvme-critical-warning"]));
      first.vanish();
      await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));

      await using second = await report(collector, young, told(2, 11, 0));
      await eventually(async () => expect(await rulesOfDisks(collector)).toEqual([]));

      const { findings } = await ask<FindingList>(collector, "findings?state=resolved");
      const ended = findings.find(({ rule }) => rule === "nvme-critical-warning");
      expect(ended?.resolvedBecause).toBe(`the machine was replaced: it had machine-id ${old}, and ${young} bears its name now`);
      expect((await collector.node("neko")).identity.machineId).toBe(young);
      await isAsItShouldBe(collector);
      expect(second.received.length).toBeGreaterThan(0);
    }

    await using again = await start();
    await isAsItShouldBe(again);
    expect((await again.node("neko")).subjects.map(({ kind }) => kind).sort()).toEqual(["block_device", "cpu", "disk_health"]);
  });
});

/** The clock of such an agent is not this machine's. */
async function rulesOfDisks(collector: CollectorUnderTest): Promise<readonly string[]> {
  return (await collector.findings()).flatMap(({ rule, subject }) => (subject.kind === "node" ? [] : [rule]));
}
