/** The boot-time clock of the host. */
import { AppError } from "@nodekeeper/shared";

/** Milliseconds since boot, suspend included, from the text of /proc/uptime. */
export function parseUptime(text: string): number {
  const seconds = /^(\d+\.\d+) /.exec(text)?.[1];
  if (seconds === undefined) {
    throw new AppError("HOST_ANSWER_MALFORMED", `/proc/uptime does not begin with seconds: ${JSON.stringify(text.slice(0, 40))}`);
  }
  return Math.round(Number(seconds) * 1000);
}
