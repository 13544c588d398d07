/** Waits for something that a real server does in its own time. */
import { setTimeout as sleep } from "node:timers/promises";

/** What `look` finds, as soon as it finds something; it is asked every so many milliseconds. */
export async function until<Found>(look: () => Promise<Found | undefined | false>, everyMs = 100): Promise<Found> {
  const limitAtMs = performance.now() + 40_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > limitAtMs) throw new Error("it did not come within 40 s");
    await sleep(everyMs);
  }
}
