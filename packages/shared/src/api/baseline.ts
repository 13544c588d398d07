/** Against what the error counters of a disk are judged. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** Body of POST /api/v1/nodes/{name}/disks/{id}/baseline */
export const BaselineRequest = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 500, description: "why, for the audit" })) },
  { additionalProperties: false },
);
export type BaselineRequest = Static<typeof BaselineRequest>;

/** What the counters of a disk are judged against from now on. */
export const DiskBaseline = Type.Object({
  node: Type.String(),
  disk: Type.String({ description: "id of the disk" }),
  serialNumber: Type.Optional(Type.String({ description: "not there: the disk gives none" })),
  at: Timestamp,
  counters: Type.Array(
    Type.Object({
      name: Type.String({ description: "as in evidence, e.g. media_and_data_integrity_errors" }),
      before: Type.Integer({ description: "the baseline until now" }),
      baseline: Type.Integer({ description: "the baseline from now on, which is what the disk counted last" }),
    }),
  ),
});
export type DiskBaseline = Static<typeof DiskBaseline>;
