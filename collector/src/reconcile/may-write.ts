/** Whether anything may be written at all at this moment. Everything that writes asks before each write, and nothing else decides it. */

/** The answer. */
export type MayWrite =
  /** `signal` ends when it is not allowed any more, at the latest. */
  | { readonly kind: "yes"; readonly signal: AbortSignal }
  | { readonly kind: "no"; readonly because: "paused" | "standby" | "unknown"; readonly text: string };

/** Asks it: only one collector writes (Lease), and the pause of the namespace stops it within a second. */
export interface WriteGuard extends AsyncDisposable {
  /** Reads the pause anew where that is older than half a second. */
  ask(signal: AbortSignal): Promise<MayWrite>;
  /** What was last known, without asking. */
  readonly last: MayWrite;
  /** Who holds the Lease; undefined: nobody, or not known. */
  readonly holder: string | undefined;
  problems(): readonly string[];
  onChanged(listener: () => void): Disposable;
}
