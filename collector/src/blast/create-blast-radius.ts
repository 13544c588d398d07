/** Answers what would break: finds what is meant, takes the picture, and lets the judges look at it. */
import { AppError, nearest } from "@nodekeeper/shared";
import type { BlastRadius } from "./blast-radius.ts";
import { deathOfDisk, deathOfNode } from "./death/death.ts";
import { diskNames, type FoundDisk, findDisks } from "./death/find-disk.ts";
import { judgeBlast } from "./judge-blast.ts";
import { judgeDecommission } from "./judge-decommission.ts";
import { knownPicture, type PictureSources, readPicture } from "./read-picture.ts";

/** What it needs. */
export interface BlastRadiusOptions extends PictureSources {
  /** Where Longhorn's objects lie. */
  readonly longhornNamespace: string;
  /** Whether an agent's credential is kept for the node. */
  readonly hasCredential: (node: string) => boolean;
}

/** It reads anew for whoever asks. */
export function createBlastRadius(options: BlastRadiusOptions): BlastRadius {
  const { longhornNamespace, hasCredential } = options;
  return {
    async of({ node: name, disk }, signal) {
      const at = disk === undefined && !isNode(options, name) ? findAnywhere(options, name) : { node: name, disk };
      if (!isNode(options, at.node)) throw unknownNode(options, at.node);
      const found = at.disk === undefined ? undefined : findDisk(options, at.node, at.disk);
      const picture = await readPicture(options, at.node, signal);
      return judgeBlast(picture, found === undefined ? deathOfNode(picture) : deathOfDisk(picture, found), longhornNamespace);
    },
    async decommission(node, signal) {
      if (!isNode(options, node) && !hasCredential(node)) throw unknownNode(options, node, "no node");
      return judgeDecommission(await readPicture(options, node, signal), {
        longhornNamespace,
        hasCredential: hasCredential(node),
      });
    },
  };
}

/** Whether anybody knows a node of this name: the cluster, Longhorn, or an agent. */
function isNode({ cluster, longhorn, state }: PictureSources, name: string): boolean {
  return [cluster.node(name), longhorn.node(name), state.node(name)].some((known) => known !== undefined);
}

function namesOf({ cluster, longhorn, state }: PictureSources): readonly string[] {
  return [...new Set([cluster.nodes(), longhorn.nodes(), state.nodes()].flatMap((nodes) => nodes.map(({ name }) => name)))];
}

/** A disk by a name that is no node's, on whichever node it is. */
function findAnywhere(options: PictureSources, name: string): { readonly node: string; readonly disk: string } {
  const found = namesOf(options).filter((node) => findDisks(placeOf(options, node), name, true).length > 0);
  const [only, ...more] = found;
  if (only === undefined) throw unknownNode(options, name);
  if (more.length > 0) {
    throw new AppError(
      "CONFLICT",
      `"${name}" fits disks of ${found.join(", ")}: name the node too (nodekeeper blast ${only} ${name})`,
    );
  }
  return { node: only, disk: name };
}

function findDisk(options: PictureSources, node: string, name: string): FoundDisk {
  const place = placeOf(options, node);
  const [only, ...more] = findDisks(place, name);
  if (only === undefined) {
    const names = diskNames(place);
    const list = names.length === 0 ? "none of its disks is known: its agent does not report" : `it has ${names.join(", ")}`;
    throw new AppError("NOT_FOUND", `${node} has no disk "${name}"; ${list}`);
  }
  if (more.length > 0) {
    const all = [only, ...more].map((one) => (one.kind === "device" ? one.id : one.disk.name));
    throw new AppError("CONFLICT", `"${name}" fits several disks of ${node}: ${all.join(", ")}`);
  }
  return only;
}

function placeOf(options: PictureSources, node: string): Parameters<typeof findDisks>[0] {
  const { machine, matchedDisks } = knownPicture(options, node);
  return { node, machine, matchedDisks };
}

function unknownNode(options: PictureSources, name: string, nothing = "no node and no disk"): AppError {
  const suggestion = nearest(name, namesOf(options));
  const hint = suggestion === undefined ? "`nodekeeper nodes` lists the nodes that report" : `did you mean "${suggestion}"?`;
  return new AppError("NOT_FOUND", `${nothing} is called "${name}"; ${hint}`);
}
