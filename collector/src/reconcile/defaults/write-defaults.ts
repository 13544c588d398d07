/** Writes what a Node says to Longhorn, together with the ledger, in one JSON Patch that holds for the very version that was seen: all of it, or nothing. */
import type { JsonPatchOperation } from "../../clients/kubernetes/object-kind.ts";
import type { Operation } from "../reconciler.ts";
import { nameOfKey } from "../support/label-syntax.ts";
import { type Ledger, readLedger, withEntries } from "../support/ledger.ts";
import { annotationPath, labelPath, ledgerOperations, onlyAsSeen } from "../support/node-patch.ts";
import { type DefaultedNode, defaultsName, isLabel } from "./see-defaults.ts";

/** The patch that does them. */
export function defaultsPatch(operations: readonly Operation[], seen: DefaultedNode): readonly JsonPatchOperation[] {
  const { node, domain, notedIn } = seen;
  const domains = new Set(operations.map(({ item }) => notedIn.get(item) ?? domain));
  // The ledger first: on a Node without annotations it makes the place for them.
  const ledgers = [...domains].flatMap((each) => ledgerOperations(node, each, ledgerAfter(operations, each, seen)));
  const isWithoutLabels = Object.keys(node.labels).length === 0 && operations.some(({ item }) => isLabel(item));
  return [
    ...onlyAsSeen(node),
    ...ledgers,
    ...(isWithoutLabels ? [{ op: "add", path: "/metadata/labels", value: {} } as const] : []),
    ...operations.flatMap(patchOf),
  ];
}

function patchOf({ item, before, after }: Operation): readonly JsonPatchOperation[] {
  const path = isLabel(item) ? labelPath(item) : annotationPath(item);
  if (before === after) return []; // our claim only
  const asSeen = before === undefined ? [] : [{ op: "test", path, value: before } as const];
  return [...asSeen, after === undefined ? { op: "remove", path } : { op: "add", path, value: after }];
}

/** The ledger of a domain when these are done. Nothing was there before us: what others wrote is never taken over. */
function ledgerAfter(operations: readonly Operation[], domain: string, seen: DefaultedNode): Ledger {
  const { ledger } = readLedger(seen.node.annotations, domain);
  const entries = new Map(ledger.get(defaultsName) ?? []);
  for (const { item, before, after } of operations) {
    if ((seen.notedIn.get(item) ?? seen.domain) !== domain) continue;
    if (after === undefined || after === before) entries.delete(nameOfKey(item));
    else entries.set(nameOfKey(item), { wrote: after, was: undefined });
  }
  return withEntries(ledger, defaultsName, entries);
}
