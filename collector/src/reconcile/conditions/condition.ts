/** What a condition of a Node is to us: one file for each, which says of a node what is true of it, and never concludes anything from silence. */
import type { FactRead, Finding } from "@nodekeeper/shared/api";
import type { ConditionType } from "../../policy/policy.ts";
import type { World } from "../world.ts";

/** Every reason of what no finding says; that of a finding is its rule's code. By them we know our own words. */
export const plainReasons = [
  "NoFaultKnown",
  "Connected",
  "AllMet",
  "NotReporting",
  "NodeOffline",
  "NotProven",
  "OtherMachine",
  "ProbeNotRunning",
  "NotObserved",
  "ProbeStale",
  "ProbeFailing",
  "NotUsable",
] as const;

/** CamelCase, for programs. */
export type PlainReason = (typeof plainReasons)[number];

/** Of a rule's code, by `reasonOfRule`. */
export type ReasonOfRule = string & { readonly ofRule: true };

/** True is good, as it is of the kubelet's Ready; rules of the node-readiness-controller wait for it by the plain type. */
export type ConditionStatus = "True" | "False" | "Unknown";

/** A kind of condition. */
export interface Condition {
  readonly type: ConditionType;
  /** Reasons of the Events that tell of a change to a status. */
  readonly eventReasons: Readonly<Record<ConditionStatus, string>>;
  /** Rules that speak of it. */
  readonly faults: readonly Fault[];
  /** Pure. */
  judge(world: World, key: string): Judgement;
}

/** A rule that concerns a condition. */
export interface Fault {
  readonly rule: string;
  /** Which of its findings count. */
  counts(finding: Finding): boolean;
  /** Said after the thing's name in place of the finding's own words, where those have a number that moves. */
  readonly says?: string;
}

/** What is true of a node. */
export type Judgement =
  | {
      readonly kind: "status";
      readonly status: ConditionStatus;
      /** CamelCase, for programs: one of the plain ones, or that of a rule. */
      readonly reason: PlainReason | ReasonOfRule;
      /** For people. The same for as long as the same is true: it has no number that moves. */
      readonly message: string;
      readonly facts: readonly FactRead[];
      /** Code of the rule whose finding says it; undefined: no finding does. */
      readonly rule?: string;
      /** Nobody looks: it is said of a condition that is there, and makes none. */
      readonly isSilence?: boolean;
    }
  /** Fresh and complete: the node has nothing that the condition could speak of. */
  | { readonly kind: "absent"; readonly text: string; readonly facts: readonly FactRead[] }
  /** It cannot be told yet: whatever is there, stays. */
  | { readonly kind: "hold"; readonly reason: string; readonly facts: readonly FactRead[] };
