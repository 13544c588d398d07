/** How long what is kept. */

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** For each kind of data its age in ms past which it is dropped. */
export interface Retention {
  /** 24 h are promised; the rest is for roll-ups, which need the reading before their first. */
  readonly raw: number;
  readonly fiveMinutes: number;
  readonly hours: number;
  /** After they were resolved. */
  readonly findings: number;
  /** After they were observed. They are few, and answer questions of years: when was this disk built in? */
  readonly changes: number;
  readonly audit: number;
  /** After it was last used. A spool keeps observations for days, not months. */
  readonly epochs: number;
  /** Facts that are not the latest, nodes and streams: after they were last seen. */
  readonly facts: number;
  /** Longer than anything that refers to them. */
  readonly layouts: number;
}

/** What is in force. */
export const retentionMs: Retention = {
  raw: 28 * hourMs,
  fiveMinutes: 30 * dayMs,
  hours: 365 * dayMs,
  findings: 365 * dayMs,
  changes: 5 * 365 * dayMs,
  audit: 365 * dayMs,
  epochs: 90 * dayMs,
  facts: 365 * dayMs,
  layouts: 410 * dayMs,
};
