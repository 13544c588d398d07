import { type ConnectResponse, Outcome } from "@nodekeeper/proto";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStateHolder, type StateHolder } from "../state/holder.ts";
import { observation } from "../test-support/observations.ts";
import { hello, startMs } from "../test-support/states.ts";
import { createPeerWatch, type PeerWatch, settleMs } from "./peer-watch.ts";
import { createProgressTable } from "./progress.ts";
import type { Session } from "./sessions.ts";

let clock: FakeClock;
let state: StateHolder;
let watch: PeerWatch;
let sequence = 0;

/** A node reports what it is in its tailnet. */
function report(node: string, stableId: string, tailnet = "home", outcome: Outcome = Outcome.OK): void {
  if (state.node(node) === undefined) {
    state.apply({ kind: "connected", node, hello: hello({ nodeName: node, machineId: node }), atMs: startMs });
  }
  const value = { case: "tailscale" as const, value: { backendState: "Running", stableId, tailnet } };
  const subject = outcome === Outcome.OK ? { kind: "tailscale", outcome, value } : { kind: "tailscale", outcome };
  sequence += 1;
  const seen = observation({ subjects: [subject] }, { probe: "tailscale", sequence });
  state.apply({ kind: "observed", node, epoch: "epoch-1", observation: seen, observedAtMs: startMs, receivedAtMs: startMs });
}

/** A session that keeps what it was told. */
function session(node: string): Session & { readonly told: string[][] } {
  const told: string[][] = [];
  const nothing = (): void => undefined;
  return {
    ...{ node, machineId: node, told, progress: createProgressTable().of(node, "epoch-1") },
    ...{ bootId: "", peer: "", identity: { kind: "unproven" }, heardAtMs: 0 },
    ...{ pause: nothing, resume: nothing, onCommitted: nothing, onNextWord: nothing, replace: nothing },
    send({ message }: ConnectResponse) {
      if (message.case === "watchPeers") told.push([...message.value.peerIds].sort());
    },
  };
}

beforeEach(() => {
  clock = new FakeClock();
  state = createStateHolder([]);
  watch = createPeerWatch({ state, clock });
});

afterEach(() => watch[Symbol.dispose]());

describe("createPeerWatch", () => {
  it("names the other nodes of the same tailnet after the HelloAck, and again when that changes", async () => {
    report("neko", "nNeko");
    report("panther", "nPanther");
    report("stranger", "nStranger", "elsewhere");
    await settle();
    const neko = session("neko");
    watch.join(neko);
    report("bobcat", "nBobcat");
    await clock.advance(settleMs);

    expect(neko.told).toEqual([["nPanther"], ["nBobcat", "nPanther"]]);
  });

  it("begins with what the collector knew before it was started", async () => {
    report("neko", "nNeko");
    report("panther", "nPanther");
    watch[Symbol.dispose]();
    watch = createPeerWatch({ state: createStateHolder(state.nodes()), clock });
    const neko = session("neko");
    watch.join(neko);

    expect(neko.told).toEqual([["nPanther"]]);
  });

  it("says nothing while nothing changes, however much is reported", async () => {
    report("neko", "nNeko");
    report("panther", "nPanther");
    await settle();
    const neko = session("neko");
    watch.join(neko);
    for (let round = 0; round < 20; round++) {
      report("neko", "nNeko");
      report("panther", "nPanther");
      await clock.advance(15_000);
    }

    expect(neko.told).toHaveLength(1);
    expect(clock.sleeperCount).toBe(0);
  });

  it("tells many that come together once", async () => {
    report("neko", "nNeko");
    await settle();
    const neko = session("neko");
    watch.join(neko);
    for (let index = 0; index < 10; index++) {
      report(`node${index}`, `n${index}`);
      await clock.advance(100);
    }
    await clock.advance(settleMs);

    expect(neko.told.map((ids) => ids.length)).toEqual([0, 10]);
  });

  it("tells nothing to a node without Tailscale until it has one", async () => {
    state.apply({ kind: "connected", node: "neko", hello: hello(), atMs: startMs });
    report("panther", "nPanther");
    const neko = session("neko");
    watch.join(neko);
    await clock.advance(60_000);
    const before = [...neko.told];
    report("neko", "nNeko");
    await clock.advance(settleMs);

    expect(before).toEqual([]);
    expect(neko.told).toEqual([["nPanther"]]);
  });

  it("takes back a node that was logged out or whose Tailscale was removed, and keeps one that only does not answer", async () => {
    for (const name of ["neko", "panther", "bobcat", "siberian"]) report(name, `n${name}`);
    await settle();
    const neko = session("neko");
    watch.join(neko);
    report("panther", "");
    report("bobcat", "", "", Outcome.ABSENT);
    report("siberian", "", "", Outcome.FAILED);
    await clock.advance(settleMs);

    expect(neko.told.at(-1)).toEqual(["nsiberian"]);
  });

  it("has no machine watch itself where two claim one id, and keeps it until both are gone", async () => {
    report("neko", "nSame");
    report("clone", "nSame");
    report("panther", "nPanther");
    await settle();
    const [neko, panther] = [session("neko"), session("panther")];
    watch.join(neko);
    watch.join(panther);
    report("clone", "nClone");
    await clock.advance(settleMs);
    report("neko", "");
    await clock.advance(settleMs);

    expect(neko.told).toEqual([["nPanther"], ["nClone", "nPanther"]]);
    expect(panther.told).toEqual([["nSame"], ["nClone", "nSame"], ["nClone"]]);
  });

  it("passes no id on that has not the form of one", async () => {
    report("neko", "nNeko");
    report("liar", "../../etc/passwd");
    await settle();
    const neko = session("neko");
    watch.join(neko);

    expect(neko.told).toEqual([[]]);
  });

  it("tells nobody who left, and nobody before the HelloAck", async () => {
    report("neko", "nNeko");
    await settle();
    const neko = session("neko");
    watch.join(neko);
    watch.leave(neko);
    const panther = session("panther");
    report("panther", "nPanther");
    await clock.advance(settleMs);

    expect(neko.told).toEqual([[]]);
    expect(panther.told).toEqual([]);
  });
});
