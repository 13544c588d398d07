/** GET /api/v1/gpus/reservations */
import { GpuReservationList } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

/** Who keeps which GPU. */
export const gpuReservations: Route = defineRoute({
  name: "gpu-reservations",
  method: "GET",
  path: "/api/v1/gpus/reservations",
  access: "gpu:read",
  tag: "gpus",
  summary: "Who keeps which GPU for something else than models",
  description:
    "By people until a time, and by programs that hold more than 1 GiB of its memory until five minutes after. Routes leave such a GPU, and its models " +
    "are unloaded once when it begins.",
  success: { status: 200, description: "The reservations", contentType: "application/json", schema: GpuReservationList },
  handle({ reservations }) {
    return { kind: "body", body: { reservations: [...reservations.all()] } };
  },
});
