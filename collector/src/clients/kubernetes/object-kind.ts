/** Objects of any kind of the cluster's API, as the client lists, follows, reads and patches them. */
import type { Fields } from "@nodekeeper/shared";

/** A kind of objects, and where they are. */
export interface ObjectKind {
  /** Of the collection, e.g. /apis/longhorn.io/v1beta2/namespaces/longhorn-system/volumes. */
  readonly path: string;
  /** As each object says it of itself, e.g. Volume. */
  readonly kind: string;
}

/** Which of them. */
export interface ObjectSelector {
  /** e.g. spec.nodeName=neko */
  readonly fields?: string;
  /** e.g. app=minio */
  readonly labels?: string;
}

/** All of a kind at one moment. */
export interface ObjectList<Item> {
  readonly items: readonly Item[];
  /** Of its first page: a watch from here tells all that came after any of them. */
  readonly resourceVersion: string;
}

/** What a watch tells. */
export type ObjectEvent =
  /** It was made or changed; or it is gone, and this is the last of it. */
  | { readonly kind: "put" | "gone"; readonly object: Fields }
  /** Everything up to here was told. */
  | { readonly kind: "bookmark"; readonly resourceVersion: string };

/** One operation of a JSON Patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** Who writes, and which half of an object. */
export interface ObjectWrite {
  /** Owns what is written. */
  readonly fieldManager: string;
  /** Undefined: everything but the status. */
  readonly subresource?: "status";
  /** Of an apply: whether what others own is taken from them. Default true. */
  readonly isForced?: boolean;
}
