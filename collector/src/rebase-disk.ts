/** Takes the errors that a disk counted until now as known: in the state at once, so that no reading in between is judged by the old ones, then on the disk. */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { RebaseDisk } from "./api/route.ts";
import type { Ingest } from "./ingest/server.ts";
import { rebaseCountersOf } from "./inventory/rebase-disk.ts";
import type { StateHolder } from "./state/holder.ts";

/** What is to change. */
export interface RebaseOptions {
  readonly state: Pick<StateHolder, "node" | "apply">;
  /** Undefined while the collector starts. */
  readonly ingest: () => Pick<Ingest, "keepStock"> | undefined;
  readonly clock: Clock;
}

/** Rebases disks. */
export function createRebaseDisk({ state, ingest, clock }: RebaseOptions): RebaseDisk {
  return async (node, disk) => {
    const writer = ingest();
    if (writer === undefined) throw new AppError("NOT_READY", "the collector is starting");
    const { inventory, baseline } = rebaseCountersOf(node, state.node(node)?.inventory, disk, clock.wallMs());
    state.apply({ kind: "inventoried", node, inventory });
    await writer.keepStock({ inventories: [{ node, inventory }], changes: [] });
    return baseline;
  };
}
