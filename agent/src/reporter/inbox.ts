/** What a collector sends, until somebody handles it: the answer to Hello comes first, and nothing after it may be lost. */
import type { ConnectResponse } from "@nodekeeper/proto";

/** A message, as the stream gives it. */
export type CollectorMessage = ConnectResponse["message"];

/** Messages wait in it until somebody handles them. */
export interface Inbox {
  readonly put: (message: CollectorMessage) => void;
  /** The first message; whoever waits for it gets it. */
  readonly first: Promise<CollectorMessage>;
  /** From now on everything after the first goes here, in order. */
  open(handle: (message: CollectorMessage) => void): void;
}

/** An empty one. */
export function createInbox(): Inbox {
  const waiting: CollectorMessage[] = [];
  const { promise: first, resolve } = Promise.withResolvers<CollectorMessage>();
  let hasFirst = false;
  let handler: ((message: CollectorMessage) => void) | undefined;
  return {
    first,
    put(message) {
      if (!hasFirst) {
        hasFirst = true;
        resolve(message);
      } else if (handler === undefined) waiting.push(message);
      else handler(message);
    },
    open(handle) {
      handler = handle;
      for (const message of waiting.splice(0)) handle(message);
    },
  };
}
