import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { noOnboardings } from "../../onboarding/test-support/no-onboardings.ts";
import { createStateHolder } from "../../state/holder.ts";
import { aFinding, FakeFindings } from "../test-support/fake-findings.ts";
import { Machine } from "../test-support/machine.ts";
import { diskReadings, systemReadings } from "../test-support/readings.ts";
import { createFleet } from "./fleet.ts";

const startMs = Date.UTC(2026, 0, 1);

function aFleet() {
  const clock = new FakeClock(startMs);
  const state = createStateHolder([]);
  const findings = new FakeFindings();
  return { clock, state, findings, fleet: createFleet({ state, findings, onboardings: noOnboardings, clock }) };
}

describe("createFleet", () => {
  it("keeps its version while nothing changes", () => {
    const { fleet, state } = aFleet();
    state.apply(new Machine("neko").connect(startMs));
    fleet.refresh();
    const { version } = fleet;

    fleet.refresh();

    expect(fleet.isBehind()).toBe(false);
    expect(fleet.version).toBe(version);
  });

  it("tells a node that changed, and leaves the others as they are", () => {
    const { fleet, state } = aFleet();
    const neko = new Machine("neko");
    for (const machine of [neko, new Machine("panther")]) state.apply(machine.connect(startMs));
    fleet.refresh();
    const { version } = fleet;
    const panther = fleet.entry("panther");

    state.apply(neko.observe("system", systemReadings(), startMs));
    fleet.refresh();

    expect(fleet.version).toBeGreaterThan(version);
    expect(fleet.changesSince(version)?.nodes.map((entry) => entry.node.name)).toEqual(["neko"]);
    expect(fleet.entry("panther")).toBe(panther);
  });

  it("grows its version, but sends no line, when only the detail of a node changed", () => {
    const { fleet, state } = aFleet();
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    state.apply(neko.observe("disks", diskReadings(), startMs));
    fleet.refresh();
    const { version } = fleet;
    const detail = fleet.detailJson("neko");

    state.apply(neko.observe("disks", diskReadings(), startMs + 1));
    fleet.refresh();

    expect(fleet.version).toBe(version + 1);
    expect(fleet.changesSince(version)?.nodes).toEqual([]);
    expect(fleet.detailJson("neko")).not.toBe(detail);
  });

  it("notices by itself that a node fell silent, and counts the minutes of its silence", async () => {
    const { fleet, state, clock } = aFleet();
    state.apply(new Machine("neko").connect(startMs));
    fleet.refresh();

    await clock.advance(121_000);
    expect(fleet.isBehind()).toBe(true);
    fleet.refresh();
    expect(fleet.entry("neko")?.summary).toMatchObject({ status: "unknown", freshness: "stale", reason: "silent for 2 min" });

    await clock.advance(60_000);
    fleet.refresh();
    expect(fleet.entry("neko")?.summary.reason).toBe("silent for 3 min");
  });

  it("judges all ages anew when the wall clock was set back", async () => {
    const { fleet, state, clock } = aFleet();
    state.apply(new Machine("neko").connect(startMs));
    clock.jumpWall(3_600_000);
    fleet.refresh();
    expect(fleet.entry("neko")?.summary.freshness).toBe("stale");

    clock.jumpWall(-3_600_000);
    fleet.refresh();

    expect(fleet.entry("neko")?.summary.freshness).toBe("fresh");
  });

  it("tells a finding that opened, once it resolved that too, and its node with it", () => {
    const { fleet, state, findings } = aFleet();
    state.apply(new Machine("neko").connect(startMs));
    fleet.refresh();
    const before = fleet.version;

    findings.put(aFinding("neko"));
    fleet.refresh();
    const opened = fleet.version;
    findings.put(aFinding("neko", { state: "resolved" }));
    fleet.refresh();

    const sinceOpened = fleet.changesSince(opened);
    expect(sinceOpened?.findings.map((json) => JSON.parse(json).state)).toEqual(["resolved"]);
    expect(sinceOpened?.nodes.map((entry) => entry.summary.status)).toEqual(["ok"]);
    expect(fleet.changesSince(before)?.findings.map((json) => JSON.parse(json).state)).toEqual(["resolved"]);
    expect(fleet.findings()).toEqual([]);
  });

  it("tells a finding that came back as it is now, not as resolved", () => {
    const { fleet, findings } = aFleet();
    const before = fleet.version;
    for (const state of ["firing", "resolved", "pending"] as const) {
      findings.put(aFinding("neko", { state }));
      fleet.refresh();
    }

    expect(fleet.changesSince(before)?.findings.map((json) => JSON.parse(json).state)).toEqual(["pending"]);
  });

  it("does not pretend to know the way from a version that it never had", () => {
    const { fleet } = aFleet();

    expect(fleet.changesSince(fleet.version + 1)).toBeUndefined();
  });

  it("forgets what resolved long ago, and then tells no delta across it", () => {
    const { fleet, findings } = aFleet();
    const before = fleet.version;
    for (let index = 0; index < 4097; index++) findings.put(aFinding("neko", { id: `finding-${index}`, state: "resolved" }));
    fleet.refresh();

    expect(fleet.changesSince(before)).toBeUndefined();
    expect(fleet.changesSince(fleet.version)?.findings).toEqual([]);
  });

  it("removes a node that the state no longer has, and adds it again", () => {
    const { clock, findings } = aFleet();
    const machine = new Machine("neko");
    const before = createStateHolder([]);
    before.apply(machine.connect(startMs));
    let nodes = before.nodes();
    let version = 1;
    const state = {
      get version() {
        return version;
      },
      nodes: () => nodes,
    };
    const fleet = createFleet({ state, findings, onboardings: noOnboardings, clock });
    const first = fleet.version;

    nodes = [];
    version += 1;
    fleet.refresh();
    expect(fleet.changesSince(first)?.removedNodes).toEqual(["neko"]);
    expect(fleet.entries()).toEqual([]);

    nodes = before.nodes();
    version += 1;
    fleet.refresh();
    expect(fleet.changesSince(first)).toMatchObject({ removedNodes: [], nodes: [{ node: { name: "neko" } }] });
  });
});
