import { describe, expect, it } from "vitest";
import type { StateEvent } from "../../state/event.ts";
import { createStateHolder } from "../../state/holder.ts";
import { viewNode } from "../../state/node-view.ts";
import { aFinding } from "../test-support/fake-findings.ts";
import { aFailedReading, Machine } from "../test-support/machine.ts";
import { diskReadings, sensorReadings, systemReadings } from "../test-support/readings.ts";
import { nodeHealth } from "./node-health.ts";

const startMs = Date.UTC(2026, 0, 1);

function healthOf(events: (machine: Machine) => readonly StateEvent[], nowMs = startMs, findings = [aFinding("neko")]) {
  const machine = new Machine("neko", ["system", "disks"]);
  const state = createStateHolder([]);
  for (const event of [machine.connect(startMs), ...events(machine)]) state.apply(event);
  const node = state.node("neko");
  if (node === undefined) throw new Error("the machine did not report");
  return nodeHealth(viewNode(node, nowMs), findings, undefined);
}

describe("feature 75: a verdict with reason, evidence and what to do: nodeHealth", () => {
  it("has no unknowns when everything was read", () => {
    const health = healthOf((machine) => [
      machine.observe("system", systemReadings(), startMs),
      machine.observe("disks", diskReadings(), startMs),
    ]);

    expect(health.unknowns).toEqual([]);
    expect(health).toMatchObject({ node: "neko", status: "failed", reason: "/ is 96 % full", since: "2026-01-01T00:05:00.000Z" });
  });

  it("names a probe that runs and never spoke", () => {
    const health = healthOf((machine) => [machine.observe("system", systemReadings(), startMs)]);

    expect(health.unknowns).toEqual([{ probe: "disks", reason: "it has not reported yet" }]);
  });

  it("names a probe that failed with the reason, and none of what it knew before", () => {
    const health = healthOf((machine) => [
      machine.observe("system", systemReadings(), startMs),
      machine.observe("disks", diskReadings(), startMs, ["filesystem"]),
      machine.fail("disks", "it took longer than 10 s", startMs + 1000),
    ]);

    expect(health.unknowns).toEqual([{ probe: "disks", reason: "it took longer than 10 s (PROBE_TIMEOUT)" }]);
  });

  it("names an overdue probe once, not everything that it knows", () => {
    const nowMs = startMs + 600_000;
    const health = healthOf(
      (machine) => [
        machine.observe("disks", diskReadings(), startMs),
        machine.observe("system", systemReadings(), nowMs),
        machine.contact(nowMs),
      ],
      nowMs,
    );

    expect(health.unknowns).toEqual([
      { probe: "disks", reason: "no word since 2026-01-01T00:00:00.000Z, though it reports every 1m" },
    ]);
  });

  it("names a list that is not complete, and subjects that could not be read", () => {
    const health = healthOf((machine) => [
      machine.observe("system", systemReadings(), startMs),
      machine.observe("disks", [aFailedReading("block_device", "sdb", "cannot read /sys/block/sdb: EIO")], startMs, [
        "filesystem",
      ]),
    ]);

    expect(health.unknowns).toEqual([
      { probe: "disks", kind: "filesystem", reason: "the list is not complete: cannot list /sys (HOST_PERMISSION_DENIED)" },
      {
        probe: "disks",
        kind: "block_device",
        id: "sdb",
        reason: "cannot read /sys/block/sdb: EIO (HOST_READ_FAILED)",
      },
    ]);
  });

  it("names a subject of which an incomplete list has not spoken for long", () => {
    const nowMs = startMs + 600_000;
    const [fan] = sensorReadings().slice(1);
    if (fan === undefined) throw new Error("there is no fan");
    const health = healthOf(
      (machine) => [
        machine.observe("system", systemReadings(), nowMs),
        machine.observe("disks", diskReadings(), nowMs),
        machine.observe("sensors", sensorReadings(), startMs),
        machine.observe("sensors", [fan], nowMs, ["sensor"]),
        machine.contact(nowMs),
      ],
      nowMs,
    );

    expect(health.unknowns.map(({ kind, id }) => [kind, id])).toEqual([
      ["sensor", undefined],
      ["sensor", "k10temp/0/temp1"],
    ]);
  });

  it("lists findings loudest first, the newest of equally loud ones before the older", () => {
    const findings = [
      aFinding("neko", { id: "low", severity: "low" }),
      aFinding("neko", { id: "old", pendingSince: "2025-01-01T00:00:00.000Z" }),
      aFinding("neko", { id: "pending", state: "pending" }),
      aFinding("neko", { id: "new" }),
    ];

    expect(healthOf(() => [], startMs, findings).findings.map((finding) => finding.id)).toEqual(["new", "old", "pending", "low"]);
  });
});
