/** The part of a cluster's API that the collector uses, in its own words; nothing of Kubernetes' client shows through. */
import { AppError, type Clock, type Fields } from "@nodekeeper/shared";
import { type Api, createApi } from "./api.ts";
import { type ApiVersion, listKinds } from "./api-kinds.ts";
import { type IssuerDocument, readIssuer } from "./issuer-document.ts";
import type { KubernetesAccess } from "./kubernetes-access.ts";
import { createLease, readLease, replaceLease } from "./leases.ts";
import { loadClientNode } from "./load-client-node.ts";
import { createEvent, readNamespace } from "./namespaces.ts";
import { type NodeEvent, watchNodes } from "./node-watch.ts";
import { applyNode, listNodes, type NodeList, nodeKind } from "./nodes.ts";
import type { JsonPatchOperation, ObjectEvent, ObjectKind, ObjectList, ObjectSelector, ObjectWrite } from "./object-kind.ts";
import { watchObjects } from "./object-watch.ts";
import { applyOne, deleteOne, listObjects, patchOne, readOne } from "./objects.ts";
import { readVersion } from "./server-version.ts";
import {
  createObject,
  type NewObject,
  type ObjectName,
  readObject,
  replaceObject,
  type TextObject,
  type TextObjectKind,
} from "./text-object.ts";
import { reviewToken, type TokenReview } from "./token-review.ts";
import type { Transport } from "./transport.ts";

/** A cluster's API. Every call ends within ten seconds, and throws what `Api.ask` throws. */
export interface KubernetesClient extends AsyncDisposable {
  /** Who issues ServiceAccount tokens, and the keys that sign them. */
  issuer(signal: AbortSignal): Promise<IssuerDocument>;
  /** Whether a token holds now, for an audience. */
  reviewToken(token: string, audience: string, signal: AbortSignal): Promise<TokenReview>;
  /** A Secret or a ConfigMap as it is; undefined when there is none of that name. */
  read(kind: TextObjectKind, name: ObjectName, signal: AbortSignal): Promise<TextObject | undefined>;
  /** Makes one; CONFLICT where there is one. */
  create(object: NewObject, signal: AbortSignal): Promise<TextObject>;
  /** Sets texts and labels, and leaves the others; CONFLICT where it is not as it was read any more. */
  replace(object: TextObject, change: Pick<TextObject, "texts" | "labels">, signal: AbortSignal): Promise<TextObject>;

  /** All Nodes at one moment, each as `of` makes it: what is not kept of ten thousand is given back page by page. Never a part of them. */
  listNodes<Item>(of: (node: Fields) => Item, signal: AbortSignal): Promise<NodeList<Item>>;
  /**
   * Tells what becomes of Nodes after a list or an event, until the API server ends it in order, which it does after four to five minutes. Throws as
   * other calls do: `context.status` 410 where it does not know that far back, PEER_UNREACHABLE where the connection breaks or nothing comes any more.
   */
  watchNodes(fromResourceVersion: string, onEvent: (event: NodeEvent) => void, signal: AbortSignal): Promise<void>;
  /** A Node as it is; undefined when there is none of that name. */
  readNode(name: string, signal: AbortSignal): Promise<Fields | undefined>;
  /** Server-side apply with force; CONFLICT where the Node has not the uid or resourceVersion of the body any more. */
  applyNode(name: string, body: Fields, write: ObjectWrite, signal: AbortSignal): Promise<Fields>;
  /** A JSON Patch, all of it or nothing; CONFLICT where a `test` in it does not hold, or it does not fit the Node otherwise. */
  patchNode(name: string, operations: readonly JsonPatchOperation[], write: ObjectWrite, signal: AbortSignal): Promise<Fields>;

