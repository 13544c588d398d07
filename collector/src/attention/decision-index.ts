/** The decisions that are in force, found by what they are about: what a finding costs does not grow with their number. */
import type { Finding } from "@nodekeeper/shared/api";
import { concerns, nodesOf } from "./concerns.ts";
import type { KeptDecision } from "./kept-decision.ts";

/** The index. */
export interface DecisionIndex {
  readonly size: number;
  has(kept: KeptDecision): boolean;
  /** One that is not there yet. */
  add(kept: KeptDecision): void;
  remove(kept: KeptDecision): void;
  /** Those that are about a finding, the oldest first. */
  about(finding: Finding): readonly KeptDecision[];
  isInMaintenance(node: string): boolean;
}

/** Which parts of a scope are said. A form that no decision has is not looked for. */
type Form = readonly [hasNode: boolean, hasRule: boolean, hasSubject: boolean];

/** Decisions of one form, by what they say. */
interface Shelf {
  readonly form: Form;
  readonly byKey: Map<string, Set<KeptDecision>>;
}

/** None yet. */
export function createDecisionIndex(): DecisionIndex {
  const all = new Set<KeptDecision>();
  const shelves = new Map<string, Shelf>();
  /** How many decisions say that somebody works on a node; undefined: on all. */
  const maintained = new Map<string | undefined, number>();

  function found(finding: Finding): readonly KeptDecision[] {
    if (all.size === 0) return [];
    const near = new Set<KeptDecision>();
    for (const { form, byKey } of shelves.values()) {
      const nodes = form[0] ? nodesOf(finding) : [""];
      for (const node of nodes) for (const kept of byKey.get(keyOf(form, node, finding)) ?? []) near.add(kept);
    }
    return [...near].filter((kept) => concerns(kept, finding));
  }

  function countMaintenance({ decision: { kind, scope } }: KeptDecision, by: number): void {
    if (kind !== "maintenance") return;
    const count = (maintained.get(scope.node) ?? 0) + by;
    if (count === 0) maintained.delete(scope.node);
    else maintained.set(scope.node, count);
  }

  return {
    get size() {
      return all.size;
    },
    has: (kept) => all.has(kept),
    add(kept) {
      const { form, key } = placeOf(kept);
      const shelf = shelves.get(form.join()) ?? { form, byKey: new Map<string, Set<KeptDecision>>() };
      shelves.set(form.join(), shelf);
      shelf.byKey.set(key, (shelf.byKey.get(key) ?? new Set()).add(kept));
      all.add(kept);
      countMaintenance(kept, 1);
    },
    remove(kept) {
      const { form, key } = placeOf(kept);
      const shelf = shelves.get(form.join());
      const same = shelf?.byKey.get(key);
      same?.delete(kept);
      if (same?.size === 0) shelf?.byKey.delete(key);
      if (shelf?.byKey.size === 0) shelves.delete(form.join());
      if (all.delete(kept)) countMaintenance(kept, -1);
    },
    about(finding) {
      const about = found(finding);
      return about.length < 2 ? about : [...about].sort(oldestFirst);
    },
    isInMaintenance: (node) => maintained.has(undefined) || maintained.has(node),
  };
}

/** Those of one moment always in the same order. */
function oldestFirst({ decision: a }: KeptDecision, { decision: b }: KeptDecision): number {
  return a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1;
}

function placeOf({ decision: { scope } }: KeptDecision): { readonly form: Form; readonly key: string } {
  const { node, rule, subject } = scope;
  const form: Form = [node !== undefined, rule !== undefined, subject !== undefined];
  return { form, key: keyOf(form, node ?? "", { rule: rule ?? "", subject: subject ?? { kind: "", id: "" } }) };
}

/** Two that share one are told apart afterwards. */
function keyOf([, hasRule, hasSubject]: Form, node: string, { rule, subject }: Pick<Finding, "rule" | "subject">): string {
  return `${node}\n${hasRule ? rule : ""}\n${hasSubject ? `${subject.kind}\n${subject.id}` : ""}`;
}
