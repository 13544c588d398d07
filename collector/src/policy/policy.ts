/** The policy: what its owner wants of the cluster. One YAML file, or what is built in; immutable, replaced as a whole when the file changes. */
import type { ActionClass, Mode, OnboardingStepName } from "@nodekeeper/shared/api";
import type { Expression } from "./expression.ts";

/** A policy that was read and found good. */
export interface Policy {
  /** "built in", or the file's path. */
  readonly source: string;
  /** SHA-256 of its text, hex. */
  readonly hash: string;
  /** Every key that we write is DOMAIN/key, e.g. nodekeeper.axiomlayer.com. */
  readonly domain: string;
  readonly modes: Readonly<Record<ActionClass, Mode>>;
  readonly dwell: Dwell;
  readonly labels: readonly LabelRule[];
  readonly taints: readonly TaintRule[];
  /** Types of the conditions that are written. */
  readonly conditions: readonly ConditionType[];
  readonly advice: Advice;
  readonly storage: StoragePolicy;
  readonly onboarding: OnboardingPolicy;
  readonly backups: BackupPolicy;
  readonly routing: RoutingPolicy;
}

/** How long a change must hold before it is acted upon; a fault that a device declares itself does not wait. */
export interface Dwell {
  /** Another value of something that we wrote. */
  readonly changeMs: number;
  /** Taking something away. */
  readonly removeMs: number;
}

/** A label. */
export interface LabelRule {
  /** Without the domain, e.g. gpu.product. */
  readonly key: string;
  /** Gives a text, a number, a boolean, or null where the label is not to be. */
  readonly value: Expression;
}

/** A taint, which is there while its expression is true. */
export interface TaintRule {
  /** Without the domain. */
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule";
  readonly when: Expression;
}

/** The conditions that there are. */
export type ConditionType = "DiskHealthy" | "TailnetConnected" | "GPUHealthy" | "StoragePrerequisites";

/** What is written on Longhorn's nodes. */
export interface StoragePolicy {
  /** Tags of disks: what a disk is. The expression may also read `disk` (DiskFacts), which is each physical disk behind Longhorn's: it must hold for all. */
  readonly diskTags: readonly TagRule[];
  readonly nodeTags: readonly TagRule[];
  /**
   * Folders that are to be Longhorn's disks on a new node, where Longhorn waits to be told (its setting create-default-disk-labeled-nodes); empty:
   * it is told nothing. A folder that is no mount point there is left out, but for Longhorn's own default.
   */
  readonly defaultDisks: readonly string[];
}

/** A tag, which is there while its expression is true. */
export interface TagRule {
  readonly tag: string;
  readonly when: Expression;
}

/** What a machine must have to be ready. */
export interface OnboardingPolicy {
  /** Steps that no machine needs. */
  readonly skip: readonly OnboardingStepName[];
  /** Which Nodes are to have an agent, by true or false; undefined: all. */
  readonly agent: Expression | undefined;
  /** Where Longhorn is installed, which machines are to be its nodes, by true or false; undefined: all that are Nodes of the cluster. */
  readonly longhorn: Expression | undefined;
}

/** Where backups are looked for, and how old they may be. */
export interface BackupPolicy {
  /** CronJobs that make backups, as NAMESPACE/NAME. */
  readonly cronJobs: readonly string[];
  /** Deployments that the way to the backups leads through, as NAMESPACE/NAME. */
  readonly deployments: readonly string[];
  /** How old the last success of a CronJob, and the last backup of a volume that has any, may be. */
  readonly maximumAgeMs: number;
}

/** Which Ollama servers take which requests. */
export interface RoutingPolicy {
  /** Whether the Ollama of a node is for it, by true or false; undefined: none is. */
  readonly generation: Expression | undefined;
  readonly embeddings: Expression | undefined;
  /** Servers on machines without an agent. */
  readonly servers: readonly RoutedServer[];
}

/** An Ollama server of which no agent speaks. */
export interface RoutedServer {
  readonly name: string;
  /** Without a path. */
  readonly url: string;
  readonly roles: readonly ("generation" | "embeddings")[];
}

/** What is looked at in the cluster besides its nodes. */
export interface Advice {
  /** A name such as *.home.example, whose addresses should be those of the nodes; undefined: none is looked at. */
  readonly wildcardName: string | undefined;
}

/** Where the present policy is found. */
export interface PolicySource {
  readonly current: Policy;
  /** Why the file as it is now is not in force, all of it at once; empty while it is. */
  problems(): readonly string[];
  onChanged(listener: () => void): Disposable;
}
