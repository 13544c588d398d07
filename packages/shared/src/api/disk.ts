/** All disks of the fleet, one line each. */
import { type Static, Type } from "typebox";
import { Freshness, Severity, Timestamp } from "./common.ts";
import { FindingState } from "./finding.ts";
import { Forecast } from "./forecast.ts";

/** By what disks may be sorted. */
const diskOrders = [
  "node",
  "-node",
  "health",
  "-health",
  "sizeBytes",
  "-sizeBytes",
  "wornPercent",
  "-wornPercent",
  "temperatureCelsius",
  "-temperatureCelsius",
] as const;

/** What kind of disk it is. */
export const DiskKind = Type.Enum(["nvme", "ssd", "hdd", "flash", "virtual", "unknown"], {
  description:
    "nvme; ssd and hdd: by SATA, SAS or USB, and whether it turns; flash: eMMC, SD cards, sticks; virtual: no disk of its own stands behind it; " +
    "unknown: it does not say",
});
export type DiskKind = Static<typeof DiskKind>;

/** How a disk is. */
export const DiskHealthState = Type.Enum(["ok", "degraded", "failed", "missing", "unknown"], {
  description:
    "failed and degraded: a finding of high or medium severity about it fires, and was not set aside; missing: it was built in, and a whole list " +
    "of the node's disks does not have it; unknown: it was not asked, could not say, or its last word is old; ok: it was asked, and nothing is wrong",
});
export type DiskHealthState = Static<typeof DiskHealthState>;

/** A finding about a disk, in one line. */
export const DiskFinding = Type.Object({
  id: Type.String({ description: "as in GET /api/v1/findings" }),
  rule: Type.String(),
  severity: Severity,
  state: FindingState,
  text: Type.String(),
  isSetAside: Type.Optional(Type.Boolean({ description: "true: it was acknowledged or accepted" })),
});
export type DiskFinding = Static<typeof DiskFinding>;

/** A disk. What is unknown is left out. */
export const Disk = Type.Object({
  node: Type.String(),
  id: Type.String({ description: "of the subject of kind block_device" }),
  name: Type.Optional(Type.String({ description: "in the kernel now, e.g. nvme0n1" })),
  kind: DiskKind,
  bus: Type.Optional(Type.String()),
  model: Type.Optional(Type.String()),
  serial: Type.Optional(Type.String()),
  firmware: Type.Optional(Type.String()),
  sizeBytes: Type.Optional(Type.Number()),
  health: DiskHealthState,
  reason: Type.String({ description: "why its health is that, in one sentence" }),
  wornPercent: Type.Optional(Type.Number({ description: "how much of its life it used; may exceed 100" })),
  temperatureCelsius: Type.Optional(Type.Number()),
  powerOnHours: Type.Optional(Type.Number()),
  freshness: Freshness,
  observedAt: Type.Optional(
    Type.String({ format: "date-time", description: "when it was last seen; of a missing one: since when it is gone" }),
  ),
  healthReadAt: Type.Optional(
    Type.String({ format: "date-time", description: "when the numbers of its health were read; not there: never" }),
  ),
  forecast: Type.Optional(Forecast),
  findings: Type.Array(DiskFinding, { description: "pending and firing ones about it, the loudest first" }),
});
export type Disk = Static<typeof Disk>;

/** What GET /api/v1/disks may be asked. */
export const DiskListQuery = Type.Object({
  node: Type.Optional(Type.String({ maxLength: 253, description: "only of this node" })),
  health: Type.Optional(Type.Array(DiskHealthState, { description: "only disks in one of these states, separated by commas" })),
  kind: Type.Optional(Type.Array(DiskKind, { description: "only disks of these kinds, separated by commas" })),
  q: Type.Optional(
    Type.String({
      maxLength: 256,
      description:
        "only disks in whose node, name, model, serial number, firmware or reason each of these words occurs, whatever the case",
    }),
  ),
  sort: Type.Optional(
    Type.Enum(diskOrders, {
      default: "health",
      description:
        "by this field, `-` before it for the reverse; health: the worst first; what is unknown comes last; ties by node and id",
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100, description: "at most so many disks" })),
  cursor: Type.Optional(
    Type.String({
      maxLength: 4096,
      description: "`nextCursor` of the page before, with the same `sort`; goes on after its last disk",
    }),
  ),
});
export type DiskListQuery = Static<typeof DiskListQuery>;

/** GET /api/v1/disks */
export const DiskList = Type.Object({
  disks: Type.Array(Disk),
  total: Type.Integer({ description: "how many disks match, on this page or not" }),
  incomplete: Type.Array(Type.Object({ node: Type.String(), reason: Type.String(), since: Type.Optional(Timestamp) }), {
    description: "nodes whose disks are not all known: nobody listed them yet, or the list is old or not whole",
  }),
  nextCursor: Type.Optional(Type.String({ description: "left out on the last page" })),
});
export type DiskList = Static<typeof DiskList>;
