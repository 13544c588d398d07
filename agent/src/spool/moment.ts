/** When an observation was made, and how old that makes it. */

/** Both clocks of the machine, taken together. */
export interface SpoolTime {
  readonly wallMs: number;
  /** Since boot, suspend included. */
  readonly uptimeMs: number;
}

/** When an observation was made, by both clocks of its boot. */
export interface Moment {
  readonly bootId: string;
  readonly observedAtMs: number;
  readonly uptimeMs: number;
}

/** Age in ms. Within one boot the boot clock tells: wall clocks jump, above all on machines without a battery. */
export function ageMs(moment: Moment, now: SpoolTime, bootId: string): number {
  return moment.bootId === bootId ? now.uptimeMs - moment.uptimeMs : now.wallMs - moment.observedAtMs;
}
