/** The contract of a fault: what happens on a machine, and what nodekeeper must make of it. One file each in corpus/. */
import type { Severity } from "@nodekeeper/shared/api";
import type { ConditionType } from "../../collector/src/policy/policy.ts";
import type { MachineName, Scene } from "./scene.ts";

/** A fault of a machine. */
export interface Fault {
  /** Stable, kebab-case, equal to the file's name. */
  readonly name: string;
  /** What happens, in one sentence. */
  readonly title: string;
  /** Where it was seen or is written down. */
  readonly source: string;
  readonly machine: MachineName;
  /** Probes that see it. All of them run before it and after each act; only these go on at their intervals. */
  readonly probes: readonly string[];
  /** Makes of the recorded machine what it is before the fault. */
  prepare?(scene: Scene): Promise<void>;
  /** What happens, one after the other. */
  readonly acts: readonly Act[];
  /** Every finding that fires because of it, and no other may. */
  readonly comes: readonly Coming[];
  /** Labels of the built-in policy that differ then from before, by their keys; null: it is not there. */
  readonly labels?: Readonly<Record<string, string | null>>;
  /** Conditions of the Node that differ then from before. */
  readonly conditions?: Readonly<Partial<Record<ConditionType, "True" | "False" | "Unknown" | "absent" | "?">>>;
  /** What ends it. */
  readonly mended: Act;
  /** After so long at most none of its findings is open any more. */
  readonly overWithinMs: number;
}

/** One thing that happens. */
export interface Act {
  readonly what: string;
  /** So long after the one before. */
  readonly afterMs?: number;
  /** What it does to the machine. */
  change?(scene: Scene): Promise<void>;
  /** What it does to the agent. */
  readonly agent?: AgentEvent;
}

/** What happens to an agent. */
export type AgentEvent =
  /** It goes without a word. */
  | { readonly kind: "vanishes" }
  /** It says why it goes. */
  | { readonly kind: "leaves"; readonly goodbye: "shutdown" | "suspend" | "reboot" | "stopped" }
  /** It is there again; `isNewBoot`: after a start of the machine. */
  | { readonly kind: "returns"; readonly isNewBoot: boolean }
  /** Somebody else speaks in its name. */
  | { readonly kind: "is-cloned" }
  /** Its wall clock is so far ahead of the right time. */
  | { readonly kind: "clock-set"; readonly aheadMs: number };

/** A finding that must come. */
export interface Coming {
  readonly rule: string;
  /** Kind of its subject. */
  readonly subject: string;
  readonly severity: Severity;
  /** What it says. */
  readonly text: RegExp;
  /** How long after the last act at most. */
  readonly withinMs: number;
  /** Code of the rule of which it is a consequence: then nobody is told of it. */
  readonly because?: string;
}

/** For the times of faults. */
export const secondMs = 1_000;
export const minuteMs: number = 60 * secondMs;
export const hourMs: number = 60 * minuteMs;
export const dayMs: number = 24 * hourMs;
