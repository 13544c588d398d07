/** The contract of a channel: it brings one notice to one place, once, and says what became of it. It throws what it cannot read of its own secrets. */
import type { Notice, Snapshot } from "../notice.ts";

/** What became of an attempt. */
export type Delivery =
  | { readonly kind: "delivered" /** What was not as it should be all the same. */; readonly remark?: string }
  | {
      readonly kind: "failed";
      /** True: the same attempt would fail again, somebody must change something first. */
      readonly isPermanent: boolean;
      /** Why, and what to do; without any secret. */
      readonly problem: string;
      /** How long the other side asked us to wait, in ms. */
      readonly retryAfterMs?: number;
    };

/** A channel. */
export interface Channel {
  deliver(notice: Notice, signal: AbortSignal): Promise<Delivery>;
  /** Of a channel that wants to hear again and again what is still so: all of that. */
  readonly refresh?: (open: readonly Snapshot[], signal: AbortSignal) => Promise<Delivery>;
}

/** It arrived. */
export const delivered: Delivery = { kind: "delivered" };

/** Nobody can do anything before something was changed. */
export function refused(problem: string): Delivery {
  return { kind: "failed", isPermanent: true, problem };
}

/** It may work later. */
export function postponed(problem: string, retryAfterMs?: number): Delivery {
  return { kind: "failed", isPermanent: false, problem, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
