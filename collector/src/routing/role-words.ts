/** What the Ollama of each node is for, by the policy. What cannot be told now is as it was, while the policy says the same and the agent's word is proven. */
import { knownFactsOf } from "../policy/known-facts-of.ts";
import type { PolicySource } from "../policy/policy.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { isProven } from "../state/node-proof.ts";
import type { NodeState } from "../state/node-state.ts";
import type { Role, RoleWord } from "./backend.ts";

/** The words. */
export interface RoleWords {
  /** `nowMs` is ms since 1970. */
  of(node: NodeState, clusterNode: ClusterNode | undefined, nowMs: number): Readonly<Record<Role, RoleWord>>;
  /** The node is not there any more: another one of its name begins anew. */
  forget(name: string): void;
}

/** A word, and the expression by which it was found. */
interface Told {
  readonly word: RoleWord;
  readonly text: string;
}

/** Nothing was told yet; `startedAtMs`: since when agents are heard. */
export function createRoleWords(policy: Pick<PolicySource, "current">, startedAtMs: number): RoleWords {
  const told = new Map<string, Partial<Record<Role, Told>>>();
  return {
    of(node, clusterNode, nowMs) {
      const { routing } = policy.current;
      const facts = knownFactsOf({ node, clusterNode, nowMs, startedAtMs });
      const before = told.get(node.name);
      const now: Partial<Record<Role, Told>> = {};
      const wordOf = (role: Role): RoleWord => {
        const expression = routing[role];
        if (expression === undefined) return { word: "no", because: "the policy has no server for it" };
        const { text } = expression;
        const decided = expression.evaluate(facts);
        if (decided.kind === "undecided") {
          const known = before?.[role];
          if (known === undefined || known.text !== text || !isProven(node))
            return { word: "undecided", because: decided.reason };
          now[role] = known;
          return known.word;
        }
        const word: RoleWord =
          decided.value === true ? { word: "yes", because: text } : { word: "no", because: `not so: ${text}` };
        now[role] = { word, text };
        return word;
      };
      const words = { generation: wordOf("generation"), embeddings: wordOf("embeddings") };
      told.set(node.name, now);
      return words;
    },
    forget: (name) => void told.delete(name),
  };
}
