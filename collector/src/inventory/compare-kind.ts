/** (things remembered, one observation) → things remembered, and what changed. Pure; one kind at a time. */
import { Outcome } from "@nodekeeper/proto";
import type { Change } from "@nodekeeper/shared/api";
import type { FieldValue, InventoryItem } from "../state/node-inventory.ts";
import type { ProbeState } from "../state/node-state.ts";
import type { SubjectState } from "../state/subject-state.ts";
import type { Described, InventoryKind } from "./inventory-kinds.ts";

/** What became of a thing. */
export interface ItemEvent {
  readonly change: Exclude<Change["change"], "first_seen" | "moved_here" | "moved_away">;
  /** As it is now; as it last was, when it is gone. */
  readonly item: InventoryItem;
  readonly fields: Change["fields"];
}

/** What an observation did to the things of a kind. */
export interface Compared {
  readonly items: readonly InventoryItem[];
  readonly events: readonly ItemEvent[];
  /** True when the list of this kind was whole, and what could not be read of it is known. */
  readonly isWhole: boolean;
}

/** More things of a kind than any machine has are not remembered. */
const maximumItems = 1024;

/** Compares the things of `kind` that were remembered with those that a probe speaks of. */
export function compareKind(kind: InventoryKind, before: readonly InventoryItem[], probe: ProbeState): Compared {
  // Subjects of which this observation does not speak stay in the state as they were.
  const said = [...probe.subjects.values()].filter(
    (subject) => subject.kind === kind.kind && subject.observedAtMs === probe.observedAtMs,
  );
  const after: InventoryItem[] = [];
  const events: ItemEvent[] = [];
  const left = new Set(before);
  /** Subjects that are things which are remembered now. */
  const known = new Set<SubjectState>();
  for (const subject of said) {
    const read = describe(kind, subject);
    if (read === undefined) continue;
    const item = find(left, read);
    // A reading that is repeated, since the disk sleeps, says nothing new of what is known.
    if (item !== undefined && subject.readAtMs !== subject.observedAtMs) continue;
    if (item === undefined && (after.length >= maximumItems || find(after, read) !== undefined)) continue;
    if (item !== undefined) left.delete(item);
    const followed = follow(kind, item, subject, read);
    known.add(subject);
    after.push(followed.item);
    if (followed.event !== undefined) events.push(followed.event);
  }
  const unmatched = said.filter((subject) => !known.has(subject));
  // A subject that failed under a name that nobody knows may be any of those that are not there, also where the state took them for absent.
  const isUnclear = unmatched.some(({ outcome, id }) => outcome === Outcome.FAILED && !before.some((item) => isNamed(item, id)));
  const isWhole = !isUnclear && probe.outcome === Outcome.OK && probe.lists.get(kind.kind)?.isComplete === true;
  for (const item of left) {
    if (item.gone !== undefined || isUnclear || !isProvenGone(item, unmatched, isWhole)) {
      after.push(item);
      continue;
    }
    // Of a disk it is remembered that it was here: it is missed, and it may turn up again.
    const gone = { ...item, gone: { sinceMs: probe.observedAtMs, reason: "missing" as const } };
    if (item.attachment !== undefined) after.push(gone);
    if (kind.isCounted) events.push({ change: "disappeared", item: gone, fields: fieldsOf(item, "before") });
  }
  return { items: isSameList(before, after) ? before : after, events, isWhole };
}

function describe(kind: InventoryKind, { outcome, value, id }: SubjectState): Described | undefined {
  return outcome === Outcome.OK && value !== undefined ? kind.describe(id, value) : undefined;
}

/** The thing among those that are known, by any name that is its own; one that is there before one that was. */
function find(items: Iterable<InventoryItem>, read: Described): InventoryItem | undefined {
  let found: InventoryItem | undefined;
  for (const item of items) {
    if (!item.identities.some((identity) => read.identities.includes(identity))) continue;
    if (item.gone === undefined) return item;
    found ??= item;
  }
  return found;
}

