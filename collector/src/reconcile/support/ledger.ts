/**
 * The ledger: what we wrote on an object and what was there before, kept in an annotation on the object itself and written together with what it tells
 * of. With it a collector knows what is its own whatever became of its database.
 *
 * `DOMAIN/owned: {"nodekeeper":1,"node-labels":{"gpu.product":{"wrote":"rtx-3050-ti","was":"gtx"}}}`
 */
import { type Fields, isFields } from "@nodekeeper/shared";
import type { LedgerEntry } from "../reconciler.ts";
import { domainOfKey } from "./label-syntax.ts";

/** By reconciler and item. Items lie within the domain of the annotation and are named without it, so that none can name what is not ours to touch. */
export type Ledger = ReadonlyMap<string, ReadonlyMap<string, LedgerEntry>>;

/** What was read. */
export interface LedgerReading {
  /** What could be read of it. */
  readonly ledger: Ledger;
  /** What could not be, in words; undefined: nothing. */
  readonly problem: string | undefined;
}

/** The ledger of somebody who wrote nothing. */
export const emptyLedger: Ledger = new Map();

/** Name of the annotation. */
export function ledgerAnnotation(domain: string): string {
  return `${domain}/owned`;
}

/**
 * Other domains of which a ledger lies among an object's annotations: ours was another. An annotation never makes a label or taint of Kubernetes itself
 * ours: a kubelet may write annotations, and not those.
 */
export function otherLedgers(annotations: Readonly<Record<string, string>>, domain: string): readonly string[] {
  const domains = Object.keys(annotations)
    .filter((key) => key === ledgerAnnotation(domainOfKey(key)))
    .map(domainOfKey);
  return domains.filter((each) => each !== domain && !ofKubernetes.test(each));
}

/** Reads the ledger of a domain from an object's annotations. Anybody may have written it: what has no sense is left out, and told. */
export function readLedger(annotations: Readonly<Record<string, string>>, domain: string): LedgerReading {
  const text = annotations[ledgerAnnotation(domain)];
  if (text === undefined) return { ledger: emptyLedger, problem: undefined };
  const fields = parsed(text);
  if (fields === undefined || fields[versionField] !== version)
    return { ledger: emptyLedger, problem: `the annotation ${ledgerAnnotation(domain)} is not in a form that we know` };
  const ledger = new Map<string, ReadonlyMap<string, LedgerEntry>>();
  let lost = 0;
  for (const [reconciler, section] of Object.entries(fields)) {
    if (reconciler === versionField) continue;
    const entries = new Map<string, LedgerEntry>();
    for (const [item, value] of isFields(section) ? Object.entries(section) : []) {
      const entry = entryOf(value);
      if (entry === undefined) lost++;
      else entries.set(item, entry);
    }
    if (!isFields(section)) lost++;
    if (entries.size > 0) ledger.set(reconciler, entries);
  }
  return { ledger, problem: lost === 0 ? undefined : `in the annotation ${ledgerAnnotation(domain)} something cannot be read` };
}

/** The same ledger, with other entries of one reconciler. */
export function withEntries(ledger: Ledger, reconciler: string, entries: ReadonlyMap<string, LedgerEntry>): Ledger {
  const changed = new Map(ledger);
  if (entries.size === 0) changed.delete(reconciler);
  else changed.set(reconciler, entries);
  return changed;
}

/** As it is written: the same for the same ledger. Undefined where there is nothing to keep: then the annotation goes. */
export function ledgerText(ledger: Ledger): string | undefined {
  const sections = [...ledger].filter(([, entries]) => entries.size > 0);
  if (sections.length === 0) return undefined;
  const written = sections.map(([reconciler, entries]) => [
    reconciler,
    // JSON leaves out what is undefined.
    Object.fromEntries([...entries].sort(byName).map(([item, { wrote, was, of }]) => [item, { wrote, was, of }])),
  ]);
  return JSON.stringify({ [versionField]: version, ...Object.fromEntries(written.sort(byName)) });
}

const ofKubernetes = /(?:^|\.)(?:kubernetes|k8s)\.io$/;

/** It also says whose the annotation is. */
const versionField = "nodekeeper";
const version = 1;

function byName(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined; // anybody may have written it
  }
}

function entryOf(value: unknown): LedgerEntry | undefined {
  if (!isFields(value)) return undefined;
  const { wrote, was, of } = value;
  if (typeof wrote !== "string" || (was !== undefined && typeof was !== "string")) return undefined;
  return typeof of === "string" ? { wrote, was, of } : { wrote, was };
}