  /** Names of the collections that a group has, e.g. nodes; undefined where the API server does not know the group. */
  listKinds(of: ApiVersion, signal: AbortSignal): Promise<ReadonlySet<string> | undefined>;
  /**
   * All objects of a kind at one moment, each as `of` makes it; never a part of them. NOT_FOUND where the API server has no such kind: one of which
   * there is nothing has an empty list, and what we may not read is PEER_REFUSED.
   */
  listObjects<Item>(
    kind: ObjectKind,
    of: (object: Fields) => Item,
    signal: AbortSignal,
    selector?: ObjectSelector,
  ): Promise<ObjectList<Item>>;
  /** As `watchNodes`, for any kind. */
  watchObjects(
    kind: ObjectKind,
    fromResourceVersion: string,
    onEvent: (event: ObjectEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** An object as it is; undefined when there is none of that name, or no such kind. */
  readOne(kind: ObjectKind, name: string, signal: AbortSignal): Promise<Fields | undefined>;
  /** As `patchNode`, for any kind. PEER_BUSY where a webhook says that the object cannot be written at this moment. */
  patchOne(
    kind: ObjectKind,
    name: string,
    operations: readonly JsonPatchOperation[],
    write: ObjectWrite,
    signal: AbortSignal,
  ): Promise<Fields>;

  /** Server-side apply; one that is not there is made. CONFLICT as of `applyNode`, and where it is not forced and others own some of it. */
  applyOne(kind: ObjectKind, name: string, body: Fields, write: ObjectWrite, signal: AbortSignal): Promise<Fields>;
  /** Takes an object away as it was seen; CONFLICT where it is another by now. */
  deleteOne(kind: ObjectKind, name: string, seen: Fields, signal: AbortSignal): Promise<void>;

  /** Makes an Event. */
  createEvent(namespace: string, event: Fields, signal: AbortSignal): Promise<void>;
  /** A namespace as it is; undefined when there is none of that name. */
  readNamespace(name: string, signal: AbortSignal): Promise<Fields | undefined>;
  /** A Lease as it is; undefined when there is none of that name. */
  readLease(at: ObjectName, signal: AbortSignal): Promise<Fields | undefined>;
  /** Makes one; CONFLICT where there is one. */
  createLease(at: ObjectName, lease: Fields, signal: AbortSignal): Promise<Fields>;
  /** Replaces one as it was read; CONFLICT where it is not so any more. */
  replaceLease(at: ObjectName, lease: Fields, signal: AbortSignal): Promise<Fields>;
  /** Of the API server, e.g. v1.33.6+k3s1. */
  readVersion(signal: AbortSignal): Promise<string>;
}

/** Loads what is needed for it. Nothing is asked yet. Throws CONFIG_INVALID where the kubeconfig cannot be used. */
export async function openKubernetesClient(
  access: KubernetesAccess,
  clock: Clock,
  random: () => number = Math.random,
): Promise<KubernetesClient> {
  const { openTransport } = await loadClientNode();
  const transport = openOrExplain(() => openTransport(access));
  return {
    ...kubernetesClient(createApi(transport, clock), random),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

function kubernetesClient(api: Api, random: () => number): Omit<KubernetesClient, typeof Symbol.asyncDispose> {
  return {
    issuer: (signal) => readIssuer(api, signal),
    reviewToken: (token, audience, signal) => reviewToken(api, { token, audience }, signal),
    read: (kind, name, signal) => readObject(api, kind, name, signal),
    create: (object, signal) => createObject(api, object, signal),
    replace: (object, change, signal) => replaceObject(api, object, change, signal),
    listNodes: (of, signal) => listNodes(api, of, signal),
    watchNodes: (resourceVersion, onEvent, signal) => watchNodes(api, { resourceVersion, random }, onEvent, signal),
    readNode: (name, signal) => readOne(api, nodeKind, name, signal),
    applyNode: (name, body, write, signal) => applyNode(api, name, body, write, signal),
    patchNode: (name, operations, write, signal) => patchOne(api, nodeKind, name, operations, write, signal),
    listKinds: (of, signal) => listKinds(api, of, signal),
    listObjects: (kind, of, signal, selector) => listObjects(api, kind, of, signal, selector),
    watchObjects: (kind, resourceVersion, onEvent, signal) =>
      watchObjects(api, kind, { resourceVersion, random }, onEvent, signal),
    readOne: (kind, name, signal) => readOne(api, kind, name, signal),
    patchOne: (kind, name, operations, write, signal) => patchOne(api, kind, name, operations, write, signal),
    applyOne: (kind, name, body, write, signal) => applyOne(api, kind, name, body, write, signal),
    deleteOne: (kind, name, seen, signal) => deleteOne(api, kind, name, seen, signal),
    createEvent: (namespace, event, signal) => createEvent(api, namespace, event, signal),
    readNamespace: (name, signal) => readNamespace(api, name, signal),
    readLease: (at, signal) => readLease(api, at, signal),
    createLease: (at, lease, signal) => createLease(api, at, lease, signal),
    replaceLease: (at, lease, signal) => replaceLease(api, at, lease, signal),
    readVersion: (signal) => readVersion(api, signal),
  };
}

function openOrExplain(open: () => Transport): Transport {
  try {
    return open();
  } catch (thrown) {
    throw AppError.from(thrown, "CONFIG_INVALID");
  }
}
