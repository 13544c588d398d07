/** How people are told. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** A way to tell people. */
export const ChannelStatus = Type.Object({
  name: Type.String(),
  type: Type.Enum(["webhook", "ntfy", "discord", "slack", "smtp", "alertmanager"]),
  target: Type.String({ description: "where it goes, without any secret" }),
  state: Type.Enum(["idle", "ok", "failing"], { description: "idle: nothing was sent since the start" }),
  waiting: Type.Integer({ description: "notices that wait to be delivered" }),
  deliveredCount: Type.Integer({ description: "since the start" }),
  lastDeliveredAt: Type.Optional(Timestamp),
  lastFailedAt: Type.Optional(Timestamp),
  problem: Type.Optional(Type.String({ description: "why the last attempt failed, and what to do where that is known" })),
});
export type ChannelStatus = Static<typeof ChannelStatus>;

/** GET /api/v1/notifications */
export const NotificationOverview = Type.Object({
  channels: Type.Array(ChannelStatus),
  heartbeat: Type.Optional(
    Type.Object({
      target: Type.String({ description: "without any secret" }),
      lastSentAt: Type.Optional(Timestamp),
      problem: Type.Optional(Type.String()),
    }),
  ),
});
export type NotificationOverview = Static<typeof NotificationOverview>;

/** Body of POST /api/v1/notifications/test */
export const NotificationTestRequest = Type.Object(
  { channel: Type.Optional(Type.String({ maxLength: 64, description: "without it, all" })) },
  { additionalProperties: false },
);
export type NotificationTestRequest = Static<typeof NotificationTestRequest>;

/** What became of a test. */
export const NotificationTest = Type.Object({
  channel: Type.String(),
  outcome: Type.Enum(["delivered", "failed"]),
  durationMs: Type.Number(),
  problem: Type.Optional(Type.String()),
});
export type NotificationTest = Static<typeof NotificationTest>;

/** POST /api/v1/notifications/test */
export const NotificationTestResult = Type.Object({ tests: Type.Array(NotificationTest) });
export type NotificationTestResult = Static<typeof NotificationTestResult>;
