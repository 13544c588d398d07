/** Whether a step may be taken now, and if not, what it waits for, in words for people. Pure: one table of reasons, in the order in which they are told. */
import type { Mode, Waiting } from "@nodekeeper/shared/api";
import type { ClusterKnowledge } from "../../state/cluster/cluster-holder.ts";
import { isoTime } from "../../state/iso-time.ts";
import type { MayWrite } from "../may-write.ts";
import type { Operation, Seen } from "../reconciler.ts";

/** All that a step's leave depends on. Times are ms since 1970 on the collector's clock. */
export interface Circumstances {
  readonly nowMs: number;
  /** unread: what people decided is not known. */
  readonly decisions: "unread" | "unapproved" | "approved";
  /** Of the step's class. */
  readonly mode: Mode;
  /** Somebody approved exactly this step. */
  readonly isGranted: boolean;
  /** When it will have been wanted for long enough; in the past where it is. */
  readonly dwellEndsAtMs: number;
  readonly seen: Pick<Seen, "isCordoned" | "isPaused">;
  /** Somebody said that they work on the node. */
  readonly isInMaintenance: boolean;
  readonly knowledge: ClusterKnowledge;
  readonly mayWrite: MayWrite;
  /** The last attempt failed, or somebody fights us over it: not before. */
  readonly retry: { readonly untilMs: number; readonly text: string } | undefined;
  readonly brake: BrakeAnswer;
}

/** What the brake says of one node. */
export type BrakeAnswer =
  | { readonly kind: "free" }
  /** What was restricted before this process started is not known yet. */
  | { readonly kind: "unread" }
  | { readonly kind: "full"; readonly restrictedNodes: number; readonly clearsAtMs: number };

/** Undefined: it may go now. A step of a class whose mode is off is not planned at all, and not asked about. */
export function waitingFor({ class: actionClass }: Pick<Operation, "class">, now: Circumstances): Waiting | undefined {
  const isRestricting = actionClass !== "describe";
  if (now.decisions === "unread")
    return { for: "cluster", text: "What was approved and overridden was not read from the cluster yet." };
  if (now.decisions === "unapproved")
    return {
      for: "approval",
      text: "Nobody has approved the first plan yet: look at `nodekeeper plan`, then `nodekeeper apply HASH`.",
    };
  if (now.mode !== "enforce" && !now.isGranted)
    return {
      for: "mode",
      text: `The policy has the class ${actionClass} in mode ${now.mode}: it is done when somebody approves it by \`nodekeeper apply HASH\`.`,
    };
  if (now.dwellEndsAtMs > now.nowMs)
    return { for: "dwell", text: "It must be so for a while before it is done.", until: isoTime(now.dwellEndsAtMs) };
  if (isRestricting && now.seen.isCordoned)
    return { for: "maintenance", text: "The node is cordoned, which is maintenance: nothing is taken away from it meanwhile." };
  if (isRestricting && now.isInMaintenance)
    return {
      for: "maintenance",
      text: "The node is in maintenance (`nodekeeper decisions`): nothing is taken away from it meanwhile.",
    };
  if (now.seen.isPaused) return { for: "pause", text: "An annotation on the Node pauses us there." };
  if (now.mayWrite.kind === "no") return waitingForGuard(now.mayWrite);
  if (now.knowledge.kind === "unknown")
    return {
      for: "cluster",
      text: `The cluster's Nodes were not listed yet${now.knowledge.problem === undefined ? "" : `: ${now.knowledge.problem}`}.`,
    };
  if (isRestricting && now.knowledge.problem !== undefined)
    return { for: "cluster", text: `Nothing is taken away by what was true of the cluster before: ${now.knowledge.problem}.` };
  if (now.retry !== undefined && now.retry.untilMs > now.nowMs)
    return { for: "retry", text: now.retry.text, until: isoTime(now.retry.untilMs) };
  return isRestricting ? waitingForBrake(now.brake) : undefined;
}

function waitingForGuard({ because, text }: Extract<MayWrite, { readonly kind: "no" }>): Waiting {
  switch (because) {
    case "paused":
      return { for: "pause", text };
    case "standby":
      return { for: "leader", text };
    case "unknown":
      return { for: "cluster", text };
  }
}

function waitingForBrake(brake: BrakeAnswer): Waiting | undefined {
  switch (brake.kind) {
    case "free":
      return undefined;
    case "unread":
      return { for: "brake", text: "Which nodes were restricted within the last ten minutes was not read from the audit yet." };
    case "full": {
      const nodes = brake.restrictedNodes === 1 ? "1 node was" : `${brake.restrictedNodes} nodes were`;
      return {
        for: "brake",
        text: `${nodes} restricted within the last ten minutes: no more for now.`,
        until: isoTime(brake.clearsAtMs),
      };
    }
  }
}
