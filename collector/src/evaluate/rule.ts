/**
 * The contract of a rule: a condition as data. `evaluate` is pure over one node's view and says for each subject whether the condition
 * holds now; the engine (engine.ts) owns time and states. A rule never concludes from silence: facts that are not fresh yield `hold`.
 */
import type { Evidence, Finding, Measure, Severity } from "@nodekeeper/shared/api";
import type { NodeView } from "../state/node-view.ts";

/** What a rule says of one subject. */
export type Verdict =
  | {
      readonly kind: "raise";
      readonly subject: SubjectRef;
      /** What is wrong, in one sentence. */
      readonly text: string;
      /** What to do. */
      readonly action: string;
      readonly evidence: readonly Evidence[];
      /** How bad it is as a number that grows; without it only a louder severity is worse than what was acknowledged. */
      readonly measure?: Measure;
      /** Where it differs from the rule's own. */
      readonly severity?: Severity;
      /** True for a fault that the device declares itself: it fires at once, without the hold time. */
      readonly isDeclared?: boolean;
      /**
       * Of what this finding alone is a consequence, besides what its rule depends on: codes of rules, or the finding of a rule about one subject
       * (`findingKey`).
       */
      readonly dependsOn?: readonly string[];
    }
  /** The condition surely does not hold (below the threshold that applies, or the thing is gone). */
  | {
      readonly kind: "clear";
      readonly subject: SubjectRef;
      /** How long it must stay so before the finding is resolved, where it differs from the rule's own. */
      readonly clearMs?: number;
    }
  /** It cannot be told: whatever was, stays. */
  | { readonly kind: "hold"; readonly subject: SubjectRef; readonly reason: string };

/** A subject of a node; kind "node" with an empty id is the node itself. */
export interface SubjectRef {
  readonly kind: string;
  readonly id: string;
}

/** What a rule is called, and its times. */
export interface RuleTerms {
  /** Stable for ever, kebab-case, equal to the file's name. */
  readonly code: string;
  readonly title: string;
  readonly severity: Severity;
  /** The condition must hold for so long before the finding fires. */
  readonly holdMs: number;
  /** The condition must be gone for so long before the finding is resolved. */
  readonly clearMs: number;
}

/** A rule. */
export interface Rule extends RuleTerms {
  /** Codes of rules of which this one's findings are consequences: while one of them fires on the node, these are suppressed. */
  readonly dependsOn: readonly string[];
  /**
   * `firing` gives the rule's own firing finding about a subject: the lower of two thresholds applies while there is one. A subject that
   * the rule does not mention is held, unless a fresh complete list shows that it is gone.
   */
  evaluate(node: NodeView, firing: FiringOf): readonly Verdict[];
  /**
   * What it says of its open finding of which `evaluate` said nothing and which a fresh complete list lacks, where that does not end it: what happened
   * has happened, though after a restart of both sides nobody tells of it. Not there: it is clear.
   */
  readonly concludeGone?: (finding: Finding, node: NodeView) => Verdict;
}

/** A rule's own firing finding about a subject of the node, if there is one. */
export type FiringOf = (subject: SubjectRef) => Finding | undefined;

/** Checks a rule's shape at compile time. */
export function defineRule(rule: Rule): Rule {
  return rule;
}
