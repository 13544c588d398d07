/** POST /api/v1/nodes/{name}/disks/{id}/baseline */
import { BaselineRequest, DiskBaseline } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** The errors that a disk counted until now are known. */
export const diskBaseline: Route = defineRoute({
  name: "disk-baseline",
  method: "POST",
  path: "/api/v1/nodes/{name}/disks/{id}/baseline",
  access: "admin",
  tag: "findings",
  summary: "Judge a disk by the errors that it counts from now on",
  description:
    "What its error counters say becomes what they are judged against: growth until now is over, and the finding of it clears as its rule says. The " +
    "next error is growth again. The disk itself is not touched.",
  pathParameters: Type.Object({
    ...NodeNameParameter.properties,
    id: Type.String({ minLength: 1, maxLength: 512, description: "id, serial number or kernel name of the disk" }),
  }),
  body: BaselineRequest,
  audit: { action: "disk.baseline", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "The baseline", contentType: "application/json", schema: DiskBaseline },
  refusals: {
    404: "No node has this name, or it has no such disk that counts errors",
    409: "Several disks of the node are called so",
    503: "It cannot be kept now",
  },
  async handle({ state, rebaseDisk }, { path, body }) {
    const made = await rebaseDisk(requireNode(state, path.name).name, path.id);
    const { reason = "" } = body;
    const moved = made.counters.filter(({ before, baseline }) => before !== baseline);
    const text = moved.map(({ name, before, baseline }) => `${name} ${before} → ${baseline}`).join(", ");
    return { kind: "body", body: made, noted: `${made.disk}: ${text || "nothing grew"}${reason === "" ? "" : `: ${reason}`}` };
  },
});
