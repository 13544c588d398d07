/** When something will be used up. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** One number that grows towards its limit. */
export const Forecast = Type.Object({
  kind: Type.String({ description: "kind of the subject: disk_health or filesystem" }),
  id: Type.String({ description: "id of the subject" }),
  name: Type.String({ description: "what people call it: model and device, or mount point" }),
  what: Type.Enum(["wear", "space", "inodes"], { description: "what is used up" }),
  unit: Type.Enum(["percent", "bytes", "inodes"]),
  now: Type.Number({ description: "how much is used, by the last reading" }),
  limit: Type.Number({ description: "how much can be used: 100 percent, or what unprivileged users can have" }),
  outcome: Type.Enum(["reaches", "reached", "not-soon", "unknown"], {
    description:
      "not-soon: it stands, falls, or takes more than ten years even at the fastest that its history allows; unknown: `reason` says why",
  }),
  perDay: Type.Optional(Type.Number({ description: "how much it grows in a day, in `unit`; negative where it falls" })),
  earliestAt: Type.Optional(Timestamp),
  likelyAt: Type.Optional(Timestamp),
  latestAt: Type.Optional(
    Type.String({
      format: "date-time",
      description: "19 of 20 such histories end between earliest and latest; absent: it may never",
    }),
  ),
  reason: Type.Optional(Type.String({ description: "why it is not known" })),
  historyFrom: Type.Optional(
    Type.String({ format: "date-time", description: "since when there are numbers of it on this node; absent: there are none" }),
  ),
});
export type Forecast = Static<typeof Forecast>;

/** GET /api/v1/nodes/{name}/forecasts */
export const ForecastList = Type.Object({
  node: Type.String(),
  forecasts: Type.Array(Forecast, {
    description: "disks that tell their wear, then filesystems that can be written and lie on this machine; the soonest first",
  }),
});
export type ForecastList = Static<typeof ForecastList>;
