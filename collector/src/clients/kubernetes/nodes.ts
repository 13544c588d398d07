/** Nodes of a cluster (core/v1), as the API server says them; nothing that we do not know is lost. */
import { type Fields, fieldsAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import type { ObjectKind, ObjectWrite } from "./object-kind.ts";
import { applyOne, listObjects } from "./objects.ts";

/** All Nodes at one moment. */
export interface NodeList<Item> {
  readonly nodes: readonly Item[];
  /** Of its first page: a watch from here tells all that came after any of them. */
  readonly resourceVersion: string;
}

/** Where Nodes are. */
export const nodeKind: ObjectKind = { path: "/api/v1/nodes", kind: "Node" };

/** All Nodes, page by page, each made into what is kept of it before the next page is read; what is partial is never given. */
export async function listNodes<Item>(api: Api, of: (node: Fields) => Item, signal: AbortSignal): Promise<NodeList<Item>> {
  const { items, resourceVersion } = await listObjects(api, nodeKind, of, signal);
  return { nodes: items, resourceVersion };
}

/** Server-side apply of a part of a Node, which takes what others own too (force). */
export async function applyNode(api: Api, name: string, body: Fields, write: ObjectWrite, signal: AbortSignal): Promise<Fields> {
  const whole = { apiVersion: "v1", kind: nodeKind.kind, ...body, metadata: { ...fieldsAt(body, "metadata"), name } };
  return await applyOne(api, nodeKind, name, whole, write, signal);
}
