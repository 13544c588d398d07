/**
 * Writes tags and switches together with the ledger, in one JSON Patch that says of each field how it was seen. It does not ask for the version that was
 * seen: Longhorn writes its status every few seconds, and that changes nothing of ours.
 */
import { type Fields, fieldsAt, isFields } from "@nodekeeper/shared";
import type { JsonPatchOperation } from "../../clients/kubernetes/object-kind.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { LedgerEntry, Operation } from "../reconciler.ts";
import { type Ledger, ledgerAnnotation, ledgerText, otherLedgers, readLedger, withEntries } from "../support/ledger.ts";
import { annotationPath, escapedPointer } from "../support/node-patch.ts";
import { itemOf, type LonghornItem } from "./longhorn-items.ts";
import { isOfSameDisk, type LonghornDisksSeen, longhornDisksName, uuidOf } from "./see-longhorn-disks.ts";

/** The patch that does them. A field that is not there is seen as null. */
export function longhornPatch(operations: readonly Operation[], seen: LonghornDisksSeen): readonly JsonPatchOperation[] {
  const { uid, domain, node } = seen;
  const done = operations.flatMap((operation) => {
    const item = itemOf(operation.item);
    return item === undefined || operation.after === operation.before ? [] : [{ ...operation, on: item }];
  });
  const ledgers = [domain, ...otherLedgers(node.annotations, domain)];
  const isAnnotated =
    Object.keys(node.annotations).length > 0 || isFields(fieldsAt(seen.object ?? {}, "metadata")["annotations"]);
  return [
    { op: "test", path: "/metadata/uid", value: uid },
    ...fieldOperations(done, specOf(seen)),
    ...(isAnnotated ? [] : annotationsBegin),
    ...ledgers.flatMap((each) => ledgerOperations(each, operations, seen)),
  ];
}

type Done = Operation & { readonly on: LonghornItem };

/** The object itself where it was just read: lists may be in any order there. */
function specOf({ object, node }: LonghornDisksSeen): Fields {
  if (object !== undefined) return fieldsAt(object, "spec");
  const disks = [...node.disks.values()].map((disk) => [disk.name, { ...disk, tags: disk.hasTagsField ? disk.tags : undefined }]);
  return { tags: node.tags, disks: Object.fromEntries(disks) };
}

const annotationsBegin: readonly JsonPatchOperation[] = [
  { op: "test", path: "/metadata/annotations", value: null },
  { op: "add", path: "/metadata/annotations", value: {} },
];

function fieldOperations(done: readonly Done[], spec: Fields): readonly JsonPatchOperation[] {
  const nodeTags = done.filter(({ on }) => on.kind === "node-tag");
  const names = new Set(done.flatMap(({ on }) => (on.kind === "node-tag" ? [] : [on.disk])));
  return [
    ...listOperations("/spec/tags", spec["tags"], nodeTags),
    ...[...names].flatMap((name) => {
      const ofDisk = done.filter(({ on }) => on.kind !== "node-tag" && on.disk === name);
      return diskOperations(name, diskOf(spec, name), ofDisk);
    }),
  ];
}

function diskOf(spec: Fields, name: string): Fields {
  const disks = fieldsAt(spec, "disks");
  const disk = Object.hasOwn(disks, name) ? disks[name] : undefined;
  return isFields(disk) ? disk : {};
}

/** The disk must be the one that was seen. One that is to be emptied must be out of scheduling, by this patch or before it. */
function diskOperations(name: string, disk: Fields, done: readonly Done[]): readonly JsonPatchOperation[] {
  const path = `/spec/disks/${escapedPointer(name)}`;
  const switches = done.flatMap(({ on, after }) => (on.kind === "switch" ? [{ field: on.field, after }] : []));
  const isEmptied = switches.some(({ field, after }) => field === "evictionRequested" && after === "true");
  const isAsked = switches.some(({ field }) => field === "allowScheduling");
  return [
    { op: "test", path: `${path}/path`, value: disk["path"] ?? null },
    ...listOperations(
      `${path}/tags`,
      disk["tags"],
      done.filter(({ on }) => on.kind === "disk-tag"),
    ),
    ...(isEmptied && !isAsked ? [{ op: "test", path: `${path}/allowScheduling`, value: false } as const] : []),
    ...switches.flatMap(({ field, after }) => valueOperations(`${path}/${field}`, disk[field], after === "true")),
  ];
}

/** A list of tags is one field to Kubernetes. Longhorn sorts it, and has each once. */
function listOperations(path: string, before: unknown, done: readonly Done[]): readonly JsonPatchOperation[] {
  if (done.length === 0) return [];
  const tags = new Set<unknown>(Array.isArray(before) ? before : []);
  for (const { on, after } of done) {
    if (on.kind === "switch") continue;
    if (after === undefined) tags.delete(on.tag);
    else tags.add(on.tag);
  }
  return valueOperations(path, before, [...tags].sort());
}

function valueOperations(path: string, before: unknown, after: unknown): readonly JsonPatchOperation[] {
  return [
    { op: "test", path, value: before ?? null },
    { op: "add", path, value: after },
  ];
}

/** What is released is in no ledger any more, and what is written in that of our domain, whichever it was in before. */
function ledgerOperations(
  domain: string,
  operations: readonly Operation[],
  { node, domain: own }: LonghornDisksSeen,
): readonly JsonPatchOperation[] {
  const { annotations } = node;
  const { ledger } = readLedger(annotations, domain);
  const after = ledgerText(ledgerAfter(ledger, operations, node, domain === own));
  const key = ledgerAnnotation(domain);
  const before = annotations[key];
  if (before === after) return [];
  const path = annotationPath(key);
  const test = { op: "test", path, value: before ?? null } as const;
  return after === undefined ? [test, { op: "remove", path }] : [test, { op: "add", path, value: after }];
}

function ledgerAfter(ledger: Ledger, operations: readonly Operation[], node: LonghornNode, isOurs: boolean): Ledger {
  const entries = new Map<string, LedgerEntry>(ledger.get(longhornDisksName) ?? []);
  for (const { item, kind, before, after } of operations) {
    const known = entries.get(item);
    const was = known !== undefined && isOfSameDisk(node, item, known) ? known.was : before;
    const isWritten = kind !== "remove" && kind !== "restore" && after !== undefined && after !== before;
    const of = uuidOf(node, item);
    if (isWritten && isOurs) entries.set(item, of === undefined ? { wrote: after, was } : { wrote: after, was, of });
    else entries.delete(item);
  }
  return withEntries(ledger, longhornDisksName, entries);
}
