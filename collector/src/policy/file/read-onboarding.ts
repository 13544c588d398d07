/** `onboarding` of a policy file. What is left out is as in `before`. */
import type { OnboardingPolicy } from "../policy.ts";
import type { FileContext } from "./file-context.ts";
import { keysOf, OnboardingEntry, skippableSteps } from "./policy-file.ts";
import { readEntryExpression } from "./read-entry-expression.ts";
import { readWords } from "./read-words.ts";
import { givenEntries } from "./yaml-given.ts";
import type { YamlValue } from "./yaml-values.ts";

/** Reads it. */
export function readOnboarding(given: YamlValue, before: OnboardingPolicy, context: FileContext): OnboardingPolicy {
  const entries = givenEntries(given, keysOf(OnboardingEntry), context.sheet);
  const skip = entries.get("skip");
  const conditionOf = (key: "agent" | "longhorn") => {
    const value = entries.get(key);
    return value === undefined ? before[key] : readEntryExpression(value, { purpose: "condition" }, context);
  };
  return {
    skip: skip === undefined ? before.skip : readWords(skip, skippableSteps, context.sheet),
    agent: conditionOf("agent"),
    longhorn: conditionOf("longhorn"),
  };
}
