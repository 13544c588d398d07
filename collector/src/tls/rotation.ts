/**
 * Which authority signs and which are trusted, from the vault and the time alone, so that a rotation goes on where it was, whatever was stopped
 * in between. Steps: one authority · a second one, trusted and waiting to sign · the second one signs, the first one is still trusted · the first one
 * is dropped.
 */
import type { StoredAuthority } from "../identity/vault.ts";

/** Where a rotation stands. */
export interface RotationStep {
  /** Signs the collector's certificate. */
  readonly signer: StoredAuthority;
  /** Whom agents should trust, the signer first. */
  readonly trusted: readonly StoredAuthority[];
  /** Whether the newest waits to sign: no other rotation can begin. */
  readonly isWaiting: boolean;
  /** When the next step is due; undefined: never. */
  readonly nextAtMs: number | undefined;
}

/** How long a certificate of the collector's is good. */
export const certificateLifetimeMs: number = 30 * 24 * 3_600_000;

/** How long an authority is good. */
export const authorityLifetimeMs: number = 10 * 365 * 24 * 3_600_000;

/** How long a new authority waits before it signs: a machine that is off for longer has not heard of it, and must be enrolled anew. */
export const graceMs: number = 7 * 24 * 3_600_000;

/**
 * Validity begins so long ago, for those whose clock is behind ours. A day covers a clock that was kept in local time by another operating system
 * (up to 14 h) and a machine without a battery-backed clock that has not yet asked for the time.
 */
export const clockToleranceMs: number = 24 * 3_600_000;

/** An authority is replaced by itself when so much of its life is left. */
const renewalMs = 365 * 24 * 3_600_000;

/** The step at a time; undefined when there is no authority at all. */
export function rotationStep(authorities: readonly StoredAuthority[], nowMs: number): RotationStep | undefined {
  const [newest, older] = [...authorities].sort(newestFirst);
  if (newest === undefined) return undefined;
  if (older === undefined) return { signer: newest, trusted: [newest], isWaiting: false, nextAtMs: undefined };
  if (nowMs < newest.signsFromMs)
    return { signer: older, trusted: [older, newest], isWaiting: true, nextAtMs: newest.signsFromMs };
  // The last certificate of the older one is past its time by then, also one of a vault that was restored from before.
  const droppedAtMs = newest.signsFromMs + certificateLifetimeMs + clockToleranceMs;
  if (nowMs < droppedAtMs) return { signer: newest, trusted: [newest, older], isWaiting: false, nextAtMs: droppedAtMs };
  return { signer: newest, trusted: [newest], isWaiting: false, nextAtMs: undefined };
}

/** Whether the only authority comes to its end, so that a rotation should begin. */
export function isAuthorityEnding({ signer, isWaiting }: RotationStep, nowMs: number): boolean {
  return !isWaiting && nowMs >= signer.createdAtMs + authorityLifetimeMs - renewalMs;
}

/** Of two of the same millisecond either may sign, as long as it is the same one whatever their order in the vault. */
function newestFirst(a: StoredAuthority, b: StoredAuthority): number {
  return (
    b.signsFromMs - a.signsFromMs ||
    b.createdAtMs - a.createdAtMs ||
    Number(b.certificate > a.certificate) - Number(b.certificate < a.certificate)
  );
}
