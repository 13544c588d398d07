/** Judges one write of ours on a node of Longhorn: what it takes away must be somebody's known wish, and nobody's need. */
import type { Fields } from "@nodekeeper/shared";
import type { LonghornNode } from "../../../collector/src/state/longhorn/longhorn-node.ts";
import { longhornNodeOf } from "../../../collector/src/state/longhorn/longhorn-node-of.ts";
import { evacuate, ownersOf, place } from "./oracle.ts";
import type { Snapshot } from "./snapshot.ts";
import type { DiskState } from "./storm-agents.ts";

/** A write, and what was true when it was made. */
export interface Write {
  readonly name: string;
  readonly before: Fields;
  readonly after: Fields;
  /** All of Longhorn before it, as far as anybody in our place could know it. */
  readonly known: Snapshot;
  /** Tags that people set, by "node/disk/tag". */
  readonly theirs: ReadonlySet<string>;
  /** Disks that are closed because people want it, by "node/disk". */
  readonly closedByPeople: ReadonlySet<string>;
  readonly isFeedLost: boolean;
  readonly isSilent: boolean;
  /** The machine boots again and again. */
  readonly isInLoop: boolean;
  disk(name: string): DiskState | undefined;
}

/** What is to be said of it. */
export interface Judged {
  readonly complaints: readonly string[];
  readonly isRestricting: boolean;
}

/** Judges. */
export function judgeWrite(write: Write): Judged {
  const [before, after] = [longhornNodeOf(write.before), longhornNodeOf(write.after)];
  if (before === undefined || after === undefined)
    return { complaints: [`${write.name} is no node any more`], isRestricting: true };
  const { own, isRestricting } = ownComplaints(write, before, after);
  if (!isRestricting) return { complaints: own, isRestricting };
  const unheard = [
    ...(write.isFeedLost ? [`${write.name}: restricted while Longhorn is not heard`] : []),
    ...(write.isSilent ? [`${write.name}: restricted while its agent is silent`] : []),
  ];
  return { complaints: [...own, ...unheard, ...hurt(write, after)], isRestricting };
}

/** Whoever finds fewer places by it, and fewer than he wants. */
function hurt({ known, name }: Write, after: LonghornNode): readonly string[] {
  const then = { ...known, nodes: known.nodes.map((node) => (node.name === name ? after : node)) };
  const owners = new Map(ownersOf(then).map((owner) => [`${owner.kind} ${owner.name}`, owner]));
  return ownersOf(known).flatMap((owner) => {
    const later = owners.get(`${owner.kind} ${owner.name}`);
    const [was, is] = [place(known, owner).most, later === undefined ? 0 : place(then, later).most];
    return is < was
      ? [`${name}: ${owner.kind} ${owner.name} finds ${is} places after it, and ${was} of ${owner.wants} before`]
      : [];
  });
}

function ownComplaints(
  write: Write,
  before: LonghornNode,
  after: LonghornNode,
): { readonly own: readonly string[]; readonly isRestricting: boolean } {
  const own: string[] = [];
  let isRestricting = false;
  for (const [name, was] of before.disks) {
    const is = after.disks.get(name);
    const key = `${write.name}/${name}`;
    if (is === undefined) {
      own.push(`${key} is gone`);
      continue;
    }
    const { fault, type, isUnlisted } = write.disk(name) ?? { fault: "none", type: "unknown" };
    if (was.allowScheduling && !is.allowScheduling) {
      isRestricting = true;
      if (fault !== "firing") own.push(`${key} is closed, and its fault is ${fault}`);
    }
    if (!was.evictionRequested && is.evictionRequested) {
      if (fault !== "firing") own.push(`${key} is emptied, and its fault is ${fault}`);
      if (!evacuate(write.known, { node: write.name, disk: name }).isPossible)
        own.push(`${key} is emptied, and not all find a home`);
    }
    if (!was.allowScheduling && is.allowScheduling) {
      if (fault !== "none") own.push(`${key} is opened, and its fault is ${fault}`);
      if (isUnlisted === true) own.push(`${key} is opened, and the kernel has it no more`);
      if (write.closedByPeople.has(key)) own.push(`${key} is opened, which people closed`);
      if (write.isInLoop) own.push(`${key} is opened while its machine boots again and again`);
    }
    for (const tag of was.tags.filter((each) => !is.tags.includes(each))) {
      isRestricting = true;
      if (write.theirs.has(`${key}/${tag}`)) own.push(`${key} loses ${tag}, which somebody set`);
      if (type !== "ssd") own.push(`${key} loses ${tag}, and what it is is ${type}`);
    }
  }
  return { own, isRestricting };
}
