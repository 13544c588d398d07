/** Machines on their way, as the stream tells of them: those that are ready only in the moment in which they became so. */
import type { Onboarding } from "@nodekeeper/shared/api";
import type { Onboardings } from "../../onboarding/onboarding.ts";
import { createDeparted } from "./departed.ts";

/** Them. */
export interface FleetOnboardings extends Disposable {
  /** Deltas can be told from this version on. */
  readonly horizon: number;
  hasNews(): boolean;
  /** Takes in the changes under the version to come; true when there were any. */
  refresh(version: number): boolean;
  /** As JSON, those that are not ready. */
  underWay(): readonly string[];
  /** As JSON, those that changed after a version. */
  changedSince(version: number): readonly string[];
  /** Names that nobody bears any more. */
  removedSince(version: number): readonly string[];
}

/** Follows them. `departedCapacity` names that are gone are remembered for clients that resume. */
export function createFleetOnboardings(
  onboardings: Pick<Onboardings, "all" | "subscribe">,
  departedCapacity: number,
): FleetOnboardings {
  const entries = new Map<string, { readonly onboarding: Onboarding; readonly changedVersion: number }>();
  const departed = createDeparted<string>(departedCapacity);
  let changed = new Map<string, Onboarding | undefined>(onboardings.all().map((onboarding) => [onboarding.node, onboarding]));
  const subscription = onboardings.subscribe((now, gone) => {
    for (const onboarding of now) changed.set(onboarding.node, onboarding);
    for (const node of gone) changed.set(node, undefined);
  });

  return {
    get horizon() {
      return departed.horizon;
    },
    hasNews: () => changed.size > 0,
    refresh(version) {
      const news = changed;
      changed = new Map();
      for (const [node, onboarding] of news) {
        if (onboarding === undefined) {
          if (entries.delete(node)) departed.add(node, node, version);
        } else {
          departed.remove(node);
          entries.set(node, { onboarding, changedVersion: version });
        }
      }
      return news.size > 0;
    },
    underWay: () =>
      [...entries.values()].flatMap(({ onboarding }) => (onboarding.state === "ready" ? [] : [JSON.stringify(onboarding)])),
    changedSince: (version) =>
      [...entries.values()].flatMap(({ onboarding, changedVersion }) =>
        changedVersion > version ? [JSON.stringify(onboarding)] : [],
      ),
    removedSince: (version) => departed.since(version),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
