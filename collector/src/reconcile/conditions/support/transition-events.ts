/** Events that tell of a condition's change to another status, where kubectl describe node shows them. */
import type { Clock } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../../clients/kubernetes/kubernetes-client.ts";
import type { Operation, Seen } from "../../reconciler.ts";
import type { ConditionStatus } from "../condition.ts";
import { conditions } from "../index.ts";
import { type ConditionWords, readConditionText } from "./condition-text.ts";

/** Of a node and condition at most one is made in this time: what flaps is told by the condition itself. */
const quietMs = 60_000;
/** Events of Nodes, which lie in no namespace, are looked for here. */
const eventNamespace = "default";
const component = "nodekeeper";

/** Tells of changes that were written. */
export function createTransitionEvents(
  client: Pick<KubernetesClient, "createEvent">,
  clock: Clock,
): (key: string, operations: readonly Operation[], seen: Seen, signal: AbortSignal) => Promise<void> {
  const toldAtMs = new Map<string, number>();

  /** Also forgets what is long ago. */
  function isQuiet(what: string): boolean {
    const nowMs = clock.monotonicMs();
    for (const [key, atMs] of toldAtMs) if (nowMs - atMs >= quietMs) toldAtMs.delete(key);
    if (toldAtMs.has(what)) return false;
    toldAtMs.set(what, nowMs);
    return true;
  }

  return async (node, operations, { uid }, signal) => {
    for (const operation of operations) {
      const words = transitionOf(operation);
      const type = conditions.find((condition) => condition.type === operation.item);
      if (words === undefined || type === undefined || !isQuiet(`${uid} ${type.type}`)) continue;
      const reason = type.eventReasons[words.status];
      await client.createEvent(eventNamespace, eventOf({ node, uid, type: type.type, reason, words }, clock.wallMs()), signal);
    }
  };
}

/** Undefined: the status is as it was. The first word of a condition is news only where it is a bad one. */
function transitionOf({ before, after }: Operation): ConditionWords | undefined {
  const now = after === undefined ? undefined : readConditionText(after);
  const was: ConditionStatus | "" = (before === undefined ? undefined : readConditionText(before)?.status) ?? "";
  const isNews = was === "" ? now?.status === "False" : now?.status !== was;
  return isNews ? now : undefined;
}

interface Transition {
  readonly node: string;
  readonly uid: string;
  readonly type: string;
  readonly reason: string;
  readonly words: ConditionWords;
}

function eventOf({ node, uid, type, reason, words }: Transition, nowMs: number): Readonly<Record<string, unknown>> {
  const now = new Date(nowMs).toISOString();
  const at = `${now.slice(0, 19)}Z`;
  return {
    metadata: { name: `${component}.${uid}.${type.toLowerCase()}.${nowMs.toString(16)}` },
    involvedObject: { apiVersion: "v1", kind: "Node", name: node, uid },
    reason,
    message: words.message,
    type: words.status === "False" ? "Warning" : "Normal",
    source: { component },
    reportingComponent: component,
    reportingInstance: "",
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}
