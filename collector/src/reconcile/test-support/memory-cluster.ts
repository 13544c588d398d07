/** A Lease and a namespace in memory, for tests of who may write, and what goes wrong with them. The real API server is met in test/kubernetes. */
import { AppError, type Fields, fieldsAt } from "@nodekeeper/shared";
import type { LeaseClient } from "../guard/keep-lease.ts";

/** What is in it, and how it answers. */
export interface MemoryCluster {
  lease: Fields | undefined;
  annotations: Readonly<Record<string, string>> | undefined;
  /** away: nobody answers; hangs: nobody ever answers; forgetful: what is written is written, and the answer lost. */
  mood: "well" | "away" | "hangs" | "forgetful";
  mayCreate: boolean;
  /** Requests so far. */
  readonly asked: { reads: number; writes: number; pauses: number };
  /** As somebody else would: spec and metadata as they are given. */
  put(spec: Fields, uid?: string): void;
  readonly client: LeaseClient & { readNamespace(name: string, signal: AbortSignal): Promise<Fields | undefined> };
}

/** One with an empty Lease, as the manifests make it. */
export function memoryCluster(): MemoryCluster {
  let version = 0;
  const state: Omit<MemoryCluster, "client" | "put"> = {
    lease: undefined,
    annotations: {},
    mood: "well",
    mayCreate: true,
    asked: { reads: 0, writes: 0, pauses: 0 },
  };
  const answer = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (state.mood === "away") throw unreachable;
    if (state.mood !== "hangs") return;
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  };
  const keep = (lease: Fields, uid: string): Fields => {
    version += 1;
    const metadata = { ...fieldsAt(lease, "metadata"), uid, resourceVersion: `${version}` };
    state.lease = { ...lease, metadata };
    if (state.mood === "forgetful") throw unreachable;
    return state.lease;
  };
  const uidOf = (lease: Fields | undefined): string => String(fieldsAt(lease ?? {}, "metadata")["uid"]);
  const put = (spec: Fields, uid = "u1"): void => void keep({ metadata: { labels: { a: "b" } }, spec }, uid);
  put({});

  return Object.assign(state, {
    put,
    client: {
      async readLease(_: unknown, signal: AbortSignal) {
        state.asked.reads += 1;
        await answer(signal);
        return state.lease;
      },
      async createLease(_: unknown, lease: Fields, signal: AbortSignal) {
        await answer(signal);
        if (!state.mayCreate) throw new AppError("PEER_REFUSED", 'cannot create resource "leases"');
        if (state.lease !== undefined) throw new AppError("CONFLICT", "already exists");
        return keep(lease, `u${version}`);
      },
      async replaceLease(_: unknown, lease: Fields, signal: AbortSignal) {
        state.asked.writes += 1;
        await answer(signal);
        if (state.lease === undefined) throw new AppError("NOT_FOUND", "not found");
        const { resourceVersion, uid } = fieldsAt(lease, "metadata");
        if (resourceVersion !== `${version}` || uid !== uidOf(state.lease)) throw new AppError("CONFLICT", "it was modified");
        return keep(lease, uidOf(state.lease));
      },
      async readNamespace(_: unknown, signal: AbortSignal) {
        state.asked.pauses += 1;
        await answer(signal);
        return state.annotations === undefined ? undefined : { metadata: { annotations: state.annotations } };
      },
    },
  });
}

const unreachable = new AppError("PEER_UNREACHABLE", "the cluster's API could not be asked");
