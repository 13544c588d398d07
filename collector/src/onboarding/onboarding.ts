/** Onboarding as the API and the reconcilers see it. */
import type { Onboarding, OnboardingStepName } from "@nodekeeper/shared/api";

/** Where machines stand on their way. */
export interface Onboardings {
  all(): readonly Onboarding[];
  /** With the ways of machines that bore the name before. */
  of(node: string): Onboarding | undefined;
  /** Ready, of this very machine: what is done once at the end (the start-up taint) may be done. */
  isReady(node: string): boolean;
  /** Asks the agent to look again at all that blocks, and judges anew. Throws NOT_FOUND. */
  retry(node: string): Promise<Onboarding>;
  /** A step that may stay undone. Throws NOT_FOUND, and CONFLICT where the step cannot be skipped (seen, connected, identity, ready) or is not in the way. */
  skip(
    node: string,
    skip: { readonly step: OnboardingStepName; readonly reason: string; readonly by: string },
  ): Promise<Onboarding>;
  /** Those that changed, and names that nobody bears any more; at most once per turn of the event loop. */
  subscribe(listener: (changed: readonly Onboarding[], gone: readonly string[]) => void): Disposable;
}
