/** Takes the start-up taint away and notes it in the ledger, in one JSON Patch that holds for the very version that was seen. */
import type { JsonPatchOperation } from "../../clients/kubernetes/object-kind.ts";
import type { Operation } from "../reconciler.ts";
import { domainOfKey, nameOfKey } from "../support/label-syntax.ts";
import { type Ledger, readLedger, withEntries } from "../support/ledger.ts";
import { ledgerOperations, onlyAsSeen } from "../support/node-patch.ts";
import { type StartedNode, startupName } from "./see-startup.ts";

/** The patch that does them. */
export function startupPatch(operations: readonly Operation[], { node }: StartedNode): readonly JsonPatchOperation[] {
  const removed = operations.filter(({ after, before }) => after !== before).map(({ item }) => item);
  // From the last on: each place is that of the version that was seen.
  const places = node.taints.flatMap(({ key }, place) => (removed.includes(key) ? [place] : [])).reverse();
  const domains = new Set(operations.map(({ item }) => domainOfKey(item)));
  return [
    ...onlyAsSeen(node),
    ...places.map((place) => ({ op: "remove", path: `/spec/taints/${place}` }) as const),
    ...[...domains].flatMap((domain) => ledgerOperations(node, domain, ledgerAfter(operations, domain, node.annotations))),
  ];
}

function ledgerAfter(operations: readonly Operation[], domain: string, annotations: Readonly<Record<string, string>>): Ledger {
  const { ledger } = readLedger(annotations, domain);
  const entries = new Map(ledger.get(startupName) ?? []);
  for (const { item, before, after } of operations) {
    if (domainOfKey(item) !== domain) continue;
    if (after === before) entries.delete(nameOfKey(item));
    else entries.set(nameOfKey(item), { wrote: "", was: before });
  }
  return withEntries(ledger, startupName, entries);
}
