/** Without a login the API listens on loopback only; these are the names by which it may be called there. */
import { isIPv6 } from "node:net";
import { AppError, isLoopback } from "@nodekeeper/shared";

/** Refuses an address that machines other than this one could reach. */
export function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new AppError(
    "CONFIG_INVALID",
    `the API would listen on ${host}, but it has no login yet and serves this machine only; use 127.0.0.1, ::1 or localhost`,
  );
}

/** Every `host:port` under which a listener on a loopback address and port is called, in the form of the Host header. */
export function loopbackAuthorities(host: string, port: number): ReadonlySet<string> {
  const names = ["localhost", "127.0.0.1", "[::1]", isIPv6(host) ? `[${host}]` : host];
  const authorities = names.map((name) => `${name}:${port}`);
  return new Set(port === 80 ? [...authorities, ...names] : authorities); // clients leave the default port out
}
