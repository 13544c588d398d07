/**
 * A Service of Ollama's servers with its slices, as items: the Service itself, and each address that it leads to with the server's name. The ledger on
 * each of the objects says that it is ours; without it, it is somebody else's, whatever it is called.
 */
import { type Fields, fieldsAt, isFields, listAt, textAt } from "@nodekeeper/shared";
import type { LedgerEntry, Seen, SeenItem } from "../reconciler.ts";
import { isPaused } from "../support/is-paused.ts";
import { otherLedgers, readLedger } from "../support/ledger.ts";
import { type Endpoints, serviceBody, sliceBody } from "./bodies.ts";
import { type AddressFamily, addressFamilies, endpointsName, serviceItem, serviceValue, sliceName } from "./names.ts";
import type { ServiceObjects } from "./service-objects.ts";

/** It, and what it is seen from. */
export interface EndpointsSeen extends Seen {
  readonly service: string;
  readonly domain: string;
  readonly objects: ServiceObjects;
  /** Objects of our names that others made: nothing is written then. */
  readonly foreign: readonly string[];
  /** What our slices hold. */
  readonly endpoints: ReadonlyMap<AddressFamily, Endpoints>;
}

/** Looks. */
export function seeEndpoints(service: string, objects: ServiceObjects, domain: string): EndpointsSeen {
  const present = [
    ...(objects.service === undefined ? [] : [{ text: `Service ${service}`, object: objects.service }]),
    ...[...objects.slices].map(([family, object]) => ({ text: `EndpointSlice ${sliceName(service, family)}`, object })),
  ];
  const foreign = present.filter(({ object }) => !isOurs(object, domain)).map(({ text }) => text);
  const endpoints = new Map([...objects.slices].map(([family, slice]) => [family, endpointsOf(slice, domain)]));
  const items = foreign.length > 0 ? new Map<string, SeenItem>() : seenItems(service, objects, endpoints, domain);
  return {
    ...{ service, domain, objects, foreign, endpoints, items },
    // Without a Service there is still something to plan for.
    uid: objects.service === undefined ? "" : metadataText(objects.service, "uid"),
    resourceVersion: present.map(({ object }) => metadataText(object, "resourceVersion")).join(),
    isCordoned: false,
    isPaused: objects.service !== undefined && isPaused(annotationsOf(objects.service), domain),
    ledger: new Map([...items].map(([item, { value }]): [string, LedgerEntry] => [item, { wrote: value, was: undefined }])),
    problem: foreign.length === 0 ? undefined : foreignText(foreign),
  };
}

/** For people. */
export function foreignText(foreign: readonly string[]): string {
  return `${foreign.join(" and ")} is not ours, and stays as it is: ours is made when it is gone or has another name`;
}

function seenItems(
  service: string,
  objects: ServiceObjects,
  endpoints: EndpointsSeen["endpoints"],
  domain: string,
): ReadonlyMap<string, SeenItem> {
  const items = new Map<string, SeenItem>();
  const see = (item: string, value: string, isInForm: boolean): void => {
    items.set(item, { value: isInForm ? value : `${value} (changed by somebody)`, owner: "ours", others: [] });
  };
  if (objects.service !== undefined) see(serviceItem, serviceValue, holds(objects.service, serviceBody(service, domain)));
  for (const family of addressFamilies) {
    const slice = objects.slices.get(family);
    const own = endpoints.get(family);
    if (slice === undefined || own === undefined) continue;
    const isInForm = objects.service !== undefined && holds(slice, sliceBody(family, own, objects.service, domain), isWhole);
    for (const [address, name] of own) see(address, name, isInForm);
  }
  return items;
}

/** Addresses with the names that the ledger has for them; one that somebody else put there has none. */
function endpointsOf(slice: Fields, domain: string): Endpoints {
  const annotations = annotationsOf(slice);
  const names = new Map(
    domainsOf(annotations, domain).flatMap((each) => [...(readLedger(annotations, each).ledger.get(endpointsName) ?? [])]),
  );
  const addresses = listAt(slice, "endpoints").flatMap(({ addresses }) => (Array.isArray(addresses) ? addresses : []));
  return new Map(
    addresses.flatMap((address) => (typeof address === "string" ? [[address, names.get(address)?.wrote ?? ""]] : [])),
  );
}

function isOurs(object: Fields, domain: string): boolean {
  const annotations = annotationsOf(object);
  return domainsOf(annotations, domain).some((each) => readLedger(annotations, each).ledger.has(endpointsName));
}

function domainsOf(annotations: Readonly<Record<string, string>>, domain: string): readonly string[] {
  return [domain, ...otherLedgers(annotations, domain)];
}

function annotationsOf(object: Fields): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsAt(fieldsAt(object, "metadata"), "annotations"));
  return Object.fromEntries(entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}

function metadataText(object: Fields, key: string): string {
  return textAt(fieldsAt(object, "metadata"), key) ?? "";
}

/** These lists are one field to Kubernetes: what others put into them is written over. */
const isWhole: ReadonlySet<string> = new Set(["endpoints", "ports", "addresses"]);

/** Whether all that we wrote is there; what the API server and others added to it is no matter, but in `whole` lists. */
function holds(live: unknown, wrote: unknown, whole: ReadonlySet<string> = new Set(), key = ""): boolean {
  if (Array.isArray(wrote)) {
    if (!Array.isArray(live) || (whole.has(key) && live.length !== wrote.length)) return false;
    return wrote.every((each) => live.some((other) => holds(other, each, whole)));
  }
  if (!isFields(wrote)) return live === wrote;
  return isFields(live) && Object.entries(wrote).every(([name, value]) => holds(live[name], value, whole, name));
}
