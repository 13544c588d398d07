/**
 * Writes taints together with the ledger, in one JSON Patch that holds for the very version that was seen. The list of taints is one field to Kubernetes:
 * only elements of ours are touched, by their place, so that those of others keep their order, and what we do not read of them (timeAdded).
 */
import type { JsonPatchOperation } from "../../clients/kubernetes/object-kind.ts";
import type { NodeTaint } from "../../state/cluster/cluster-node.ts";
import type { Operation } from "../reconciler.ts";
import { domainOfKey, nameOfKey } from "../support/label-syntax.ts";
import { type Ledger, readLedger, withEntries } from "../support/ledger.ts";
import { ledgerOperations, onlyAsSeen } from "../support/node-patch.ts";
import { type TaintedNode, taintEntries, taintOf, taintsName, taintText } from "./see-taints.ts";

/** The patch that does them. */
export function taintPatch(operations: readonly Operation[], seen: TaintedNode): readonly JsonPatchOperation[] {
  const domains = new Set(operations.map(({ item }) => domainOfKey(item)));
  const ledgers = [...domains].flatMap((domain) => ledgerOperations(seen.node, domain, ledgerAfter(operations, domain, seen)));
  return [...onlyAsSeen(seen), ...listOperations(operations, seen), ...ledgers];
}

/** Places of elements are those of the version that was seen: first what changes, then what goes from the last on, then what comes. */
function listOperations(operations: readonly Operation[], { node: { taints } }: TaintedNode): readonly JsonPatchOperation[] {
  const changed: JsonPatchOperation[] = [];
  const gone: number[] = [];
  const added: NodeTaint[] = [];
  for (const { item, before, after } of operations) {
    if (after === before) continue; // our claim only
    const place = taints.findIndex((taint) => taint.key === item && taintText(taint) === before);
    const taint = after === undefined ? undefined : taintOf(item, after);
    if (taint === undefined) gone.push(place);
    else if (before === undefined) added.push(taint);
    else changed.push({ op: "replace", path: `/spec/taints/${place}`, value: taint });
  }
  const removed = gone.sort((a, b) => b - a).map((place) => ({ op: "remove", path: `/spec/taints/${place}` }) as const);
  if (taints.length === 0 && added.length > 0) return [{ op: "add", path: "/spec/taints", value: added }];
  return [...changed, ...removed, ...added.map((value) => ({ op: "add", path: "/spec/taints/-", value }) as const)];
}

/** The ledger of a domain when these are done. Nothing of ours was there before us: what others have of a key is never taken over. */
function ledgerAfter(operations: readonly Operation[], domain: string, { node }: TaintedNode): Ledger {
  const entries = new Map(taintEntries(node, domain));
  for (const { item, before, after } of operations) {
    if (domainOfKey(item) !== domain) continue;
    if (after === undefined || after === before) entries.delete(item);
    else entries.set(item, { wrote: after, was: undefined });
  }
  const named = new Map([...entries].map(([key, entry]) => [nameOfKey(key), entry]));
  return withEntries(readLedger(node.annotations, domain).ledger, taintsName, named);
}