function follow(
  kind: InventoryKind,
  known: InventoryItem | undefined,
  { id, observedAtMs }: SubjectState,
  read: Described,
): { readonly item: InventoryItem; readonly event: ItemEvent | undefined } {
  const { identities, name, attachment } = read;
  const rest = attachment === undefined ? {} : { attachment };
  if (known === undefined) {
    const item = { kind: kind.kind, id, identities, name, fields: read.fields, ...rest, sinceMs: observedAtMs };
    return { item, event: kind.isCounted ? { change: "appeared", item, fields: fieldsOf(item, "after") } : undefined };
  }
  const changed = Object.keys(read.fields).filter((field) => isOther(known.fields[field], read.fields[field], kind, field));
  const taken = Object.keys(read.fields).filter(
    (field) =>
      changed.includes(field) || isCut(known.fields[field], read.fields[field], kind, field) || known.fields[field] === undefined,
  );
  const fields = { ...known.fields, ...Object.fromEntries(taken.map((field) => [field, read.fields[field] ?? ""])) };
  const isBack = known.gone !== undefined;
  const item: InventoryItem = {
    ...{ kind: kind.kind, id, name, fields: taken.length === 0 ? known.fields : fields, ...rest },
    identities: isSameNames(known.identities, identities) ? known.identities : identities,
    sinceMs: isBack ? observedAtMs : known.sinceMs,
  };
  const differences = changed.map((field) => ({ name: field, ...bothSides(known.fields[field], read.fields[field]) }));
  const isUnchanged =
    !isBack &&
    taken.length === 0 &&
    item.identities === known.identities &&
    item.id === known.id &&
    item.name === known.name &&
    item.attachment === known.attachment;
  if (isUnchanged) return { item: known, event: undefined };
  if (isBack) return { item, event: { change: "returned", item, fields: differences } };
  return { item, event: differences.length === 0 ? undefined : { change: "changed", item, fields: differences } };
}

/** Unknown before is no change: somebody looked closer. */
function isOther(before: FieldValue | undefined, after: FieldValue | undefined, kind: InventoryKind, field: string): boolean {
  if (before === undefined || after === undefined || before === after) return false;
  if (typeof before !== "number" || typeof after !== "number") {
    return !isCut(before, after, kind, field) && !isCut(after, before, kind, field);
  }
  return Math.abs(after - before) > kind.tolerance * Math.max(Math.abs(before), Math.abs(after));
}

/** True for a text that is what the kernel says of the whole. */
function isCut(text: FieldValue | undefined, whole: FieldValue | undefined, { cutAt }: InventoryKind, field: string): boolean {
  const length = cutAt[field];
  if (length === undefined || typeof whole !== "string" || whole.length <= length) return false;
  return text === whole.slice(0, length).trim() || text === whole.slice(-length).trim();
}

/** A thing is gone when it is said to be absent (also by a probe that finds nothing at all any more), or when a whole list lacks it. */
function isProvenGone(item: InventoryItem, unmatched: readonly SubjectState[], isWhole: boolean): boolean {
  const own = unmatched.find((subject) => isNamed(item, subject.id));
  return own === undefined ? isWhole : own.outcome === Outcome.ABSENT;
}

function isNamed(item: InventoryItem, id: string): boolean {
  return item.id === id || item.identities.includes(id);
}

function fieldsOf(item: InventoryItem, side: "before" | "after"): Change["fields"] {
  return Object.entries(item.fields).map(([name, value]) => ({ name, [side]: value }));
}

function bothSides(before: FieldValue | undefined, after: FieldValue | undefined): Omit<Change["fields"][number], "name"> {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function isSameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function isSameList(before: readonly InventoryItem[], after: readonly InventoryItem[]): boolean {
  if (before.length !== after.length) return false;
  const known = new Set(before);
  return after.every((item) => known.has(item));
}
