import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createStateHolder } from "../state/holder.ts";
import { createTurnedAway } from "../state/turned-away.ts";
import { FakeStore } from "../test-support/fake-store.ts";
import { connectedNode } from "../test-support/states.ts";
import { refusalOf } from "./refusal.ts";
import { createRefusalReports, type RefusedAgent } from "./refusal-reports.ts";

const mismatch = refusalOf(new AppError("IDENTITY_MISMATCH", "the credential is of siberian, and the agent says it is neko"));
const intruder: RefusedAgent = { refusal: mismatch, peer: "10.0.0.9:4711", claimed: "neko", proven: "siberian" };

function someReports() {
  const clock = new FakeClock();
  const store = new FakeStore();
  const state = createStateHolder([connectedNode()]);
  const counted: string[] = [];
  const metrics = { streamRefused: (reason: string) => void counted.push(reason) };
  const turnedAway = createTurnedAway();
  const reports = createRefusalReports({ state, store, turnedAway, metrics, clock, logger: createLogger("test", "silent") });
  return { clock, store, state, turnedAway, counted, reports };
}

/** The store takes what it is given in a turn of its own. */
function written(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("refusal reports", () => {
  it("audit and alarm the first of a kind at once, and what follows within a minute together", async () => {
    const { clock, store, state, counted, reports } = someReports();

    for (let port = 1; port <= 5; port += 1) reports.refused({ ...intruder, peer: `10.0.0.9:${port}` });
    await written();
    const atOnce = [store.audit.length, state.node("neko")?.intrusions[0]?.count];
    await clock.advance(60_000);
    await written();

    expect(counted).toHaveLength(5);
    expect(atOnce).toEqual([1, 1]);
    expect(store.audit).toMatchObject([
      {
        ...{ actor: { kind: "agent", name: "siberian" }, action: "agent.connect", outcome: "refused" },
        ...{
          target: { kind: "node", name: "neko" },
          detail: expect.stringMatching(/^from 10\.0\.0\.9, proven to be siberian: IDENTITY_MISMATCH/),
        },
      },
      { detail: expect.stringMatching(/ \(4 times\)$/) },
    ]);
    expect(state.node("neko")?.intrusions).toMatchObject([
      { kind: "refused", code: "IDENTITY_MISMATCH", who: "10.0.0.9, proven to be siberian", count: 5 },
    ]);
  });

  it("are noted each by the name that was claimed, also where no agent of it was ever let in", async () => {
    const { clock, turnedAway, reports } = someReports();

    reports.refused({ ...intruder, claimed: "badger", machineId: "m" });
    await clock.advance(4_000);
    reports.refused({ ...intruder, claimed: "badger", machineId: "m" });
    reports.refused({ ...intruder, refusal: { reason: "malformed", details: "this is no ConnectRequest" } });

    expect(turnedAway.of("badger")).toMatchObject([
      { code: "IDENTITY_MISMATCH", address: "10.0.0.9", machineId: "m", count: 2, gapMs: 4_000 },
    ]);
    expect(turnedAway.of("neko")).toEqual([]);
  });

  it("begin anew after a quiet minute", async () => {
    const { clock, store, reports } = someReports();
    reports.refused(intruder);
    await clock.advance(60_000);

    reports.refused(intruder);
    await written();

    expect(store.audit).toHaveLength(2);
  });

  it("tell apart who it was and in whose name", async () => {
    const { store, reports } = someReports();

    reports.refused(intruder);
    reports.refused({ ...intruder, peer: "10.0.0.8:1" });
    reports.refused({ ...intruder, claimed: "other" });
    await written();

    expect(store.audit).toHaveLength(3);
  });

  it("are bounded, whatever names are made up, and blame nobody for the rest", async () => {
    const { clock, store, counted, reports } = someReports();

    for (let index = 0; index < 2_000; index += 1) reports.refused({ ...intruder, proven: `node-${index}` });
    await clock.advance(60_000);
    await written();

    expect(counted).toHaveLength(2_000);
    expect(store.audit).toHaveLength(102);
    expect(store.audit.slice(-2)).toMatchObject([
      { target: { kind: "", name: "" }, detail: expect.stringMatching(/^from many/) },
      { target: { kind: "", name: "" }, detail: expect.stringMatching(/^from many.* \(1899 times\)$/) },
    ]);
  });

  it("bound what one makes up, and name it for that", async () => {
    const { clock, store, reports } = someReports();

    for (let index = 0; index < 2_000; index += 1) reports.refused({ ...intruder, claimed: `made-up-${index}` });
    await clock.advance(60_000);
    await written();

    expect(store.audit).toHaveLength(12);
    expect(store.audit.slice(-2)).toMatchObject([
      { target: { kind: "", name: "" }, detail: expect.stringMatching(/^from siberian, in many names/) },
      { target: { kind: "", name: "" }, detail: expect.stringMatching(/^from siberian.* \(1989 times\)$/) },
    ]);
  });

  it("say what was proven, however many strangers there are", async () => {
    const { state, reports } = someReports();
    const stranger = { ...intruder, proven: undefined };
    for (let index = 0; index < 2_000; index += 1) reports.refused({ ...stranger, peer: `10.0.${index % 250}.${index}:1` });

    reports.refused(intruder);
    reports.cloned("neko", "boot 1 and boot 2", "10.0.0.9:1");

    expect(state.node("neko")?.intrusions.map(({ who }) => who)).toEqual(
      expect.arrayContaining(["10.0.0.9, proven to be siberian", "boot 1 and boot 2"]),
    );
  });

  it("take a stranger for one, whatever machine-ids it makes up", async () => {
    const { store, state, reports } = someReports();

    for (let index = 0; index < 50; index += 1) reports.refused({ ...intruder, proven: undefined, machineId: `${index}` });
    await written();

    expect(store.audit).toMatchObject([{ detail: expect.stringMatching(/^from 10\.0\.0\.9, machine-id 0: /) }]);
    expect(state.node("neko")?.intrusions).toMatchObject([{ who: "10.0.0.9" }]);
  });

  it("count what is nobody's attempt, and neither audit nor alarm it", async () => {
    const { store, state, counted, reports } = someReports();

    reports.refused({ ...intruder, refusal: refusalOf(new AppError("IDENTITY_UNVERIFIABLE", "the keys were not read yet")) });
    reports.refused({ ...intruder, refusal: { reason: "malformed", details: "this is no ConnectRequest" } });

    await written();
    expect(counted).toEqual(["identity_unverifiable", "malformed"]);
    expect(store.audit).toEqual([]);
    expect(state.node("neko")?.intrusions).toEqual([]);
  });

  it("say what is gathered when the collector ends", async () => {
    const { store, reports } = someReports();
    reports.refused(intruder);
    reports.refused(intruder);
    reports.refused(intruder);

    reports[Symbol.dispose]();
    await written();

    expect(store.audit.map(({ detail }) => / \((\d+) times\)$/.exec(detail)?.[1])).toEqual([undefined, "2"]);
  });

  it("outlive a store that does not take them", async () => {
    const { store, state, reports } = someReports();
    store.fail(new AppError("STORE_FULL", "full"));

    reports.refused(intruder);
    await written();

    expect(store.audit).toEqual([]);
    expect(state.node("neko")?.intrusions).toHaveLength(1);
  });
});
