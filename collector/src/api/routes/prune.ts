/** POST /api/v1/prune */
import { PruneRequest, PruneResult } from "@nodekeeper/shared/api";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** Takes everything back. */
export const prune: Route = defineRoute({
  name: "prune",
  method: "POST",
  path: "/api/v1/prune",
  access: "admin",
  tag: "cluster",
  summary: "Take back everything that was written on the cluster",
  description:
    "Each object is put back as it was before our first write; what people changed after us stays. The approval goes with it, so that nothing is " +
    "written until a plan is approved again. With `keepLabels` labels stay as they are, and are nobody's. A disk of Longhorn that may still fail stays " +
    "out of scheduling, but with `force`. It may take minutes on many nodes, and may be asked again for those that failed.",
  body: PruneRequest,
  isLong: true,
  audit: { action: "cluster.prune", target: () => ({ kind: "cluster", name: "" }) },
  success: { status: 200, description: "What came of it", contentType: "application/json", schema: PruneResult },
  refusals: { 409: `Nothing may be written now. ${noClusterRefusal}`, 503: "It cannot be kept now" },
  async handle(context, { body, caller }) {
    const result = await requireReconciliation(context).prune(body, caller.name);
    const failed = result.failed.length === 0 ? "" : `, ${result.failed.length} failed`;
    const left = result.left.length === 0 ? "" : `, ${result.left.length} left in force`;
    const labels = body.keepLabels ? ", labels stay" : "";
    const forced = body.force === true ? ", by force" : "";
    return { kind: "body", body: result, noted: `${result.nodes} put back${failed}${left}${labels}${forced}` };
  },
});
