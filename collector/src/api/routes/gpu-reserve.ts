/** POST /api/v1/gpus/reservations */
import { GpuReservation, GpuReservationRequest } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

/** Keeps the GPU of a node for something else than models. */
export const gpuReserve: Route = defineRoute({
  name: "gpu-reserve",
  method: "POST",
  path: "/api/v1/gpus/reservations",
  access: "admin",
  tag: "gpus",
  summary: "Keep the GPU of a node for something else than models, for a while",
  description:
    "Routes leave it at once, its models are unloaded, and it comes back when its time is over. It takes the place of one that the node has.",
  body: GpuReservationRequest,
  audit: { action: "gpu.reserve", target: (_path, { node = "" }) => ({ kind: "node", name: node }) },
  success: { status: 201, description: "The reservation", contentType: "application/json", schema: GpuReservation },
  refusals: {
    404: "No GPU is known on a node of this name",
    409: "There are too many reservations",
    503: "It cannot be kept now",
  },
  async handle({ reservations }, { body, caller }) {
    const made = await reservations.reserve(body, caller.name);
    return { kind: "body", body: made, noted: `until ${made.until}${made.reason === "" ? "" : `: ${made.reason}`}` };
  },
});
