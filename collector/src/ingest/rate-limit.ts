/** Limits how often something may be asked for: by each, and by all together. */
import { isIP } from "node:net";
import type { Clock } from "@nodekeeper/shared";

/** How often something may be done: so often at once, and so often a minute in the long run. */
export interface Rate {
  readonly burst: number;
  readonly perMinute: number;
}

/** Counts what is done. */
export interface RateLimit {
  /** Whether one more is allowed to this address, or whoever it is; if so, it counts. */
  take(who: string): boolean;
}

interface Bucket {
  left: number;
  atMs: number;
}

const minuteMs = 60_000;
/** Addresses that are remembered. Whoever has more of them is held by the limit of all together. */
const maximumAddresses = 10_000;

const unlimited: Rate = { burst: Number.MAX_SAFE_INTEGER, perMinute: 0 };

/** Makes a limit on the monotonic clock. */
export function createRateLimit(clock: Pick<Clock, "monotonicMs">, each: Rate, together: Rate = unlimited): RateLimit {
  const all: Bucket = { left: together.burst, atMs: clock.monotonicMs() };
  const byAddress = new Map<string, Bucket>();

  function refill(bucket: Bucket, { burst, perMinute }: Rate): Bucket {
    const nowMs = clock.monotonicMs();
    bucket.left = Math.min(burst, bucket.left + ((nowMs - bucket.atMs) * perMinute) / minuteMs);
    bucket.atMs = nowMs;
    return bucket;
  }

  return {
    take(who) {
      const network = networkOf(who);
      const own = refill(byAddress.get(network) ?? { left: each.burst, atMs: clock.monotonicMs() }, each);
      refill(all, together);
      byAddress.delete(network); // the one that was used last goes to the end
      byAddress.set(network, own);
      for (const oldest of byAddress.keys()) {
        if (byAddress.size <= maximumAddresses) break;
        byAddress.delete(oldest);
      }
      if (own.left < 1 || all.left < 1) return false;
      own.left -= 1;
      all.left -= 1;
      return true;
    },
  };
}

/** Whoever has one address of IPv6 has 2^64 of them. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || address.startsWith("::ffff:")) return address;
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  return [...head, ...zeros, ...tail].slice(0, 4).join(":");
}
