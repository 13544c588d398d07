/** Events on a Node (core/v1): that somebody changed a label of ours and it was put back, and that one was taken away. Writing them down is no news. */
import { randomUUID } from "node:crypto";
import type { Clock, Fields } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { Operation } from "../reconciler.ts";
import type { LabelledNode } from "./see-labels.ts";

/** Tells of operations that were done. */
export type TellLabels = (operations: readonly Operation[], seen: LabelledNode, signal: AbortSignal) => Promise<void>;

/** Makes it: of each Node one Event a minute for each reason, at most. */
export function createTellLabels(client: Pick<KubernetesClient, "createEvent">, clock: Clock): TellLabels {
  const toldAtMs = new Map<string, number>();
  const mayTell = (subject: string): boolean => {
    const nowMs = clock.monotonicMs();
    for (const [each, atMs] of toldAtMs) {
      if (nowMs - atMs < quietMs) break; // the eldest stand first
      toldAtMs.delete(each);
    }
    if (toldAtMs.has(subject)) return false;
    toldAtMs.set(subject, nowMs);
    return true;
  };
  return async (operations, seen, signal) => {
    for (const { reason, messageOf } of news) {
      const messages = operations.flatMap((operation) => messageOf(operation, seen) ?? []);
      if (messages.length === 0 || !mayTell(`${seen.uid} ${reason}`)) continue;
      const at = new Date(clock.wallMs()).toISOString().replace(/\.\d+Z$/, "Z");
      await client.createEvent("default", eventOf(seen, reason, messages.join("; "), at), signal);
    }
  };
}

interface News {
  readonly reason: string;
  /** Undefined: it is no news. */
  messageOf(operation: Operation, seen: LabelledNode): string | undefined;
}

const news: readonly News[] = [
  {
    reason: "LabelRepaired",
    messageOf: ({ kind, item, before, after }, { items }) => {
      if (kind !== "repair" || before === after) return undefined;
      if (before === undefined) return `${item}=${after} was removed by somebody and put back`;
      const who = items.get(item)?.others.toSorted((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0))[0]?.manager ?? "somebody";
      return `${item} was changed to ${JSON.stringify(before)} by ${who} and put back to ${JSON.stringify(after)}`;
    },
  },
  {
    reason: "LabelRemoved",
    messageOf: ({ kind, item, before, after, why }) => {
      if ((kind !== "remove" && kind !== "restore") || before === after) return undefined;
      const what = after === undefined ? "was removed" : `gave way to ${JSON.stringify(after)}, which was there before us`;
      return `${item}=${before ?? ""} ${what}: ${why.text}${why.place === "" ? "" : ` (${why.place})`}`;
    },
  },
];

const quietMs = 60_000;
/** The API server takes 1,024 bytes. */
const maximumMessage = 1000;

function eventOf({ node: { name, uid } }: LabelledNode, reason: string, message: string, at: string): Fields {
  return {
    metadata: { name: `${name.slice(0, 200)}.${randomUUID()}` },
    involvedObject: { apiVersion: "v1", kind: "Node", name, uid },
    ...{ reason, message: message.slice(0, maximumMessage), type: "Normal" },
    ...{ source: { component: "nodekeeper" }, firstTimestamp: at, lastTimestamp: at, count: 1 },
  };
}
