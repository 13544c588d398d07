/** DELETE /api/v1/gpus/reservations/{name} */
import { GpuReservation } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { defineRoute, type Route } from "../route.ts";

/** Gives a GPU back to models. */
export const gpuRelease: Route = defineRoute({
  name: "gpu-release",
  method: "DELETE",
  path: "/api/v1/gpus/reservations/{name}",
  access: "admin",
  tag: "gpus",
  summary: "Give the GPU of a node back to models",
  description: "Ends what a person reserved. What a program holds ends five minutes after the program is gone.",
  pathParameters: NodeNameParameter,
  audit: { action: "gpu.release", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "What it was", contentType: "application/json", schema: GpuReservation },
  refusals: { 404: "Nobody keeps the GPU of this node", 503: "It cannot be written now" },
  async handle({ reservations }, { path }) {
    return { kind: "body", body: await reservations.release(path.name) };
  },
});
