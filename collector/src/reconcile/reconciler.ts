/**
 * The contract of a reconciler: what a thing outside should be, what it is, and the one write that leads from this to that. `decide` and `plan` are
 * pure. The controller alone knows queue, rights to write, modes, dwell, brake, audit and back-off: a reconciler knows none of them.
 */
import type { ActionClass, FactRead } from "@nodekeeper/shared/api";
import type { World } from "./world.ts";

/** Something that happened, by which a reconciler may be concerned. */
export type Change =
  /** An agent said something, or grew silent. */
  | { readonly kind: "node"; readonly name: string }
  /** The Node object came, went or changed. */
  | { readonly kind: "cluster-node"; readonly name: string }
  /** Longhorn's node object came, went or changed. */
  | { readonly kind: "longhorn-node"; readonly name: string }
  /** Something else of Longhorn changed: volumes, replicas, classes, settings. */
  | { readonly kind: "longhorn" }
  /** A machine came to the end of its onboarding, or began it. */
  | { readonly kind: "onboarding"; readonly node: string }
  | { readonly kind: "findings"; readonly node: string }
  /** Which Ollama servers answer or are for which requests, or the Services that lead to them. */
  | { readonly kind: "routes" }
  /** The policy, or what people decided (overrides, prune, maintenance). */
  | { readonly kind: "policy" }
  | { readonly kind: "decisions" };

/** What one item of an object should be, and why. An item is what can be changed by itself: a label, a condition, a taint. */
export type Wanted =
  | { readonly kind: "value"; readonly value: string; readonly why: Why }
  /** It should not be there. Only a fresh and complete absent says so. */
  | { readonly kind: "absent"; readonly why: Why }
  /** It cannot be told: whatever is there, stays. */
  | { readonly kind: "hold"; readonly reason: string; readonly why: Why };

/** Where a wish comes from. */
export interface Why {
  /** In one sentence, for people. */
  readonly text: string;
  /** e.g. "policy.yaml:12:9", or the code of a rule. */
  readonly place: string;
  /** Empty where there is none. */
  readonly expression: string;
  readonly facts: readonly FactRead[];
  /** A fault that the device declares itself: it does not dwell. */
  readonly isDeclared?: boolean;
}

/** What is wanted of one object, by item. Items that are not mentioned are nobody's business, unless we own them: then they go. */
export type Decision =
  | { readonly kind: "items"; readonly items: ReadonlyMap<string, Wanted> }
  /** Of the whole object nothing can be told. */
  | { readonly kind: "hold"; readonly reason: string };

/** One item of an object as it is. */
export interface SeenItem {
  readonly value: string;
  /** ours: we wrote it; shared: so did somebody else, the same; foreign: others alone. */
  readonly owner: "ours" | "shared" | "foreign";
  /** Others who wrote it, with when; for `explain`. */
  readonly others: readonly { readonly manager: string; readonly atMs: number | undefined }[];
}

/** One object as it is. */
export interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly isCordoned: boolean;
  /** Whether an annotation on the object itself pauses us there. */
  readonly isPaused: boolean;
  /** Of our domain or kind, by item; of foreign ones only those that we also want. */
  readonly items: ReadonlyMap<string, SeenItem>;
  /** By item: what we wrote last, and what was there before our first write (undefined: nothing). From the ledger on the object. */
  readonly ledger: ReadonlyMap<string, LedgerEntry>;
  /** What is wrong with the ledger on the object, in a sentence; undefined: nothing. */
  readonly problem: string | undefined;
}

/** One entry of the ledger. */
export interface LedgerEntry {
  readonly wrote: string;
  readonly was: string | undefined;
  /** What bore the item's name then, where another thing may come under it (of a disk its UUID): what we wrote on that says nothing of this. */
  readonly of?: string;
}

/** One step. */
export interface Operation {
  readonly item: string;
  /** set: nothing is there; change: another value; repair: somebody changed what we wrote; remove: nothing is to be; restore: what was before us. */
  readonly kind: "set" | "change" | "repair" | "remove" | "restore";
  readonly class: ActionClass;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly why: Why;
}

/** A reconciler. One key is one outside object; keys are names of nodes, or of what else it is about (Services). What it saw is handed back to it as it gave it: it may be more than `Seen`. */
export interface Reconciler<Its extends Seen = Seen> {
  /** Stable for ever, kebab-case, equal to the file's name. */
  readonly name: string;
  /** What its items are called for people: "label", "condition", "taint". */
  readonly noun: string;
  /**
   * Which keys a change concerns; "all" only for policy, decisions and Longhorn as a whole. A word of an agent that changes numbers (samples) only is no change: the
   * controller tells by the hashes of facts, outcomes, ages, proof and findings (controller/print.ts), and by nothing else.
   */
  affects(change: Change, world: World): readonly string[] | "all";
  /** All keys. */
  keys(world: World): readonly string[];
  /** Pure. */
  decide(world: World, key: string): Decision;
  /** The object by what the cluster's feed says, without asking; undefined: there is none. Pure. */
  seen(world: World, key: string): Its | undefined;
  /** The object as the API server has it now. */
  observe(key: string, signal: AbortSignal): Promise<Its | undefined>;
  /**
   * Pure; [] is converged. `plan(decision, seen)` after `apply` of all it gave is [], but for what must not go before something else is there (a label
   * of the domain before): that comes then.
   */
  plan(decision: Decision, seen: Its): readonly Operation[];
  /** Pure: takes everything of ours back. What people changed after us stays; of that only our claim is given up (restore to what it is). */
  planPrune(seen: Its): readonly Operation[];
  /** Why pruning leaves one of those steps undone unless it is forced to it, in a sentence; undefined: it takes it. Pure. */
  leavesOnPrune?(operation: Operation, decision: Decision, key: string): string | undefined;
  /**
   * Does these operations and none else, together with their entries in the ledger, and fails with CONFLICT where the object is not `seen` any more.
   * Each of its writes (one where it can be) leaves object and ledger equal. Everything of ours that is not mentioned stays as it is.
   */
  apply(key: string, operations: readonly Operation[], seen: Its, signal: AbortSignal): Promise<void>;
  /** What is told of a write that succeeded, e.g. by an Event; it may fail, and nothing waits for it. */
  tell?(key: string, operations: readonly Operation[], seen: Its, signal: AbortSignal): Promise<void>;
}
