/**
 * What people decided, as a ConfigMap of the cluster. It is written only as it was read: another writer's change is taken first, never overwritten. An
 * object that is not there, or is empty, says that nobody decided anything; one that holds something else is left alone, and nothing is written.
 */
import { isDeepStrictEqual } from "node:util";
import { AppError, backoffDelayMs, type Clock, createListeners, createMutex, type Logger } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectName, TextObject } from "../../clients/kubernetes/text-object.ts";
import type { Decisions, DecisionsKeeper } from "./decisions.ts";
import { parseDecisions, renderDecisions } from "./decisions-text.ts";

/** Where they are, and what keeping them needs. */
export interface KeepDecisionsOptions {
  readonly client: Pick<KubernetesClient, "read" | "create" | "replace">;
  readonly at: ObjectName;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The one key of the ConfigMap that is ours. */
export const decisionsKey = "decisions.json";

/** What somebody changed by kubectl is seen after so long. */
const watchMs = 30_000;
const retry = { baseMs: 500, maximumMs: watchMs };
/** So often another writer may be first before it is no race any more. */
const maximumAttempts = 10;
const nothing: Decisions = { approval: undefined, overrides: [] };
const ownLabels = { "app.kubernetes.io/managed-by": "nodekeeper" };

/** Begins to read. */
export function keepDecisions({ client, at, clock, random, logger }: KeepDecisionsOptions): DecisionsKeeper {
  const place = `ConfigMap ${at.namespace}/${at.name}`;
  const listeners = createListeners<undefined>();
  const oneByOne = createMutex();
  /** Ends the looking, and at last the changes. */
  const stopping = new AbortController();
  const ending = new AbortController();
  let current: Decisions | undefined;
  let object: TextObject | undefined;
  let problem: string | undefined;
  let failures = 0;
  const reading = readOn();

  return {
    get current() {
      return current;
    },
    problems: () => (problem === undefined ? [] : [problem]),
    refresh: (signal) => oneByOne(async () => void (await read(AbortSignal.any([signal, stopping.signal])))),
    change: (make, signal) =>
      oneByOne(async () => {
        for (let attempt = 1; ; attempt++) {
          signal.throwIfAborted();
          const found = await read(ending.signal).catch((thrown: unknown) => {
            throw notKept(thrown);
          });
          const wanted = make(withoutEnded(found));
          if (isDeepStrictEqual(wanted, found) || (await write(wanted))) return;
          if (attempt === maximumAttempts)
            throw new AppError("CONFLICT", `the ${place}: ${attempt} times another writer was first`);
        }
      }),
    onChanged: (listener) => listeners.add(() => listener()),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await oneByOne(async () => undefined); // a change that is under way is not cut off
      ending.abort();
      await reading;
    },
  };

  async function readOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      await oneByOne(() => read(stopping.signal)).catch(() => undefined); // it is among the problems
      const delayMs = failures === 0 ? watchMs * (0.9 + 0.2 * random()) : backoffDelayMs(retry, failures, random);
      await clock.sleep(delayMs, stopping.signal).catch(() => undefined); // it is stopping: the loop ends
    }
  }

  /** What lies there now. Where that cannot be told, what was read before stays in force; where it is no decisions, none are. */
  async function read(signal: AbortSignal): Promise<Decisions> {
    try {
      const found = await client.read("ConfigMap", at, signal);
      if (found === undefined || current === undefined || found.resourceVersion !== object?.resourceVersion) {
        const decisions = found === undefined ? nothing : decisionsOf(found);
        object = found;
        take(decisions);
      }
      failures = 0;
      problem = undefined;
      return current ?? nothing;
    } catch (err) {
      const error = AppError.from(err, "PEER_UNREACHABLE");
      if (signal.aborted) throw error;
      if (error.code === "CONFIG_INVALID") take(undefined);
      failures += 1;
      const text = error.code === "CONFIG_INVALID" ? error.message : `the ${place} cannot be read: ${error.message}`;
      if (problem !== text) logger.warn({ err, place }, "what people decided cannot be read");
      problem = text;
      throw error;
    }
  }

  function decisionsOf({ texts }: TextObject): Decisions {
    const text = texts[decisionsKey];
    if (text !== undefined && text.trim() !== "") return parseDecisions(text, `${place}, ${decisionsKey}`);
    const others = Object.keys(texts).filter((key) => key !== decisionsKey);
    if (others.length === 0) return nothing;
    throw new AppError(
      "CONFIG_INVALID",
      `the ${place} is not ours: it holds ${others.join(", ")} and no ${decisionsKey}. It is left as it is, and nothing is written to the ` +
        "cluster: move it away",
    );
  }

  function take(next: Decisions | undefined): void {
    const isOther = !isDeepStrictEqual(next, current);
    current = next;
    if (isOther) listeners.tell(undefined);
  }

  function withoutEnded(decisions: Decisions): Decisions {
    const nowMs = clock.wallMs();
    return { ...decisions, overrides: decisions.overrides.filter(({ untilMs }) => untilMs > nowMs) };
  }

  /** False: another writer was first. */
  async function write(wanted: Decisions): Promise<boolean> {
    const texts = { [decisionsKey]: renderDecisions(wanted) };
    try {
      object =
        object === undefined
          ? await client.create({ kind: "ConfigMap", at, labels: ownLabels, texts }, ending.signal)
          : await client.replace(object, { texts, labels: ownLabels }, ending.signal);
    } catch (thrown) {
      const error = AppError.from(thrown, "PEER_UNREACHABLE");
      if (error.code === "CONFLICT" || error.code === "NOT_FOUND") return false;
      // An answer that was lost does not tell whether it was written; the object does.
      const found = error.code === "PEER_UNREACHABLE" ? await read(ending.signal).catch(() => undefined) : undefined;
      if (found !== undefined && isDeepStrictEqual(found, wanted)) return true;
      throw notKept(thrown, `the ${place} ${object === undefined ? "is not there, and cannot be made" : "cannot be written"}: `);
    }
    take(wanted);
    return true;
  }

  /** For whoever decided: it may work later, or somebody must mend the object first. */
  function notKept(thrown: unknown, what = ""): AppError {
    const { code, message } = AppError.from(thrown, "PEER_UNREACHABLE");
    const isTheirs = code === "CONFIG_INVALID" || code === "CONFLICT";
    return new AppError(isTheirs ? "CONFLICT" : "NOT_READY", `what was decided is not kept: ${what}${message}`, {
      cause: thrown,
    });
  }
}
