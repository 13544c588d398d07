/** GET /api/v1/stream, documented here and refused to those who do not speak WebSocket; live/ serves it. */
import { AppError } from "@nodekeeper/shared";
import { StreamDelta, StreamQuery, StreamSnapshot } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { defineRoute, type Route } from "../route.ts";

/** The live stream. */
export const stream: Route = defineRoute({
  name: "stream",
  method: "GET",
  path: "/api/v1/stream",
  access: "read",
  tag: "live",
  summary: "What changes, as it changes (WebSocket)",
  description:
    "First a snapshot, then versioned deltas at most some times a second, each a JSON text message as described under 101. With `stream` and " +
    "`version` of the last message a client resumes where it left off. The client sends nothing. Closed with 1001 when the collector stops, 1008 " +
    "after a message from the client, 1013 when there are too many clients, or too many of whoever asks, 4401 when the token was revoked or the login is past its time.",
  queryParameters: StreamQuery,
  success: {
    status: 101,
    description: "From here on WebSocket messages of these forms",
    contentType: "application/json",
    schema: Type.Union([StreamSnapshot, StreamDelta]),
  },
  refusals: { 426: "The request is not a WebSocket handshake" },
  handle() {
    throw new AppError("UPGRADE_REQUIRED", "this address speaks WebSocket only; GET /api/v1/nodes answers once");
  },
});
