/** Finds what writes to the cluster, for routes that are about it. */
import { AppError } from "@nodekeeper/shared";
import type { Reconciliation } from "../reconcile/reconciliation.ts";
import type { RouteContext } from "./route.ts";

/** Why there is nothing to write to, and what to do. */
export const noClusterText =
  "this collector knows no cluster, so nothing is labelled: run it in a pod of one, or name a file with --kubeconfig";

/** The same in the documentation of a route. */
export const noClusterRefusal = "The collector knows no cluster";

/** It, or CONFLICT where the collector knows no cluster. */
export function requireReconciliation({ reconciliation }: RouteContext): Reconciliation {
  if (reconciliation === undefined) throw new AppError("CONFLICT", noClusterText);
  return reconciliation;
}
