/** The local door asks for no login, so that it is on loopback only. */
import { AppError, isLoopback } from "@nodekeeper/shared";

/** Refuses an address that machines other than this one could reach. */
export function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new AppError(
    "CONFIG_INVALID",
    `the API would listen on ${host} without a login; use 127.0.0.1, ::1 or localhost there, and --public-listen for others`,
  );
}
