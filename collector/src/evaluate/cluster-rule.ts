/**
 * The contract of a rule about the cluster as a whole: as rule.ts has it, but over all Nodes at once. It is asked only while the list of Nodes is
 * complete and the API server was heard of lately; else all of its findings are held, whatever they are about.
 */
import type { BackupJob } from "../state/cluster/backup-job.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import type { NodeState } from "../state/node-state.ts";
import type { SubjectView } from "../state/node-view.ts";
import type { RuleTerms, Verdict } from "./rule.ts";

/** The cluster at a moment. */
export interface ClusterRuleView {
  readonly nowMs: number;
  /** All that there are. */
  readonly nodes: readonly ClusterNode[];
  /** Of the API server, e.g. v1.33.6+k3s1; undefined until it said so. */
  readonly version: string | undefined;
  /** What the agent of a Node says by a probe of a kind of which there is one. */
  agent(node: ClusterNode, probe: string, kind: string): AgentWord;
  /** All that is known of the machine whose agent speaks in a name, be it proven and the Node's own or not; undefined: none was ever heard. */
  machine(name: string): NodeState | undefined;
  /** Since when this process hears agents (ms since 1970): what is older was said to another. */
  readonly startedAtMs: number;
  /** Addresses that were those of Nodes which are gone, as far as this process saw them go. */
  readonly formerAddresses: ReadonlyMap<string, FormerAddress>;
  /** Undefined while it is not known whole; empty where it is not installed. */
  readonly longhorn: LonghornFacts | undefined;
  /** What was last heard of all that backups depend on, by the policy; undefined until it was asked. */
  readonly backups: readonly BackupJob[] | undefined;
  /** How old a backup may be, in ms. */
  readonly maximumBackupAgeMs: number;
  /** The wildcard name that the policy wants looked at; undefined: none. */
  readonly wildcard: WildcardRecord | undefined;
}

/** An agent, as rules about the cluster may conclude from it. */
export type AgentWord =
  /** No agent of this name was ever heard: there is nobody to wait for. */
  | { readonly kind: "none" }
  /** There is one, and it did not prove to be this Node's machine, or said nothing of this. */
  | { readonly kind: "unknown" }
  | { readonly kind: "said"; readonly subject: SubjectView };

/** Longhorn, as rules look at it. */
export type LonghornFacts = Pick<
  LonghornView,
  "node" | "nodes" | "volumes" | "storageClasses" | "backupTargets" | "setting" | "version"
>;

/** Whose address it was. */
export interface FormerAddress {
  readonly node: string;
  readonly goneSinceMs: number;
}

/** A wildcard name and what was last answered for a random name below it. */
export interface WildcardRecord {
  /** e.g. *.home.example */
  readonly name: string;
  readonly answer: WildcardAnswer;
}

/** The answer. */
export type WildcardAnswer =
  /** Empty: there is no such name, or it has no address. */
  | { readonly kind: "addresses"; readonly addresses: readonly string[]; readonly askedAtMs: number }
  /** Not asked yet, or no server could tell. */
  | { readonly kind: "unknown"; readonly reason: string };

/** A rule. What it says nothing of is held, but for subjects of kind "node" that are no Nodes any more, and where it is whole: those are clear. */
export interface ClusterRule extends RuleTerms {
  evaluate(view: ClusterRuleView): readonly Verdict[];
  /** True where it says something of all that there is, so that what it says nothing of is gone, or as it should be. Not there: never. */
  readonly isWhole?: (view: ClusterRuleView) => boolean;
}

/** Checks a rule's shape at compile time. */
export function defineClusterRule(rule: ClusterRule): ClusterRule {
  return rule;
}
