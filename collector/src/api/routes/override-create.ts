/** POST /api/v1/overrides */
import { ItemOverride, OverrideRequest } from "@nodekeeper/shared/api";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** Keeps an item as somebody wants it, for a while. */
export const overrideCreate: Route = defineRoute({
  name: "override-create",
  method: "POST",
  path: "/api/v1/overrides",
  access: "admin",
  tag: "cluster",
  summary: "Keep an item of a node as you want it, for a while",
  description:
    "Against the policy, until it ends by itself or is ended. It takes the place of one that is there. Without `value` the item is not to be there.",
  body: OverrideRequest,
  audit: {
    action: "override.create",
    target: (_path, { node }) => (node === undefined ? { kind: "", name: "" } : { kind: "node", name: node }),
  },
  success: { status: 201, description: "The override", contentType: "application/json", schema: ItemOverride },
  refusals: {
    404: "No node has this name, or nobody but others writes such an item",
    409: noClusterRefusal,
    503: "It cannot be kept now",
  },
  async handle(context, { body, caller }) {
    const made = await requireReconciliation(context).override(body, caller.name);
    const what = made.value === undefined ? `${made.item} is not to be there` : `${made.item}=${made.value}`;
    return { kind: "body", body: made, noted: `${what} until ${made.until}${made.reason === "" ? "" : `: ${made.reason}`}` };
  },
});
