/**
 * Takes everything of ours back, object by object, some at a time. What is ours stands on the objects themselves, so that it can be cut off anywhere
 * and asked again. It looks more than once: what was written a moment before it began is heard of a moment later.
 */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { PruneResult } from "@nodekeeper/shared/api";
import type { Controller, ObjectPicture } from "../controller/controller.ts";
import type { Operation } from "../reconciler.ts";
import { inSlices } from "./in-slices.ts";

/** What pruning needs. */
export interface PruneOptions {
  readonly controller: Pick<Controller, "pictures" | "prune">;
  readonly keepLabels: boolean;
  /** Also what protects or is needed (Reconciler.leavesOnPrune). */
  readonly force: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const parallel = 8;
/** In so long the cluster has told of every write of before. */
const echoMs = 1_000;
const maximumLooks = 3;

/** Prunes. What fails is told by node, after a second attempt; only an end of the signal makes it reject. */
export async function pruneAll({ controller, keepLabels, force, clock, signal }: PruneOptions): Promise<PruneResult> {
  const pruned = new Set<string>();
  const failures = new Map<string, { readonly node: string; readonly reason: string }>();
  /** By object. */
  const left = new Map<string, PruneResult["left"]>();

  for (let look = 1; look <= maximumLooks; look++) {
    const owned = await inSlices(controller.pictures(), (picture) => (isOwned(picture) ? picture : undefined), clock);
    if (owned.length === 0 && look > 1) break;
    await inParallel(owned, pruneOne);
    if (look < maximumLooks) await clock.sleep(echoMs, signal);
  }
  const failed = [...failures.values()].toSorted((a, b) => (a.node < b.node ? -1 : 1));
  const failedNodes = new Set(failed.map(({ node }) => node));
  return {
    nodes: [...pruned].filter((node) => !failedNodes.has(node)).length,
    failed,
    left: [...left.values()].flat().toSorted(byPlace),
  };

  /** What takes something away is thought through once more where it is written, but for who wants it all the same. */
  function asForced(operation: Operation): Operation {
    return force ? { ...operation, class: "describe" } : operation;
  }

  async function pruneOne({ reconciler, key, decision }: ObjectPicture): Promise<void> {
    const name = `${reconciler.name} ${key}`;
    const kept = new Map<string, PruneResult["left"][number]>();
    const choose = (operation: Operation): Operation | undefined => {
      const { item } = operation;
      const reason = force ? undefined : reconciler.leavesOnPrune?.(operation, decision, key);
      if (reason === undefined) return keepLabels && reconciler.noun === "label" ? givenUp(operation) : asForced(operation);
      kept.set(item, { node: key, item, reason });
      return undefined;
    };
    try {
      if ((await controller.prune(reconciler.name, key, choose, signal)) > 0) pruned.add(key);
      failures.delete(name);
      left.set(name, [...kept.values()]);
    } catch (thrown) {
      signal.throwIfAborted();
      failures.set(name, { node: key, reason: `${reconciler.name}: ${AppError.from(thrown).message}` });
    }
  }
}

/** By what the cluster's feed says. */
function isOwned({ reconciler, seen }: ObjectPicture): boolean {
  return seen !== undefined && reconciler.planPrune(seen).length > 0;
}

/** It stays as it is, and is not ours any more. */
function givenUp(operation: Operation): Operation {
  return { ...operation, kind: "restore", after: operation.before };
}

function byPlace(a: PruneResult["left"][number], b: PruneResult["left"][number]): number {
  return a.node === b.node ? (a.item < b.item ? -1 : 1) : a.node < b.node ? -1 : 1;
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
}
