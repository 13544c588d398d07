/** Facts of nodes for tests: all of it known, or all but some groups. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { NodeFactsSchema } from "@nodekeeper/proto";
import { groupName, groupText } from "../facts/group-text.ts";
import type { FactGroup, GroupState, KnownFacts } from "../known-facts.ts";

/** What facts are made of; not a message that was made already. */
export type FactsInit = Exclude<MessageInitShape<typeof NodeFactsSchema>, { readonly $typeName: string }>;

/** Every group. */
export const factGroups: readonly FactGroup[] = [
  "name",
  "machine",
  "disks",
  "systemDisk",
  "gpus",
  "tailnet",
  "ollama",
  "k3s",
  "longhorn",
  "cluster",
  "disk",
];

/** Facts that are known but for the groups in `unknown`, each with why. */
export function madeFacts(
  init: FactsInit,
  unknown: Partial<Record<FactGroup, string>> = {},
  gaps: Partial<Record<FactGroup, Readonly<Record<string, string>>>> = {},
): KnownFacts {
  const entries = Object.entries(init).filter(([group]) => !Object.hasOwn(unknown, group));
  const facts = create(NodeFactsSchema, Object.fromEntries(entries));
  const state = (group: FactGroup): GroupState => {
    const reason = unknown[group];
    const common = { path: groupName(group), probe: "", freshness: "fresh" as const };
    if (reason !== undefined) return { kind: "unknown", reason, read: { ...common, value: "", freshness: "unknown" } };
    const gap = gaps[group];
    return { kind: "known", read: { ...common, value: groupText(facts, group) }, ...(gap === undefined ? {} : { gaps: gap }) };
  };
  return {
    facts,
    groups: {
      name: state("name"),
      machine: state("machine"),
      disks: state("disks"),
      systemDisk: state("systemDisk"),
      gpus: state("gpus"),
      tailnet: state("tailnet"),
      ollama: state("ollama"),
      k3s: state("k3s"),
      longhorn: state("longhorn"),
      cluster: state("cluster"),
      disk: state("disk"),
    },
  };
}
