/** What must hold of every version of every Node, at whatever moment a collector died: the ledger tells of exactly what we wrote. */
import { readLedger } from "../../collector/src/reconcile/support/ledger.ts";
import type { KubernetesObject } from "./cluster-api.ts";
import type { NodeVersion } from "./follow-nodes.ts";

/** What is wrong with this version; undefined: nothing. */
export function halfStateOf({ kind, node, before }: NodeVersion, domain: string): string | undefined {
  if (kind === "gone") return undefined;
  const labels = node.metadata.labels ?? {};
  const now = (name: string): string | undefined => labels[`${domain}/${name}`];
  const then = (name: string): string | undefined => before?.metadata.labels?.[`${domain}/${name}`];
  const { ledger, problem } = readLedger(node.metadata.annotations ?? {}, domain);
  const entries = ledger.get("node-labels") ?? new Map();
  const wrong = (what: string): string => `${node.metadata.name}: ${what}: ${JSON.stringify({ node, before })}`;
  if (problem !== undefined) return wrong(problem);
  for (const key of claimedLabels(node)) {
    const entry = entries.get(key.slice(domain.length + 1));
    if (entry === undefined) return wrong(`${key} is ours, and the ledger does not tell of it`);
    if (entry.wrote !== labels[key]) return wrong(`${key} is ours, and the ledger tells of another value`);
  }
  if (before === undefined || ledgerText(node, domain) === ledgerText(before, domain)) return undefined;
  // The ledger is written by us alone: what it tells of newly is there in the same version, and what it tells of no more went in it, or stays.
  const old = readLedger(before.metadata.annotations ?? {}, domain).ledger.get("node-labels") ?? new Map();
  for (const [name, { wrote, was }] of entries) {
    const known = old.get(name);
    if (known?.wrote !== wrote && now(name) !== wrote) return wrong(`${name} stands in the ledger, and is not written`);
    if (known !== undefined && known.was !== was) return wrong(`what was there before us is another for ${name}`);
    if (known === undefined && was !== then(name) && then(name) !== wrote)
      return wrong(`what was there before us is not kept for ${name}`);
  }
  for (const [name, { wrote, was }] of old) {
    if (entries.has(name)) continue;
    if (now(name) !== then(name) && !(then(name) === wrote && now(name) === was))
      return wrong(`${name} was given up, and is neither as it was nor as we left it`);
  }
  return undefined;
}

/** Keys that the API server notes as ours by server-side apply. */
function claimedLabels({ metadata }: KubernetesObject): readonly string[] {
  const entries = (metadata["managedFields"] ?? []) as readonly ManagedFields[]; // ObjectMeta
  const own = entries.filter(
    ({ manager, operation, subresource }) => manager === "nodekeeper" && operation === "Apply" && !subresource,
  );
  return own.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1?.["f:metadata"]?.["f:labels"] ?? {}).map((key) => key.slice(2)));
}

interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: { readonly "f:metadata"?: { readonly "f:labels"?: object } };
}

function ledgerText({ metadata }: KubernetesObject, domain: string): string | undefined {
  return metadata.annotations?.[`${domain}/owned`];
}
