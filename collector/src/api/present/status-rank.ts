/** The order of states, the worst first. */
import type { NodeStatus } from "@nodekeeper/shared/api";

/** Its place in it. */
export const statusRank: Readonly<Record<NodeStatus, number>> = { failed: 0, degraded: 1, unknown: 2, asleep: 3, ok: 4 };
