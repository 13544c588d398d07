/** Follows a collection of a real API server also when that goes away and comes back: then everything that is there is told again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterApi, KubernetesObject } from "../kubernetes/cluster-api.ts";
import { followNodes, type NodeFollower } from "../kubernetes/follow-nodes.ts";

/** Told of each object as it is, or as it was last. */
export type OnObject = (kind: "put" | "gone", object: KubernetesObject) => void;

/** Resolves when all that is there was told. */
export async function keepFollowing(admin: ClusterApi, path: string, on: OnObject): Promise<AsyncDisposable> {
  let isOver = false;
  let follower: NodeFollower = await begin();

  async function begin(): Promise<NodeFollower> {
    return await followNodes(admin, ({ kind, node }) => on(kind, node), path);
  }
  async function watch(): Promise<void> {
    while (!isOver) {
      await sleep(pollMs);
      if (follower.problem === undefined || isOver) continue;
      const next = await begin().catch(() => undefined); // the API server is away
      if (next === undefined) continue;
      follower[Symbol.dispose]();
      follower = next;
    }
    follower[Symbol.dispose]();
  }
  const watching = watch();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await watching;
    },
  };
}

const pollMs = 100;
