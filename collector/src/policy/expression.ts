/** An expression of the policy, in CEL over the facts of a node. What cannot be decided is held, never false. */
import type { FactRead } from "@nodekeeper/shared/api";
import type { KnownFacts } from "./known-facts.ts";

/** An expression that was parsed and whose names were found among the facts. */
export interface Expression {
  readonly text: string;
  /** Where it stands: "policy.yaml:12:9", or "built in: labels.gpu.product". */
  readonly place: string;
  evaluate(facts: KnownFacts): Decided;
}

/** What it came to, and the facts that it read on the way. */
export type Decided =
  /** null: nothing of the kind is to be. A number is printed without a fraction where it has none; of a label, a text can be its value as it is. */
  | { readonly kind: "value"; readonly value: string | boolean | null; readonly reads: readonly FactRead[] }
  /** A fact that it reads is not fresh and complete, or it has no sense for this node; in words. */
  | { readonly kind: "undecided"; readonly reason: string; readonly reads: readonly FactRead[] };
