/** Numbers over time. */
import { type Static, Type } from "typebox";

/** GET /api/v1/nodes/{name}/history */
export const HistoryQuery = Type.Object({
  machine: Type.Optional(
    Type.String({
      pattern: "^[A-Za-z0-9-]{1,64}$",
      description:
        "machine-id of a machine that bore the name before, as the changes of the node tell it; without it, of the one that bears it now",
    }),
  ),
  kind: Type.String({ description: "kind of the subject, e.g. filesystem" }),
  id: Type.Optional(Type.String({ description: "id of the subject; without it, all subjects of the kind" })),
  name: Type.Optional(
    Type.String({ description: "name of the sample, e.g. used_bytes; several separated by commas; without it, all" }),
  ),
  from: Type.Optional(Type.String({ format: "date-time", description: "default: an hour before `to`" })),
  to: Type.Optional(Type.String({ format: "date-time", description: "default: now" })),
  resolution: Type.Optional(
    Type.Enum(["auto", "raw", "5m", "1h"], {
      default: "auto",
      description: "time between two points; auto: the finest that is kept for the whole span and is not too many points",
    }),
  ),
  points: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: 2100,
      default: 2100,
      description: "at most about so many points a series: neighbours are joined, with their average, minimum and maximum",
    }),
  ),
});
export type HistoryQuery = Static<typeof HistoryQuery>;

/** One series. The arrays run in parallel; times are ms since 1970 by the collector's clock; null is unknown. */
export const HistorySeries = Type.Object({
  kind: Type.String(),
  id: Type.String(),
  name: Type.String(),
  isRate: Type.Boolean({ description: "true for counters (…_total): the values are per second, resets taken into account" }),
  at: Type.Array(Type.Number()),
  average: Type.Array(Type.Union([Type.Number(), Type.Null()])),
  minimum: Type.Optional(Type.Array(Type.Union([Type.Number(), Type.Null()]))),
  maximum: Type.Optional(Type.Array(Type.Union([Type.Number(), Type.Null()]))),
});
export type HistorySeries = Static<typeof HistorySeries>;

/** Body of the history. */
export const History = Type.Object({
  node: Type.String(),
  from: Type.String({ format: "date-time" }),
  to: Type.String({ format: "date-time" }),
  resolution: Type.Enum(["raw", "5m", "1h"]),
  series: Type.Array(HistorySeries),
});
export type History = Static<typeof History>;
