/** What a collector sends, until somebody handles it: the answer to Hello comes first, and nothing after it may be lost. */
import type { ConnectResponse } from "@nodekeeper/proto";

/** A message, as the stream gives it. */
export type CollectorMessage = ConnectResponse["message"];

/** Messages wait in it until somebody handles them. */
export interface Inbox {
  /** False when no more should come until `open` says so. */
  readonly put: (message: CollectorMessage) => boolean;
  /** The first message; whoever waits for it gets it. */
  readonly first: Promise<CollectorMessage>;
  /** From now on everything after the first goes to `handle`, one after the other; `onRoom` is called when more may come. Rejects when `handle` does. */
  open(handle: (message: CollectorMessage) => Promise<void>, onRoom: () => void): Promise<void>;
}

/** As many wait as make the way worth while; each may be large, and none is dropped. */
const maximumWaiting = 8;

/** An empty one. */
export function createInbox(): Inbox {
  const waiting: CollectorMessage[] = [];
  const { promise: first, resolve } = Promise.withResolvers<CollectorMessage>();
  let hasFirst = false;
  let arrived = Promise.withResolvers<void>();
  return {
    first,
    put(message) {
      if (hasFirst) waiting.push(message);
      else resolve(message);
      hasFirst = true;
      arrived.resolve();
      return waiting.length < maximumWaiting;
    },
    async open(handle, onRoom) {
      for (;;) {
        for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
          await handle(message);
          if (waiting.length === 0) onRoom();
        }
        arrived = Promise.withResolvers<void>();
        await arrived.promise;
      }
    },
  };
}
