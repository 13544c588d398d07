/**
 * Writes labels together with the ledger. Setting is server-side apply of all that we hold; taking away is a JSON Patch, since an apply that leaves a
 * label out takes it away only where nobody else is noted for it. Each write holds for the version that was seen, and leaves labels and ledger equal.
 */
import type { Fields } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { JsonPatchOperation } from "../../clients/kubernetes/object-kind.ts";
import type { Operation } from "../reconciler.ts";
import { answeredNode } from "../support/answered-node.ts";
import { domainOfKey, nameOfKey } from "../support/label-syntax.ts";
import { type Ledger, ledgerAnnotation, ledgerText, readLedger, withEntries } from "../support/ledger.ts";
import { fieldManager, labelPath, ledgerOperations, onlyAsSeen } from "../support/node-patch.ts";
import { claimsOf, isKept, keeperManager } from "../support/ownership.ts";
import { type LabelledNode, labelEntries, labelsName, seeLabels } from "./see-labels.ts";

/** What is written with. */
export type LabelClient = Pick<KubernetesClient, "applyNode" | "patchNode">;

/** Writes: once where it can be, thrice where a label that we alone hold is given up and stays. */
export async function writeLabels(
  client: LabelClient,
  operations: readonly Operation[],
  seen: LabelledNode,
  signal: AbortSignal,
): Promise<void> {
  const { name } = seen.node;
  const takings = operations.filter(isTaking);
  const settings = operations.filter((each) => !isTaking(each));
  const kept = takings.filter(({ before, after }) => before === after && before !== undefined).map(({ item }) => item);
  const look = (answer: Fields): LabelledNode => seeLabels(answeredNode(answer), seen.domain);
  let now = seen;

  const lonely = kept.filter((key) => now.claims.has(key) && now.items.get(key)?.owner === "ours");
  if (lonely.length > 0)
    now = look(await client.applyNode(name, keeperBody(now, lonely), { fieldManager: keeperManager }, signal));
  if (settings.length > 0 || kept.some((key) => now.claims.has(key)))
    now = look(await client.applyNode(name, ownBody(now, settings, new Set(kept)), { fieldManager }, signal));
  const patch = patchOf(now, takings);
  if (patch.length > 0) await client.patchNode(name, [...onlyAsSeen(now.node), ...patch], { fieldManager }, signal);
}

/** All that the keeper holds, and more. */
function keeperBody({ node }: LabelledNode, keys: readonly string[]): Fields {
  return body(node, { labels: valuesOf([...claimsOf(node, "labels", keeperManager), ...keys], node.labels) });
}

/** All that is ours on the object as it is, but for what is given up and what is set. */
function ownBody(now: LabelledNode, settings: readonly Operation[], givenUp: ReadonlySet<string>): Fields {
  const { node, items } = now;
  const held = [...items].filter(([key, { owner }]) => owner !== "foreign" && !givenUp.has(key)).map(([key]) => key);
  const set = settings.flatMap(({ item, after }) => (after === undefined ? [] : [[item, after]]));
  const ledgers = domainsOf(settings).flatMap((domain) => {
    const text = ledgerText(ledgerAfter(now, domain, settings));
    return text === undefined ? [] : [[ledgerAnnotation(domain), text]];
  });
  return body(node, {
    labels: { ...valuesOf(held, node.labels), ...Object.fromEntries(set) },
    annotations: { ...valuesOf([...claimsOf(node, "annotations")], node.annotations), ...Object.fromEntries(ledgers) },
  });
}

/** Uid and version: another Node of the same name, or another version of this one, is not written to. */
function body({ uid, resourceVersion }: LabelledNode["node"], metadata: Fields): Fields {
  return { metadata: { uid, resourceVersion, ...metadata } };
}

function valuesOf(keys: readonly string[], values: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));
}

/** The ledger of a domain when these are done: all that we own of it, and of each what was there before our first write. */
function ledgerAfter(now: LabelledNode, domain: string, operations: readonly Operation[]): Ledger {
  const { node, items } = now;
  const { ledger } = readLedger(node.annotations, domain);
  const entries = new Map(labelEntries(ledger, domain));
  for (const [key, { value, owner }] of items) {
    if (owner !== "foreign" && domainOfKey(key) === domain && !entries.has(key))
      entries.set(key, { wrote: value, was: undefined });
  }
  for (const operation of operations) {
    const { item, after } = operation;
    if (domainOfKey(item) !== domain) continue;
    if (isTaking(operation) || after === undefined) entries.delete(item);
    else entries.set(item, { wrote: after, was: entries.has(item) ? entries.get(item)?.was : valueBeforeUs(now, item) });
  }
  const named = new Map([...entries].map(([key, entry]) => [nameOfKey(key), entry]));
  return withEntries(ledger, labelsName, named);
}

function valueBeforeUs({ node, items }: LabelledNode, key: string): string | undefined {
  const item = items.get(key);
  return item !== undefined && isKept(item) ? undefined : node.labels[key];
}

function patchOf(now: LabelledNode, takings: readonly Operation[]): readonly JsonPatchOperation[] {
  const ledgers = domainsOf(takings).flatMap((domain) => ledgerOperations(now.node, domain, ledgerAfter(now, domain, takings)));
  return [...takings.flatMap(takingOf), ...ledgers];
}

function takingOf({ item, before, after }: Operation): readonly JsonPatchOperation[] {
  if (before === after || before === undefined) return [];
  const path = labelPath(item);
  const asSeen: JsonPatchOperation = { op: "test", path, value: before };
  return [asSeen, after === undefined ? { op: "remove", path } : { op: "replace", path, value: after }];
}

function isTaking({ kind }: Operation): boolean {
  return kind === "remove" || kind === "restore";
}

function domainsOf(operations: readonly Operation[]): readonly string[] {
  return [...new Set(operations.map(({ item }) => domainOfKey(item)))];
}
