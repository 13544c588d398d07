/** Attempts to speak in a node's name by somebody who may not. They are kept apart from what the node itself says. */

/** One kind of attempt, however often it was made. */
export interface Intrusion {
  /** cloned: a second machine has what proves who the node is. refused: any other attempt. */
  readonly kind: "refused" | "cloned";
  /** What was wrong: an error code. */
  readonly code: string;
  /** Who it was, as far as that is known, in words: an address, a machine-id, the name that was proven. */
  readonly who: string;
}

/** An attempt as it is remembered. */
export interface IntrusionState extends Intrusion {
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/**
 * Attempts that are remembered of a node for each code: those that were made last. By code, so that strangers, who can raise no more than some of
 * them, do not make one forgotten that had proved something.
 */
const maximumOfCode = 8;

/** Nobody tried. */
export const noIntrusions: readonly IntrusionState[] = [];

/** What is remembered after the same was tried so often, up to a time; newest first. */
export function withIntrusion(
  known: readonly IntrusionState[],
  intrusion: Intrusion,
  count: number,
  atMs: number,
): readonly IntrusionState[] {
  const isSame = (other: Intrusion): boolean =>
    other.kind === intrusion.kind && other.code === intrusion.code && other.who === intrusion.who;
  const before = known.find(isSame);
  const after: IntrusionState = {
    ...{ kind: intrusion.kind, code: intrusion.code, who: intrusion.who },
    count: (before?.count ?? 0) + count,
    firstAtMs: before?.firstAtMs ?? atMs,
    lastAtMs: atMs,
  };
  const others = known.filter((other) => !isSame(other));
  const oldest = others.filter(({ code }) => code === intrusion.code).slice(maximumOfCode - 1);
  return [after, ...others.filter((other) => !oldest.includes(other))];
}
