/** A group of facts in a line: what is known of it, shortened. */
import { create, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type NodeFacts, NodeFactsSchema } from "@nodekeeper/proto";
import type { FactGroup } from "../known-facts.ts";

const maximumLength = 240;

/** The name of a group as policies write it, e.g. system_disk. */
export function groupName(group: FactGroup): string {
  return NodeFactsSchema.field[group].name;
}

/** e.g. "type nvme, size_gib 931, is_fast true"; "none" of an empty list. */
export function groupText(facts: NodeFacts, group: FactGroup): string {
  const only = create(NodeFactsSchema, { [group]: facts[group] });
  const json = toJson(NodeFactsSchema, only, { useProtoFieldName: true, alwaysEmitImplicit: true });
  // The text of a message is an object, of which one field was set.
  const text = textOf((json as Record<string, JsonValue>)[groupName(group)]);
  return text.length > maximumLength ? `${text.slice(0, maximumLength - 1)}…` : text;
}

function textOf(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(textOf).join("; ");
  if (value === "") return '""';
  if (typeof value !== "object" || value === null) return String(value ?? "");
  return Object.entries(value)
    .map(([name, inner]) => (name === "labels" ? countOf(inner) : `${name} ${textOf(inner)}`))
    .join(", ");
}

/** A Node has dozens of labels, of which an expression reads one. */
function countOf(labels: JsonValue): string {
  const count = typeof labels === "object" && labels !== null ? Object.keys(labels).length : 0;
  return `${count} labels`;
}
