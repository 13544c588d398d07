/** The facts of a node for expressions: NodeFacts, and of each of its groups whether it may be concluded from. */
import type { NodeFacts } from "@nodekeeper/proto";
import type { FactRead } from "@nodekeeper/shared/api";

/** Groups are the fields of NodeFacts (node_facts.proto), e.g. disks, gpus, tailnet. */
export type FactGroup = Exclude<keyof NodeFacts, "$typeName" | "$unknown">;

/** What is known of a node. */
export interface KnownFacts {
  /** What could be read; a scalar that is unset inside of a group is unknown by itself. */
  readonly facts: NodeFacts;
  /** By group: fresh, complete and received since this process started, or why not. */
  readonly groups: Readonly<Record<FactGroup, GroupState>>;
}

/** Whether a group may be concluded from. */
export type GroupState = KnownGroup | UnknownGroup;

/** It may. */
export interface KnownGroup {
  readonly kind: "known";
  readonly read: FactRead;
  /** By field, as the message names it: why a list inside of the group is not known. */
  readonly gaps?: Readonly<Record<string, string>>;
}

/** It may not; what is read of it is not in `facts`. */
export interface UnknownGroup {
  readonly kind: "unknown";
  readonly reason: string;
  readonly read: FactRead;
}
