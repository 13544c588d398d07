/** Follows what becomes of Nodes. */
import type { Fields } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import { nodeKind } from "./nodes.ts";
import { watchObjects } from "./object-watch.ts";

/** What the API server tells. */
export type NodeEvent =
  /** It was made or changed; or it is gone, and this is the last of it. */
  | { readonly kind: "put" | "gone"; readonly node: Fields }
  /** Everything up to here was told. */
  | { readonly kind: "bookmark"; readonly resourceVersion: string };

/** Resolves when the API server ends it in order. */
export async function watchNodes(
  api: Api,
  from: { readonly resourceVersion: string; readonly random: () => number },
  onEvent: (event: NodeEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  await watchObjects(
    api,
    nodeKind,
    from,
    (event) => onEvent(event.kind === "bookmark" ? event : { kind: event.kind, node: event.object }),
    signal,
  );
}
