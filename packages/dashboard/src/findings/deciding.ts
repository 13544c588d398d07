/** Who looks may decide or not, and what was decided: what all that shows findings needs besides them. */
import type { Decision, DecisionList } from "@nodekeeper/shared/api";
import { useAsked } from "../cluster/use-asked.ts";

/** What holds now. */
export interface Deciding {
  /** False: commands to copy are shown in the place of buttons. */
  readonly isAdmin: boolean;
  /** Newest first; undefined until the collector said. */
  readonly decisions: readonly Decision[] | undefined;
  /** Something was decided. */
  onDecided(): void;
}

/** Kept fresh while somebody looks. */
export function useDeciding(isKnown: boolean, isAdmin: boolean): Deciding {
  const asked = useAsked<DecisionList>(isKnown ? "api/v1/decisions" : undefined);
  return { isAdmin, decisions: asked.body?.decisions, onDecided: asked.again };
}
