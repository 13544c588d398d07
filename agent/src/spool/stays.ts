/** Waits for a machine that goes away. */
import { AppError } from "@nodekeeper/shared";
import type { LeavingPort } from "./spool.ts";

/** Resolves when the machine stays after all, or is back; at once when it is not about to go. Rejects when the signal aborts. */
export async function stays(leaving: LeavingPort, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (leaving.current === undefined) resolve();
      };
      const fail = (): void => reject(AppError.from(signal.reason, "ABORTED"));
      const listening = leaving.onChanged(look);
      stop.signal.addEventListener("abort", () => listening[Symbol.dispose](), { once: true });
      signal.addEventListener("abort", fail, { once: true, signal: stop.signal });
      if (signal.aborted) fail();
      look();
    });
  } finally {
    stop.abort();
  }
}
