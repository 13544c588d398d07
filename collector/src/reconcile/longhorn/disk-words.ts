/** What is said of a disk of Longhorn in reasons and facts. */
import type { FactRead } from "@nodekeeper/shared/api";
import type { MatchedDisk } from "../../longhorn/disk-match.ts";
import type { Wanted } from "../reconciler.ts";

/** Where it is by Longhorn, and which disks stand behind it. */
export function factsOfDisk({ disk: { name, path }, match }: MatchedDisk): readonly FactRead[] {
  const at: FactRead = { path: `longhorn.disks.${name}.path`, value: path, probe: "", freshness: "fresh" };
  if (match.kind !== "matched") return [at];
  return [at, ...match.blockDevices.map((id): FactRead => ({ path: "disk", value: id, probe: "disks", freshness: "fresh" }))];
}

/** Of one that is not matched nothing can be told. */
export function heldDisk(matched: MatchedDisk, place: string): Wanted {
  const { match } = matched;
  const said = match.kind === "mismatched" ? match.text : match.kind === "unknown" ? match.reason : "";
  const reason = `which of the machine's disks it is cannot be told: ${said}`;
  return { kind: "hold", reason, why: { text: reason, place, expression: "", facts: factsOfDisk(matched) } };
}
