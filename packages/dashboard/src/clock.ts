/** The page's only clock and timers. */
import { useEffect, useState } from "preact/hooks";

/** ms since 1970. */
export function nowMs(): number {
  return Date.now();
}

/** Calls back after a time; call what it returns to cancel. */
export function after(durationMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, durationMs);
  return () => clearTimeout(timer);
}

/** The time, renewed every second while the component is shown, so that "3 s ago" stays true. */
export function useNowMs(): number {
  const [time, setTime] = useState(nowMs);
  useEffect(() => {
    const timer = setInterval(() => setTime(nowMs()), 1000);
    return () => clearInterval(timer);
  }, []);
  return time;
}
