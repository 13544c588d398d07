/** What the daemon complains of, as it may be told: the same words for the same trouble, and no secret in them. */

import { elementsOf } from "../document-values.ts";
import { printable } from "../printable.ts";

/** No more are told. */
const maximumMessages = 16;

/** The daemon's health messages, sorted, each once. `loginAddress` is the one at which somebody could log in now, a secret. */
export function healthMessages(health: unknown, loginAddress: unknown): string[] {
  const secret = typeof loginAddress === "string" ? loginAddress : "";
  const messages = elementsOf(health)
    .filter((each) => typeof each === "string")
    .map((each) => steadyWords(secret === "" ? each : each.replaceAll(secret, leftOut), 512))
    .filter((each) => each !== "");
  return [...new Set(messages)].sort().slice(0, maximumMessages);
}

/**
 * A message without an address at which one could log in, and without what would be news every time: how long something has lasted, and from
 * which port it was tried.
 */
export function steadyWords(message: string, maximumBytes: number): string {
  const steady = message.replaceAll(loginAddresses, leftOut).replaceAll(durations, "a while").replaceAll(sourcePorts, "->");
  return printable(steady.trim(), maximumBytes);
}

const leftOut = "(address left out)";
/** https://login.tailscale.com/a/…, and what other control servers have: /auth/…, /register/… */
const loginAddresses = /https?:\/\/[^\s"'<>]*\/(?:a|auth|register)\/[^\s"'<>]+/g;
/** As Go prints connections: 192.0.2.1:51234->192.0.2.2:443. */
const sourcePorts = /:\d{1,5}->/g;
/** As Go prints them: 2m10s, 1h0m3.5s, 45s. */
const durations = /\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?s\b/g;
