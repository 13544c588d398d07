import { describe, expect, it } from "vitest";
import type { Onboarding, OnboardingStep } from "../../api/onboarding.ts";
import {
  evidenceText,
  onboardingBlockers,
  onboardingFront,
  onboardingOrder,
  onboardingTally,
  onboardingTimeText,
  skippableSteps,
} from "./onboarding-reading.ts";

const startedAt = "2026-11-23T12:00:00.000Z";

function step(name: OnboardingStep["name"], state: OnboardingStep["state"]): OnboardingStep {
  const blocker = { code: `no-${name}`, text: "it lacks it", command: "", on: "" };
  return { name, state, text: "", evidence: [], blockers: state === "blocked" ? [blocker] : [], since: startedAt };
}

function machine(node: string, state: Onboarding["state"], ...steps: readonly OnboardingStep[]): Onboarding {
  return { node, machineId: "", state, startedAt, steps: [...steps] };
}

describe("machines on their way", () => {
  it("come in the order of who needs somebody, the newest of each kind first", () => {
    const older = { ...machine("b", "onboarding"), startedAt: "2026-11-23T11:00:00.000Z" };
    const all = [machine("d", "ready"), older, machine("a", "onboarding"), machine("c", "planned"), machine("e", "blocked")];
    expect(onboardingOrder(all).map(({ node }) => node)).toEqual(["e", "c", "a", "b", "d"]);
    expect(onboardingTally(all)).toBe("1 blocked · 1 waiting for an approval · 2 on their way · 1 ready");
  });

  it("tell what is in the way, and what of it may be skipped: never who the machine is", () => {
    const steps = [step("seen", "passed"), step("identity", "blocked"), step("preflight", "blocked"), step("ready", "waiting")];
    const one = machine("a", "blocked", ...steps);
    expect(onboardingBlockers(one).map(({ step: name, code }) => [name, code])).toEqual([
      ["identity", "no-identity"],
      ["preflight", "no-preflight"],
    ]);
    expect(onboardingFront(one)?.name).toBe("identity");
    expect(skippableSteps(one)).toEqual(["preflight"]);
  });

  it("tell times as people read them, and all else as it is", () => {
    const nowMs = Date.parse("2026-11-23T12:04:38.000Z");
    expect(evidenceText("2026-11-23T12:00:38.000Z", nowMs)).toBe("2026-11-23 12:00:38 UTC, 4 min ago");
    expect(evidenceText("Debian 13", nowMs)).toBe("Debian 13");
  });

  it("say how long they took", () => {
    expect(onboardingTimeText({ ...machine("a", "ready"), readyAt: "2026-11-23T12:00:38.200Z" })).toBe("ready in 38 s");
    expect(onboardingTimeText(machine("a", "ready"))).toBe("ready");
  });
});
