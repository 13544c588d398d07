/** The picture of placement of what is seen of Longhorn now, taken once for as long as nothing of it changes, however many ask. */
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import type { Placement } from "./placement.ts";
import { takePlacement } from "./take-placement.ts";

type Seen = Omit<LonghornView, "subscribe">;

/** By the view, with the revision that it was taken at. */
const taken = new WeakMap<Seen, { readonly revision: number; readonly placement: Placement }>();

/** Undefined while Longhorn is not known. */
export function placementOf(longhorn: Seen): Placement | undefined {
  const { revision, knowledge } = longhorn;
  const known = taken.get(longhorn);
  if (known?.revision === revision && knowledge.kind === "known") return known.placement;
  const placement = takePlacement(longhorn);
  if (placement !== undefined) taken.set(longhorn, { revision, placement });
  return placement;
}
