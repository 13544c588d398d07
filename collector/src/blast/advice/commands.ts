/** Commands as they are typed. */
import { shellWord } from "@nodekeeper/shared";
import type { Blast } from "@nodekeeper/shared/api";

/** What to do, and where. */
export type Step = Blast["next"][number];

/** Where kubectl is. */
export const withKubectl = "a machine with kubectl";

/** A JSON Patch of one object of Longhorn. `add` sets what is there too, and fails where the object around it is not. */
export function patchCommand(namespace: string, object: string, fields: Readonly<Record<string, unknown>>): string {
  const operations = Object.entries(fields).map(([path, value]) => ({ op: "add", path, value }));
  return `kubectl -n ${namespace} patch ${object} --type json -p ${shellWord(JSON.stringify(operations))}`;
}

/** A part of a path in a JSON Patch (RFC 6901). */
export function pointer(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
