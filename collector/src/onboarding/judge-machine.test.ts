import { describe, expect, it } from "vitest";
import { builtInPolicy } from "../policy/built-in.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { startMs } from "../test-support/states.ts";
import { judgeMachine } from "./judge-machine.ts";
import { steps } from "./steps/index.ts";
import { aMachine, itsNode } from "./test-support/a-machine.ts";

const hourMs = 3_600_000;

describe("a machine's way", () => {
  it("ends a patience that began by a clock which was set back since", () => {
    const [first, later] = [startMs + 24 * hourMs, startMs];
    const alone = { node: undefined };
    const before = judgeMachine(aMachine({ ...alone, nowMs: first, startedAtMs: first }), undefined, steps).onboarding;
    const patient = judgeMachine(aMachine({ ...alone, nowMs: later, startedAtMs: later }), before, steps).onboarding;
    const impatient = aMachine({ ...alone, nowMs: later + 61_000, startedAtMs: later });

    const stepOf = ({ steps: all }: typeof before) => all.find(({ name }) => name === "connected");
    expect(stepOf(patient)?.state).toBe("waiting");
    expect(stepOf(judgeMachine(impatient, patient, steps).onboarding)?.blockers[0]?.code).toBe("no-agent");
  });

  it("lasts for no time at all where the clock was set back, and never for less", () => {
    const begun = judgeMachine(aMachine({ node: undefined, nowMs: startMs + hourMs }), undefined, steps).onboarding;

    const { onboarding } = judgeMachine(aMachine(), begun, steps);

    expect(onboarding).toMatchObject({ state: "ready", readyAt: onboarding.startedAt });
    for (const { durationMs = 0 } of onboarding.steps) expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it("is at its end with a Node whose labels say, by the policy, that it is to have no agent", () => {
    const text = `version: 1\nonboarding: { agent: '!("example.org/no-agent" in cluster.labels)' }`;
    const read = readPolicy(text, { source: "policy.yaml", builtIn: builtInPolicy });
    if (read.kind === "bad") throw new Error(read.problems.join("\n"));
    const stateWith = (labels: object) => {
      const cluster = { kind: "known", node: itsNode({ labels }), isOnTailnet: true } as const;
      return judgeMachine(aMachine({ node: undefined, cluster, policy: read.policy }), undefined, steps).onboarding.state;
    };

    expect(stateWith({ "example.org/no-agent": "true" })).toBe("ready");
    expect(stateWith({})).toBe("onboarding");
  });
});
