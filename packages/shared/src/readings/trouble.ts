/** Something that is wrong with a machine by what it says itself, now and without any memory of before. */

/** How much it matters: high: data, a disk or a service is at risk; medium: needs attention soon; low: worth knowing. */
export type TroubleLevel = "high" | "medium" | "low";

/** One trouble. */
export interface Trouble {
  readonly level: TroubleLevel;
  /** What it is about, e.g. "nvme0n1" or "/". */
  readonly place: string;
  /** A sentence without a capital and without a full stop, e.g. "12 sectors wait to be replaced". */
  readonly text: string;
}

const order: Readonly<Record<TroubleLevel, number>> = { high: 0, medium: 1, low: 2 };

/** The gravest first; equals stay in their order. */
export function byGravity(troubles: readonly Trouble[]): readonly Trouble[] {
  return [...troubles].sort((a, b) => order[a.level] - order[b.level]);
}

/** "1 sector", "2 sectors". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? singular : plural}`;
}
