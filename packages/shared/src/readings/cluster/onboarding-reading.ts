/** Onboarding as people read it: who comes first, what is in the way, which steps may be skipped, and how long it took. */
import type { Onboarding, OnboardingBlocker, OnboardingStep, OnboardingStepName } from "../../api/onboarding.ts";
import { formatAgo, formatTimeSpan } from "../../format.ts";

/** Something in the way, with the step that it blocks. */
export interface StepBlocker extends OnboardingBlocker {
  readonly step: OnboardingStepName;
}

/** Who needs somebody comes first, then who waits for an approval, who comes by himself, and who is ready; of each kind the newest. */
export function onboardingOrder(machines: readonly Onboarding[]): readonly Onboarding[] {
  const newest = ({ readyAt, startedAt }: Onboarding): string => readyAt ?? startedAt;
  return [...machines].sort(
    (a, b) =>
      order.indexOf(a.state) - order.indexOf(b.state) || newest(b).localeCompare(newest(a)) || a.node.localeCompare(b.node),
  );
}

/** "1 blocked · 2 on their way · 12 ready"; kinds of which there is none are left out. */
export function onboardingTally(machines: readonly Onboarding[]): string {
  return order
    .map((state) => ({ state, count: machines.filter((machine) => machine.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count.toLocaleString("en")} ${words[state]}`)
    .join(" · ");
}

/** Everything that somebody must mend, in the order of the steps. */
export function onboardingBlockers({ steps }: Onboarding): readonly StepBlocker[] {
  return steps
    .filter(({ state }) => state === "blocked")
    .flatMap(({ name, blockers }) => blockers.map((blocker) => ({ ...blocker, step: name })));
}

/** The first step that is not behind the machine; undefined: all are. */
export function onboardingFront({ steps }: Onboarding): OnboardingStep | undefined {
  return steps.find(({ state }) => state === "blocked" || state === "waiting");
}

/** Steps in the way that may stay undone. Who a machine is, and whether it is heard at all, is not for anybody to skip. */
export function skippableSteps({ steps }: Onboarding): readonly OnboardingStepName[] {
  return steps.filter(({ name, state }) => state === "blocked" && !needed.has(name)).map(({ name }) => name);
}

/** "ready in 38 s"; "ready" where its times are not known. */
export function onboardingTimeText({ startedAt, readyAt }: Onboarding): string {
  if (readyAt === undefined) return "ready";
  return `ready in ${formatTimeSpan(Math.max(0, Math.round((Date.parse(readyAt) - Date.parse(startedAt)) / 1_000)))}`;
}

/** What was found, as people read it: a time of the machine is "2026-11-23 12:00:38 UTC, 4 min ago". */
export function evidenceText(value: string, nowMs: number): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value)) return value;
  return `${value.slice(0, 19).replace("T", " ")} UTC, ${formatAgo(value, nowMs)}`;
}

const order: readonly Onboarding["state"][] = ["blocked", "planned", "onboarding", "ready"];
const words: Readonly<Record<Onboarding["state"], string>> = {
  blocked: "blocked",
  planned: "waiting for an approval",
  onboarding: "on their way",
  ready: "ready",
};
const needed: ReadonlySet<OnboardingStepName> = new Set(["seen", "connected", "identity", "ready"]);
