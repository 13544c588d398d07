/** Routing where there are no servers. */
import type { Routing } from "./routing.ts";

/** Nothing is served, and nothing ever changes. */
export const noRouting: Pick<Routing, "backends" | "table" | "standings" | "onChanged"> = {
  backends: () => [],
  standings: () => [],
  table: { version: 0, madeAtMs: 0, serving: { generation: [], embeddings: [] }, models: [] },
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
};
