/** A change in one sentence. */
import { assertNever } from "@nodekeeper/shared";
import type { Change } from "@nodekeeper/shared/api";
import { formatSize } from "@nodekeeper/shared/format";

/** What the sentence is made of. */
export interface ToldChange extends Pick<Change, "change" | "fields"> {
  /** What changed, e.g. "Samsung SSD 980 PRO 1TB (nvme0n1)". */
  readonly name: string;
  readonly otherNode?: string;
}

/** The sentence, without a full stop. */
export function changeText({ change, name, fields, otherNode }: ToldChange): string {
  switch (change) {
    case "first_seen":
      return fields.some((field) => field.before !== undefined)
        ? "the machine was replaced: another one bears this name now"
        : "seen for the first time";
    case "appeared":
      return otherNode === undefined ? `${name} appeared` : `${name} appeared; it was last known on ${otherNode}`;
    case "returned":
      return `${name} is back${fields.length === 0 ? "" : `, with ${differences(fields)}`}`;
    case "disappeared":
      return `${name} is gone`;
    case "moved_here":
      return `${name} moved here from ${otherNode ?? "another node"}`;
    case "moved_away":
      return `${name} moved to ${otherNode ?? "another node"}`;
    case "changed":
      return `${name}: ${differences(fields)}`;
    default:
      return assertNever(change, "change");
  }
}

function differences(fields: Change["fields"]): string {
  return fields
    .map(({ name, before, after }) => `${wordsOf(name)} ${valueText(name, before)} → ${valueText(name, after)}`)
    .join(", ");
}

/** firmwareRevision → "firmware revision"; the unit stands with the value. */
function wordsOf(name: string): string {
  return name
    .replace(/Bytes$/, "")
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
}

function valueText(name: string, value: string | number | undefined): string {
  if (value === undefined) return "unknown";
  // As Ollama shows them: the whole is in the change's fields.
  if (name === "digest")
    return String(value)
      .replace(/^sha256:/, "")
      .slice(0, 12);
  return name.endsWith("Bytes") && typeof value === "number" ? formatSize(value) : String(value);
}
