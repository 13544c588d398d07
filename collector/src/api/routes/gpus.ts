/** GET /api/v1/gpus */
import { FleetGpuList } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

/** All GPUs that compute. */
export const gpus: Route = defineRoute({
  name: "gpus",
  method: "GET",
  path: "/api/v1/gpus",
  access: "gpu:read",
  tag: "gpus",
  summary: "The GPUs of all nodes",
  description:
    "For each GPU whether it is free, busy, taken, asleep or unavailable, why, who holds its memory, and whether somebody keeps it. What is old or " +
    "cannot be told is `unknown`. Nothing is woken for this.",
  success: { status: 200, description: "The GPUs", contentType: "application/json", schema: FleetGpuList },
  handle: ({ gpuAnswers }) => gpuAnswers.list(),
});
