/** What is wrong with a machine's place in its tailnet. */
import type { SubjectBody } from "../api/node.ts";
import { expiryLevel, expiryText } from "./expiry.ts";
import { booleanField, numberField, textField, textsField } from "./fields.ts";
import { presentSubjects } from "./subjects.ts";
import type { Trouble } from "./trouble.ts";

const place = "Tailscale";

/** Of the daemon. */
export function tailscaleTroubles(subjects: readonly SubjectBody[], nowMs: number): readonly Trouble[] {
  return presentSubjects(subjects, "tailscale").flatMap((daemon) => [
    ...state(daemon),
    ...key(daemon, nowMs),
    ...complaints(daemon),
  ]);
}

function state(daemon: SubjectBody): readonly Trouble[] {
  const name = textField(daemon, "backendState");
  if (name === "" || name === "Running") {
    const isAlone = booleanField(daemon, "isOnline") === false;
    return isAlone ? [{ level: "low", place, text: "it does not reach its control plane" }] : [];
  }
  return [{ level: name === "Stopped" ? "low" : "medium", place, text: `it is not connected: ${name}` }];
}

function key(daemon: SubjectBody, nowMs: number): readonly Trouble[] {
  if (booleanField(daemon, "isKeyExpired") === true)
    return [{ level: "medium", place, text: "the key of this machine has ended" }];
  const endsAtMs = numberField(daemon, "keyExpiresAtUnixMs");
  const level = endsAtMs === undefined ? undefined : expiryLevel(endsAtMs - nowMs);
  if (level === undefined || endsAtMs === undefined) return [];
  // No louder than its end.
  return [{ level: level === "high" ? "medium" : level, place, text: `the key of this machine ${expiryText(endsAtMs - nowMs)}` }];
}

function complaints(daemon: SubjectBody): readonly Trouble[] {
  if (textField(daemon, "backendState") !== "Running") return [];
  return textsField(daemon, "healthMessages").map((text) => ({ level: "low", place, text: text.replace(/\.$/, "") }));
}
