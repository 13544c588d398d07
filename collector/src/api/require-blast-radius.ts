/** Finds who says what would break, for routes that ask. */
import { AppError } from "@nodekeeper/shared";
import type { BlastRadius } from "../blast/blast-radius.ts";
import type { RouteContext } from "./route.ts";

/** It, or CONFLICT where the collector knows no cluster. */
export function requireBlastRadius({ blastRadius }: RouteContext): BlastRadius {
  if (blastRadius !== undefined) return blastRadius;
  const text = "this collector knows no cluster, so it cannot tell what would break: run it in a pod of one, or name a file with";
  throw new AppError("CONFLICT", `${text} --kubeconfig`);
}
