/** Whether somebody paused the collector, by an annotation on its namespace: kubectl reaches it, and our own API need not. */
import { AppError, type Clock, createDeadline, fieldsAt } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import { isPaused, pauseAnnotation } from "../support/is-paused.ts";

/** What reading it needs. */
export interface WatchPauseOptions {
  readonly client: Pick<KubernetesClient, "readNamespace">;
  readonly namespace: string;
  /** Of the policy that is in force. */
  readonly domain: () => string;
  readonly clock: Clock;
  /** Ends what is being read. */
  readonly signal: AbortSignal;
}

/** What was read. */
export type PauseReading =
  | { readonly kind: "clear" }
  | { readonly kind: "paused"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "unread"; readonly text: string };

/** The annotation. */
export interface PauseWatch {
  /** What was read last. */
  readonly last: PauseReading;
  /** Reads it, unless what was read last was asked for so long ago at most. Several who ask share one request. It does not throw. */
  read(maximumAgeMs: number): Promise<PauseReading>;
}

/** Whoever writes after this reading does so within a second of a pause that it does not know of. */
const requestLimitMs = 1_000;

/** Looks at nothing until it is asked. */
export function watchPause({ client, namespace, domain, clock, signal }: WatchPauseOptions): PauseWatch {
  let last: PauseReading = { kind: "unread", text: `whether the namespace ${namespace} is paused was not read yet` };
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<PauseReading> | undefined;

  return {
    get last() {
      return last;
    },
    async read(maximumAgeMs) {
      const isRead = last.kind === "clear" || last.kind === "paused";
      if (reading === undefined && isRead && clock.monotonicMs() - askedAtMs <= maximumAgeMs) return last;
      reading ??= readAnew().finally(() => {
        reading = undefined;
      });
      return await reading;
    },
  };

  async function readAnew(): Promise<PauseReading> {
    askedAtMs = clock.monotonicMs();
    const late = new AppError("PEER_UNREACHABLE", `the cluster's API did not answer within ${requestLimitMs / 1_000} s`);
    using deadline = createDeadline(clock, requestLimitMs, signal, late);
    try {
      last = judged(await client.readNamespace(namespace, deadline.signal));
    } catch (thrown) {
      const { message } = AppError.from(thrown, "PEER_UNREACHABLE");
      last = { kind: "failed", text: `whether the namespace ${namespace} is paused cannot be read: ${message}` };
    }
    return last;
  }

  function judged(found: Awaited<ReturnType<typeof client.readNamespace>>): PauseReading {
    if (found === undefined) {
      const text = `the namespace ${namespace}, whose annotation would pause us, is not there: name another by --namespace`;
      return { kind: "failed", text };
    }
    if (!isPaused(fieldsAt(fieldsAt(found, "metadata"), "annotations"), domain())) return { kind: "clear" };
    const key = pauseAnnotation(domain());
    const undo = `kubectl annotate namespace ${namespace} ${key}-`;
    return {
      kind: "paused",
      text: `somebody paused nodekeeper by the annotation ${key} of the namespace ${namespace} (${undo})`,
    };
  }
}
