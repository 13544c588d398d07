import type { ConnectResponse } from "@nodekeeper/proto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { beforeEach, describe, expect, it } from "vitest";
import { createStateHolder, type StateHolder } from "../state/holder.ts";
import { observation } from "../test-support/observations.ts";
import { hello } from "../test-support/states.ts";
import { askForMissing } from "./ask-for-missing.ts";

const minuteMs = 60_000;

let clock: FakeClock;
let state: StateHolder;
let asked: (readonly string[])[];

/** A node connects that runs these probes. */
beforeEach(() => {
  clock = new FakeClock();
  state = createStateHolder([]);
  asked = [];
  const probes = ["system", "disks", "smart"].map((name) => ({ name, intervalMs: minuteMs }));
  state.apply({ kind: "connected", node: "neko", hello: hello({ nodeName: "neko", probes }), atMs: clock.wallMs() });
});

function report(probe: string, sequence: number, agoMs: number): void {
  const observedAtMs = clock.wallMs() - agoMs;
  const seen = observation({ subjects: [] }, { probe, sequence, intervalMs: minuteMs });
  state.apply({ kind: "observed", node: "neko", epoch: "epoch-1", observation: seen, observedAtMs, receivedAtMs: observedAtMs });
}

function ask(signal = new AbortController().signal): void {
  const send = ({ message }: ConnectResponse): void => {
    if (message.case === "probeNow") asked.push(message.value.probes);
  };
  askForMissing({ clock, state }, { node: "neko", send }, signal);
}

describe("askForMissing", () => {
  it("has the probes run that were never heard of, or not lately, once", async () => {
    ask();
    report("system", 1, 0);
    report("smart", 2, 10 * minuteMs);
    await clock.advance(15_000);
    await clock.advance(10 * minuteMs);

    expect(asked).toEqual([["disks", "smart"]]);
  });

  it("asks nothing of an agent that has told everything meanwhile", async () => {
    ask();
    for (const [index, probe] of ["system", "disks", "smart"].entries()) report(probe, index + 1, 0);
    await clock.advance(minuteMs);

    expect(asked).toEqual([]);
  });

  it("asks nobody who is gone", async () => {
    const gone = new AbortController();
    ask(gone.signal);
    gone.abort();
    await clock.advance(minuteMs);

    expect(asked).toEqual([]);
    expect(clock.sleeperCount).toBe(0);
  });
});
