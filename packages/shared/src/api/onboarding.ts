/** The way of a machine from being seen to being ready, step by step, with evidence. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** The steps, in their order. */
export const OnboardingStepName = Type.Enum(
  ["seen", "connected", "identity", "inventory", "preflight", "labelled", "disks-tagged", "routed", "ready"],
  { description: "in their order; routed only of machines that answer with Ollama" },
);
export type OnboardingStepName = Static<typeof OnboardingStepName>;

/** How one step stands. */
export const OnboardingStepState = Type.Enum(["passed", "waiting", "blocked", "skipped", "not-needed"], {
  description:
    "waiting: it comes by itself; blocked: somebody must do something; skipped: somebody said that it may stay undone; not-needed: it does not " +
    "concern this machine",
});
export type OnboardingStepState = Static<typeof OnboardingStepState>;

/** What is in the way. */
export const OnboardingBlocker = Type.Object({
  code: Type.String({ description: "stable, kebab-case, e.g. no-iscsid, clock-skew, key-expired, node-name-taken" }),
  text: Type.String({ description: "what is wrong, in one sentence" }),
  command: Type.String({ description: "the exact command that mends it; empty where there is none" }),
  on: Type.String({ description: "where to type it: the node, a machine with kubectl, or the collector" }),
});
export type OnboardingBlocker = Static<typeof OnboardingBlocker>;

/** One step. */
export const OnboardingStep = Type.Object({
  name: OnboardingStepName,
  state: OnboardingStepState,
  text: Type.String({ description: "in one sentence: by what it passed, or for what it waits" }),
  evidence: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
  blockers: Type.Array(OnboardingBlocker),
  since: Timestamp,
  passedAt: Type.Optional(Timestamp),
  durationMs: Type.Optional(Type.Integer({ description: "from the step before it to its own end" })),
  skippedBy: Type.Optional(Type.String()),
});
export type OnboardingStep = Static<typeof OnboardingStep>;

/** The way of a machine that bore the name before. */
export const PastOnboarding = Type.Object({
  machineId: Type.String(),
  state: Type.Enum(["onboarding", "blocked", "planned", "ready"], { description: "as it was at its end" }),
  startedAt: Timestamp,
  readyAt: Type.Optional(Timestamp),
  endedAt: Timestamp,
  steps: Type.Array(OnboardingStep),
});
export type PastOnboarding = Static<typeof PastOnboarding>;

/** A machine on its way. */
export const Onboarding = Type.Object({
  node: Type.String(),
  machineId: Type.String({ description: "another one under the same name begins anew; empty until it is known" }),
  state: Type.Enum(["onboarding", "blocked", "planned", "ready"], {
    description: "planned: all that is missing waits for somebody's approval (mode plan)",
  }),
  startedAt: Timestamp,
  readyAt: Type.Optional(Timestamp),
  steps: Type.Array(OnboardingStep),
  past: Type.Optional(
    Type.Array(PastOnboarding, {
      description: "machines that bore the name before, newest first; only where one name is asked for",
    }),
  ),
});
export type Onboarding = Static<typeof Onboarding>;

/** GET /api/v1/onboarding */
export const OnboardingList = Type.Object({ machines: Type.Array(Onboarding) });
export type OnboardingList = Static<typeof OnboardingList>;

/** What GET /api/v1/onboarding may be asked. */
export const OnboardingQuery = Type.Object({
  state: Type.Optional(Type.Array(Type.Enum(["onboarding", "blocked", "planned", "ready"]), { description: "only these" })),
});
export type OnboardingQuery = Static<typeof OnboardingQuery>;

/** POST /api/v1/onboarding/{name}/skip */
export const OnboardingSkip = Type.Object(
  {
    step: OnboardingStepName,
    reason: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: false },
);
export type OnboardingSkip = Static<typeof OnboardingSkip>;
