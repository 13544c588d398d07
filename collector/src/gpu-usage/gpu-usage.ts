/** How GPUs and models were used, as the rest of the collector sees it. */
import type { NodeUsage } from "./node-usage.ts";

/** What may be looked at of a node. */
export type SeenUsage = Pick<NodeUsage, "node" | "gpus" | "models" | "isLoaded">;

/** Keeps it up to date, also over restarts. */
export interface GpuUsageBook extends AsyncDisposable {
  /** Nodes of which something is known, by name. */
  all(): readonly SeenUsage[];
  of(node: string): SeenUsage | undefined;
}

/** Where nothing is known. */
export const noGpuUsage: Pick<GpuUsageBook, "all" | "of"> = { all: () => [], of: () => undefined };
