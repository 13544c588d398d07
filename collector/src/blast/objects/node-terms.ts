/** Terms by which a pod or a volume chooses nodes (core/v1 NodeSelectorTerm), as the scheduler reads them. */
import { type Fields, fieldsAt, listAt, textAt } from "@nodekeeper/shared";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";

/** One requirement of a label, or of the name. */
export interface NodeRequirement {
  readonly key: string;
  /** In, NotIn, Exists, DoesNotExist, Gt, Lt. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** All requirements of it must hold. */
export interface NodeTerm {
  readonly labels: readonly NodeRequirement[];
  /** Of fields; the only one that there is, is metadata.name. */
  readonly fields: readonly NodeRequirement[];
}

/** Reads the NodeSelector that stands under a name: one of its terms must hold. Undefined: nothing is required. */
export function requiredTerms(fields: Fields, name: string): readonly NodeTerm[] | undefined {
  const selector = fieldsAt(fields, name);
  if (!Array.isArray(selector["nodeSelectorTerms"])) return undefined;
  return listAt(selector, "nodeSelectorTerms").map((term) => ({
    labels: listAt(term, "matchExpressions").map(requirementOf),
    fields: listAt(term, "matchFields").map(requirementOf),
  }));
}

/** Whether a node is chosen. A term without requirements chooses none, as Kubernetes has it. */
export function choosesNode(terms: readonly NodeTerm[] | undefined, node: Pick<ClusterNode, "name" | "labels">): boolean {
  if (terms === undefined) return true;
  return terms.some(
    ({ labels, fields }) =>
      labels.length + fields.length > 0 &&
      labels.every((one) => holds(one, node.labels[one.key])) &&
      fields.every((one) => one.key === "metadata.name" && holds(one, node.name)),
  );
}

function holds({ operator, values }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return Number.parseInt(value ?? "", 10) > Number.parseInt(values[0] ?? "", 10);
    case "Lt":
      return Number.parseInt(value ?? "", 10) < Number.parseInt(values[0] ?? "", 10);
    default:
      return false; // the API server takes no other
  }
}

function requirementOf(fields: Fields): NodeRequirement {
  const { values } = fields;
  return {
    key: textAt(fields, "key") ?? "",
    operator: textAt(fields, "operator") ?? "",
    values: Array.isArray(values) ? values.filter((value) => typeof value === "string") : [],
  };
}
