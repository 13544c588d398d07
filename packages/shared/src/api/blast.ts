/** What would break if a node or a disk died now, and what to do next. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** One thing that would break or suffer. */
export const BlastItem = Type.Object({
  kind: Type.Enum(
    [
      "volume-lost",
      "volume-degraded",
      "volume-detached",
      "local-claim-lost",
      "workload-stuck",
      "workload-moves",
      "route-lost",
      "etcd",
      "single-address",
    ],
    {
      description:
        "volume-lost: its last healthy replica is there; volume-degraded: it goes on with fewer replicas; volume-detached: it is attached there, and " +
        "comes back elsewhere; local-claim-lost: data that live nowhere else; workload-stuck: it can run nowhere else; workload-moves: it comes " +
        "back elsewhere; route-lost: an Ollama that answers there; etcd: the majority of the cluster's servers; single-address: what only this " +
        "node can reach, such as the way to the backups",
    },
  ),
  severity: Type.Enum(["lost", "outage", "degraded", "moves"], { description: "lost: data are gone; outage: it stands still" }),
  name: Type.String({ description: "as people know it, e.g. media/jellyfin-config" }),
  text: Type.String({ description: "what would happen to it, in one sentence" }),
  detail: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
});
export type BlastItem = Static<typeof BlastItem>;

/** What is in one answer. */
export const Blast = Type.Object({
  target: Type.Object({
    kind: Type.Enum(["node", "disk"]),
    node: Type.String(),
    disk: Type.Optional(Type.String({ description: "id of the block device" })),
    shown: Type.String({ description: "as people know it" }),
  }),
  at: Timestamp,
  items: Type.Array(BlastItem, { description: "the gravest first" }),
  counts: Type.Object({ lost: Type.Integer(), outage: Type.Integer(), degraded: Type.Integer(), moves: Type.Integer() }),
  unknown: Type.Array(Type.String(), { description: "what could not be looked at, and so may be missing above" }),
  next: Type.Array(Type.Object({ text: Type.String(), command: Type.String(), on: Type.String() }), {
    description: "what to do now to make it harmless, in order; the first one is safe now",
  }),
});
export type Blast = Static<typeof Blast>;

/** What GET /api/v1/blast/{name} may be asked. */
export const BlastQuery = Type.Object({
  disk: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: "only this disk of the node: its id, /dev name, or Longhorn's name of it",
    }),
  ),
});
export type BlastQuery = Static<typeof BlastQuery>;

/** GET /api/v1/decommission/{name}: what must be done, in order, before a node may be taken away for good. */
export const Decommission = Type.Object({
  node: Type.String(),
  at: Timestamp,
  isSafe: Type.Boolean({ description: "whether nothing would be lost by taking it away now" }),
  steps: Type.Array(
    Type.Object({
      name: Type.String({ description: "stable, kebab-case, e.g. replicas-elsewhere" }),
      state: Type.Enum(["done", "next", "later", "unknown"]),
      text: Type.String(),
      command: Type.String(),
      on: Type.String(),
    }),
  ),
  unknown: Type.Array(Type.String()),
});
export type Decommission = Static<typeof Decommission>;
