/** The ways between machines over the tailnet, as both ends tell them. */
import { type Static, Type } from "typebox";
import { Freshness, Timestamp } from "./common.ts";

/** How packets go, as one end says. */
export const MeshWay = Type.Enum(["direct", "relay", "peer-relay", "idle", "offline", "unknown"], {
  description:
    "direct; relay: over one of DERP's relays; peer-relay: over another machine of the tailnet; idle: nothing was sent lately, so that there is no way; " +
    "offline: the control plane says that the other is not connected; unknown: `reason` says why",
});
export type MeshWay = Static<typeof MeshWay>;

/** What one end says of the way to the other. What is unknown is left out. */
export const MeshEnd = Type.Object({
  node: Type.String({ description: "who says it" }),
  way: MeshWay,
  detail: Type.Optional(
    Type.String({
      description: "of direct, the address; of relay, its region; of peer-relay, the address of the machine between",
    }),
  ),
  lastWay: Type.Optional(
    Type.Enum(["direct", "relay", "peer-relay"], { description: "of idle and offline: how packets went when they last did" }),
  ),
  handshakeAgeSeconds: Type.Optional(Type.Number({ description: "since the last handshake of WireGuard" })),
  latencySeconds: Type.Optional(Type.Number({ description: "by the daemon's own ping, of the last minute" })),
  receiveBytes: Type.Optional(Type.Number({ description: "received from the other end since the daemon knows it" })),
  transmitBytes: Type.Optional(Type.Number({ description: "sent to the other end since the daemon knows it" })),
  freshness: Type.Optional(Freshness),
  observedAt: Type.Optional(Timestamp),
  reason: Type.Optional(Type.String({ description: "of unknown: why it is not known" })),
});
export type MeshEnd = Static<typeof MeshEnd>;

/** The way between two machines that report here. */
export const MeshPath = Type.Object({
  from: MeshEnd,
  to: MeshEnd,
  agreement: Type.Enum(["differ", "agree", "unknown"], {
    description:
      "differ: both ends tell a way, and not the same one, so that packets come back otherwise than they go; agree: both tell the same, be it that there " +
      "is none; unknown: one of them cannot be heard, or only one sends",
  }),
});
export type MeshPath = Static<typeof MeshPath>;

/** What GET /api/v1/mesh may be asked. */
export const MeshQuery = Type.Object({
  node: Type.Optional(Type.String({ maxLength: 253, description: "only ways of which this node is an end" })),
  way: Type.Optional(Type.Array(MeshWay, { description: "only where an end says one of these, separated by commas" })),
  agreement: Type.Optional(
    Type.Array(Type.Enum(["differ", "agree", "unknown"]), { description: "only these, separated by commas" }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: "at most so many ways" })),
  cursor: Type.Optional(
    Type.String({ maxLength: 2048, description: "`nextCursor` of the page before; goes on after its last way" }),
  ),
});
export type MeshQuery = Static<typeof MeshQuery>;

/** GET /api/v1/mesh */
export const Mesh = Type.Object({
  paths: Type.Array(MeshPath, {
    description:
      "each pair once: first those on which the ends differ, then relayed ones, unknown ones, direct ones, idle ones; then by name",
  }),
  total: Type.Integer({ description: "how many ways match, on this page or not" }),
  counts: Type.Object(
    { nodes: Type.Integer(), paths: Type.Integer(), differ: Type.Integer(), relayed: Type.Integer(), unknown: Type.Integer() },
    { description: "of all ways, whatever was asked for; nodes: machines of the tailnet that report here" },
  ),
  nextCursor: Type.Optional(Type.String({ description: "left out on the last page" })),
});
export type Mesh = Static<typeof Mesh>;
