/** Timers for a hundred thousand things in one process: one interval, and a list for each of its turns. */

/** Calls back after a time, to a hundredth of a second or so. */
export type Schedule = (delayMs: number, call: () => void) => void;

const turnMs = 10;

/** A wheel that turns until the process ends. */
export function createTimerWheel(): Schedule {
  const slots = new Map<number, (() => void)[]>();
  let now = Math.floor(performance.now() / turnMs);
  setInterval(() => {
    for (const end = Math.floor(performance.now() / turnMs); now <= end; now += 1) {
      const due = slots.get(now) ?? [];
      slots.delete(now);
      for (const call of due) call();
    }
  }, turnMs);
  return (delayMs, call) => {
    const slot = Math.max(now + 1, Math.floor((performance.now() + delayMs) / turnMs));
    const due = slots.get(slot);
    if (due === undefined) slots.set(slot, [call]);
    else due.push(call);
  };
}
