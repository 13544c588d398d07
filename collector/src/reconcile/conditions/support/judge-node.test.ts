import { describe, expect, it } from "vitest";
import { machineThatSaid } from "../../../test-support/judge-machine.ts";
import { connectedNode, disconnected, startMs } from "../../../test-support/states.ts";
import { toldDisks, toldFailure, toldHealth } from "../../test-support/told-machine.ts";
import { aClusterNode, findingsOf, type WorldInit, worldOf } from "../../test-support/world-of.ts";
import type { Judgement } from "../condition.ts";
import { diskHealthy } from "../disk-healthy.ts";

const well = machineThatSaid(toldDisks("nvme.1"), toldHealth());
const bad = machineThatSaid(toldDisks("nvme.1"), toldHealth(4));
const second = 1_000;
/** From then on, silence is silence. */
const overdueMs = 3 * 30 * second + 30 * second + 1;

function judge(init: WorldInit): Judgement {
  return diskHealthy.judge(worldOf(init), "neko");
}

describe("a condition of a node", () => {
  it("is held until evaluation has looked at it: no finding then means nothing", () => {
    expect(judge({ node: well, isEvaluated: false })).toMatchObject({ kind: "hold" });
  });

  it("is held while its agent speaks from another machine than the Node stands for, and Unknown when that lasts", () => {
    const live = aClusterNode({ status: { nodeInfo: { machineID: "99999999-9999-9999-9999-999999999999" } } });
    const node = { ...well, lastContactAtMs: startMs + overdueMs };

    expect(judge({ node: well, live })).toMatchObject({ kind: "hold", reason: expect.stringContaining("another machine") });
    expect(judge({ node, live, afterMs: overdueMs })).toMatchObject({
      status: "Unknown",
      reason: "OtherMachine",
      isSilence: true,
    });
  });

  it("is held for as long as a fresh node may be silent, then Unknown, whatever it was", () => {
    for (const node of [well, bad]) {
      const findings = findingsOf(node, 0, overdueMs);
      const silent = { kind: "status", status: "Unknown", reason: "NotReporting", isSilence: true };
      const away = disconnected(node, startMs, undefined);

      expect(judge({ node: away, findings: findingsOf(node), afterMs: overdueMs - second })).not.toMatchObject({
        status: "Unknown",
      });
      expect(judge({ node: away, findings, afterMs: overdueMs })).toMatchObject(silent);
    }
  });

  it("is Unknown as one that is off after its goodbye", () => {
    const off = disconnected(well, startMs, "shutdown");

    expect(judge({ node: off, afterMs: overdueMs })).toMatchObject({
      ...{ status: "Unknown", reason: "NodeOffline" },
      message: "its agent said goodbye (shutdown), and nothing is heard of it since",
    });
  });

  it("is Unknown when its probes are late while the node speaks, and held while its agent is away", () => {
    const lateMs = 3 * 60 * second + 30 * second + 1;
    const speaks = { ...well, lastContactAtMs: startMs + lateMs };

    expect(judge({ node: speaks, afterMs: lateMs })).toMatchObject({ status: "Unknown", reason: "ProbeStale" });
    expect(judge({ node: disconnected(speaks, startMs + lateMs, undefined), afterMs: lateMs })).toMatchObject({ kind: "hold" });
  });

  it("is what it was after a start of the collector, until facts are there or would be late", () => {
    const startedAfterMs = 10 * second;
    const at = (afterMs: number): Judgement => judge({ node: well, startedAfterMs, afterMs: startedAfterMs + afterMs });

    expect(at(0)).toMatchObject({ kind: "hold", reason: "its agent was not heard of since the collector was started" });
    expect(at(overdueMs - second)).toMatchObject({ kind: "hold" });
    expect(at(overdueMs)).toMatchObject({ status: "Unknown", reason: "NotReporting" });
  });

  it("is not concluded from facts that another process received, though the agent speaks", () => {
    const startedAfterMs = 10 * second;
    const back = { ...well, lastContactAtMs: startMs + startedAfterMs + second };
    const at = (afterMs: number): Judgement => {
      const afterStartMs = startedAfterMs + afterMs;
      return judge({ node: { ...back, lastContactAtMs: startMs + afterStartMs }, startedAfterMs, afterMs: afterStartMs });
    };

    expect(at(second)).toMatchObject({ kind: "hold", reason: "the probe disks was not heard of yet" });
    expect(at(3 * 60 * second + 30 * second + 1)).toMatchObject({ status: "Unknown", reason: "NotObserved", isSilence: true });
  });

  it("is held of a node that did not prove itself, and Unknown when that lasts", () => {
    const speaking = (afterMs: number): WorldInit => ({
      ...{ node: { ...well, lastContactAtMs: startMs + afterMs }, isProven: false, afterMs },
    });

    expect(judge(speaking(second))).toMatchObject({ kind: "hold" });
    expect(judge(speaking(overdueMs))).toMatchObject({ status: "Unknown", reason: "NotProven", isSilence: true });
  });

  it("is held of one of which no agent was ever heard, and of probes that did not run yet", () => {
    expect(judge({})).toMatchObject({ kind: "hold" });
    expect(judge({ node: machineThatSaid(toldDisks("nvme.1"), toldFailure("longhorn", "X")) })).toMatchObject({
      ...{ status: "Unknown", reason: "ProbeNotRunning", isSilence: true },
    });
    expect(judge({ node: connectedNode() })).toMatchObject({ kind: "hold", reason: "the probe disks was not heard of yet" });
  });
});
