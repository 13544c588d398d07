/** Writes a Service and its slices: what is there only as it was seen, and what is not there without taking anything from anybody. */
import { AppError, type Fields, fieldsAt } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectKind } from "../../clients/kubernetes/object-kind.ts";
import { serviceKinds } from "../../clients/kubernetes/service-kinds.ts";
import type { Operation } from "../reconciler.ts";
import { fieldManager } from "../support/node-patch.ts";
import { type Endpoints, serviceBody, sliceBody } from "./bodies.ts";
import { addressFamilies, familyOf, serviceItem, sliceName } from "./names.ts";
import type { EndpointsSeen } from "./see-endpoints.ts";

/** What it writes with. */
export interface EndpointsWriter {
  readonly client: Pick<KubernetesClient, "applyOne" | "deleteOne">;
  readonly namespace: string;
}

/** Does them. Cut off in the middle, it leaves objects that are whole, each by itself. */
export async function writeEndpoints(
  { client, namespace }: EndpointsWriter,
  operations: readonly Operation[],
  { service, objects, endpoints, domain }: EndpointsSeen,
  signal: AbortSignal,
): Promise<void> {
  const kinds = serviceKinds(namespace);
  const ofService = operations.find(({ item }) => item === serviceItem);
  const isGoing = ofService === undefined ? objects.service === undefined : ofService.after === undefined;

  async function apply(kind: ObjectKind, name: string, body: Fields, live: Fields | undefined): Promise<Fields> {
    const write = { fieldManager, isForced: live !== undefined };
    return await client.applyOne(kind, name, live === undefined ? body : asSeen(body, live), write, signal);
  }

  if (isGoing) {
    // The slices first: without their Service they would be nobody's.
    for (const [family, slice] of objects.slices) await client.deleteOne(kinds.slices, sliceName(service, family), slice, signal);
    if (objects.service !== undefined) await client.deleteOne(kinds.services, service, objects.service, signal);
    return;
  }
  const made = ofService && (await apply(kinds.services, service, serviceBody(service, domain), objects.service));
  const owner = made ?? objects.service;
  if (owner === undefined) throw new AppError("CONFLICT", `the Service ${service} is gone`);
  for (const family of addressFamilies) {
    const own = operations.filter(({ item }) => item !== serviceItem && familyOf(item) === family);
    if (own.length === 0) continue;
    const after = endpointsAfter(endpoints.get(family) ?? new Map(), own);
    await apply(kinds.slices, sliceName(service, family), sliceBody(family, after, owner, domain), objects.slices.get(family));
  }
}

function endpointsAfter(before: Endpoints, operations: readonly Operation[]): Endpoints {
  const endpoints = new Map(before);
  for (const { item, after } of operations) {
    if (after === undefined) endpoints.delete(item);
    else endpoints.set(item, after);
  }
  return endpoints;
}

/** The API server refuses it where the object is another one, or of another version. */
function asSeen(body: Fields, live: Fields): Fields {
  const { uid, resourceVersion } = fieldsAt(live, "metadata");
  return { ...body, metadata: { ...fieldsAt(body, "metadata"), uid, resourceVersion } };
}
