/**
 * An Ollama server that requests may go to, as routing sees it: what its agent says of the machine, what Ollama says itself where no agent is heard, and
 * whether it answers us. Everything in it is of one moment; routing (route.ts) is pure over it.
 */
import type { GpuReservation } from "@nodekeeper/shared/api";
import type { GpuState, MachineFacts } from "@nodekeeper/shared/readings";

/** What a server is for. Which one a request belongs to is told by its endpoint, not by its model: a chat model can embed too. */
export type Role = "generation" | "embeddings";

/** All of them. */
export const roles: readonly Role[] = ["generation", "embeddings"];

/** A server. */
export interface Backend {
  /** Of its node; of one without an agent, as the policy calls it. */
  readonly name: string;
  /** Where requests go, e.g. http://100.64.0.5:11434. Not there: nobody said where others reach it. */
  readonly url?: string;
  readonly reach: Reach;
  /** Who tells what it has: its agent; Ollama itself, since the agent is silent or there is none; nobody. */
  readonly witness: "agent" | "ollama" | "nobody";
  /** True where what is told is older than it should be: the agent is silent. */
  readonly isStale: boolean;
  /** GPUs (of an agent only) and models. */
  readonly facts: MachineFacts;
  readonly gpus: readonly GpuState[];
  readonly roles: Readonly<Record<Role, RoleWord>>;
  /** Somebody wants its GPU for something else. */
  readonly reservation?: Pick<GpuReservation, "by" | "reason">;
  /** Since when heat holds its GPU back; not there: nothing does. */
  readonly slowedSinceMs?: number;
}

/** Whether it answers us, by our own connections. */
export type Reach =
  | { readonly kind: "up"; readonly sinceMs: number }
  | { readonly kind: "down"; readonly sinceMs: number; readonly problem: string }
  /** Not asked often enough yet, or answers are slow: it may be loading a model. */
  | { readonly kind: "unknown"; readonly problem: string };

/** Whether a server is for a role, by the policy. */
export interface RoleWord {
  /** undecided: a fact is not known, and what was before holds. */
  readonly word: "yes" | "no" | "undecided";
  readonly because: string;
}
