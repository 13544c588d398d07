/** The ways between machines that report here, each pair once, and a page of them. Pure. */
import type { Mesh, MeshEnd, MeshPath, MeshQuery } from "@nodekeeper/shared/api";
import { pageOf, type SortKey } from "../page-of.ts";
import type { MeshMachine } from "./mesh-ends.ts";

const defaultLimit = 200;

/** What is worth a look comes first. */
type Rank = "differ" | "relayed" | "unknown" | "direct" | "idle";
const ranks: readonly Rank[] = ["differ", "relayed", "unknown", "direct", "idle"];

/** All of them, with what is said of all. */
export interface MeshPicture {
  readonly paths: readonly MeshPath[];
  readonly counts: Mesh["counts"];
}

/** Puts both ends of each together. Of two machines that claim one id, as clones do, the first by name counts. */
export function meshPicture(machines: readonly MeshMachine[]): MeshPicture {
  const paths = pathsOf(machines);
  const counts = { nodes: machines.length, paths: paths.length, differ: 0, relayed: 0, unknown: 0 };
  for (const path of paths) {
    if (rankOf(path) === "differ") counts.differ += 1;
    if (isRelayed(path)) counts.relayed += 1;
    if (path.agreement === "unknown") counts.unknown += 1;
  }
  return { paths, counts };
}

/** Lists those that are asked for. */
export function listPaths({ paths, counts }: MeshPicture, query: MeshQuery): Mesh {
  const { node, way, agreement, limit = defaultLimit, cursor } = query;
  const isWanted = ({ from, to, agreement: found }: MeshPath): boolean =>
    (node === undefined || from.node === node || to.node === node) &&
    (way === undefined || way.includes(from.way) || way.includes(to.way)) &&
    (agreement === undefined || agreement.includes(found));
  const page = pageOf(paths.filter(isWanted), { list: "mesh", keyOf, limit, cursor });
  return {
    paths: [...page.items],
    total: page.total,
    counts,
    ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
  };
}

function pathsOf(machines: readonly MeshMachine[]): readonly MeshPath[] {
  const tailnets = new Map<string, Map<string, MeshMachine>>();
  for (const machine of machines) {
    const known = tailnets.get(machine.tailnet) ?? new Map<string, MeshMachine>();
    if (!known.has(machine.id)) known.set(machine.id, machine);
    tailnets.set(machine.tailnet, known);
  }
  return [...tailnets.values()].flatMap(pathsWithin);
}

function pathsWithin(tailnet: ReadonlyMap<string, MeshMachine>): readonly MeshPath[] {
  const paths: MeshPath[] = [];
  for (const one of tailnet.values()) {
    for (const [id, end] of one.ends) {
      const other = tailnet.get(id);
      if (other === undefined || other === one) continue;
      const back = other.ends.get(one.id);
      if (back !== undefined && other.node < one.node) continue; // told where the other is looked at
      const told = back ?? {
        node: other.node,
        way: "unknown" as const,
        reason: other.unheard ?? `${other.node} does not tell the way to it`,
      };
      const [from, to] = one.node < other.node ? [end, told] : [told, end];
      paths.push({ from, to, agreement: agreementOf(from, to) });
    }
  }
  return paths;
}

/** One that only receives has no way of its own: what it would take is not known. */
function agreementOf(from: MeshEnd, to: MeshEnd): MeshPath["agreement"] {
  if (from.way === to.way) return from.way === "unknown" ? "unknown" : "agree";
  return isSending(from) && isSending(to) ? "differ" : "unknown";
}

function isSending({ way }: MeshEnd): boolean {
  return way === "direct" || way === "relay" || way === "peer-relay";
}

function isRelayed({ from, to }: MeshPath): boolean {
  return isRelay(from) || isRelay(to);
}

function isRelay({ way }: MeshEnd): boolean {
  return way === "relay" || way === "peer-relay";
}

function rankOf(path: MeshPath): Rank {
  if (path.agreement === "differ") return "differ";
  if (isRelayed(path)) return "relayed";
  const { from, to } = path;
  if (from.way === "unknown" || to.way === "unknown") return "unknown";
  return from.way === "direct" || to.way === "direct" ? "direct" : "idle";
}

function keyOf(path: MeshPath): SortKey {
  return [ranks.indexOf(rankOf(path)), path.from.node, path.to.node];
}
