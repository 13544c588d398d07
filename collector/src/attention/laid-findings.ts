/** Findings with the decisions that hold of them. One of which none holds stays the object that the engine made; the others are made once each. */
import { createListeners } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { Findings } from "../evaluate/findings.ts";
import { attentionOf } from "./attention-of.ts";
import { matches } from "./concerns.ts";
import type { DecisionIndex } from "./decision-index.ts";
import type { KeptDecision } from "./kept-decision.ts";

/** The findings. */
export interface LaidFindings extends Findings, Disposable {
  /** These decisions began or ended: findings that look otherwise by it are told as changed. */
  relay(moved: readonly KeptDecision[]): void;
}

/** A finding as it was last shown. */
interface Laid {
  readonly source: Finding;
  readonly about: readonly KeptDecision[];
  readonly shown: Finding;
}

/** With more decisions that moved at a time, it is quicker to look at every finding than to look for those that they are about. */
const fewMoved = 16;

/**
 * Lays decisions over findings. `onChanged` gets what the engine says before anybody is told, and may take decisions out of the index; of a finding
 * that is over, what held to its end is told along.
 */
export function layFindings(
  findings: Findings,
  index: Pick<DecisionIndex, "size" | "about">,
  onChanged: (changed: readonly Finding[]) => void,
): LaidFindings {
  const listeners = createListeners<readonly Finding[]>();
  const laid = new Map<string, Laid>();
  let all: readonly Finding[] | undefined;

  function lay(source: Finding): Finding {
    if (index.size === 0) {
      laid.delete(source.id);
      return source;
    }
    const known = laid.get(source.id);
    return known?.source === source ? known.shown : layAnew(source, index.about(source));
  }

  function layAnew(source: Finding, about: readonly KeptDecision[]): Finding {
    const attention = attentionOf(about.map(({ decision }) => decision));
    const shown = attention === undefined ? source : { ...source, attention };
    laid.set(source.id, { source, about, shown });
    return shown;
  }

  const subscription = findings.subscribe((changed) => {
    all = undefined;
    const ended = new Map(changed.filter(({ state }) => state === "resolved").map((finding) => [finding.id, lay(finding)]));
    onChanged(changed);
    const shown = changed.map((finding) => ended.get(finding.id) ?? lay(finding));
    for (const id of ended.keys()) laid.delete(id);
    listeners.tell(shown);
  });

  return {
    all() {
      all ??= findings.all().map(lay);
      return all;
    },
    ofNode: (name) => findings.ofNode(name).map(lay),
    recoveredAtMs: (name) => findings.recoveredAtMs(name),
    subscribe: (listener) => listeners.add(listener),
    relay(moved) {
      const isNear = (finding: Finding): boolean =>
        moved.length > fewMoved || moved.some(({ decision }) => matches(decision.scope, finding));
      const changed = findings.all().flatMap((finding) => {
        if (!isNear(finding)) return [];
        const about = index.about(finding);
        return areSame(laid.get(finding.id)?.about ?? [], about) ? [] : [layAnew(finding, about)];
      });
      all = undefined;
      if (changed.length > 0) listeners.tell(changed);
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

function areSame(some: readonly KeptDecision[], others: readonly KeptDecision[]): boolean {
  return some.length === others.length && some.every((each, at) => each === others[at]);
}
