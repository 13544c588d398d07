/**
 * The facts that agents may refer to by their hash. What is held here is in the store or ahead of its reference in the queue to it, so a
 * reference never gets there first.
 */
import type { CheckedFacts } from "./validate-facts.ts";

/** Facts that were referred to. */
export interface FoundFacts {
  readonly facts: CheckedFacts;
  /** False when other facts of the probe came in between: the store may have forgotten these by now, and must get them whole. */
  readonly isLatest: boolean;
}

/** Facts by node, probe and hash. */
export interface HeldFactsTable {
  find(node: string, probe: string, hash: Uint8Array): FoundFacts | undefined;
  hold(node: string, probe: string, hash: Uint8Array, facts: CheckedFacts): void;
  /** Everything held of a node. */
  ofNode(node: string): readonly { readonly probe: string; readonly hash: Uint8Array }[];
  /** Another machine bears the name now, or the node was retired. */
  forget(node: string): void;
}

/** Facts of a probe: those in force, and those before, for history that comes after the newest state. */
const heldPerProbe = 2;
/** No agent has so many probes. */
const maximumProbes = 64;

/** Facts of one probe under their hash. */
interface Held {
  readonly probe: string;
  /** The hash, a character a byte. */
  readonly key: string;
  readonly facts: CheckedFacts;
}

/** Without any facts. */
export function createHeldFactsTable(): HeldFactsTable {
  /** In the order of their last use: a node has a few probes with one or two entries each, which is quicker gone through than hashed. */
  const nodes = new Map<string, Held[]>();

  function place(node: string, entry: Held): void {
    const held = nodes.get(node) ?? [];
    nodes.set(node, held);
    remove(held, (each) => each.probe === entry.probe && each.key === entry.key);
    const own = held.filter(({ probe }) => probe === entry.probe);
    if (own.length >= heldPerProbe) remove(held, (each) => each === own[0]);
    held.push(entry);
  }

  return {
    find(node, probe, hash) {
      const held = nodes.get(node);
      const key = keyOf(hash);
      const found = held?.find((each) => each.key === key && each.probe === probe);
      if (held === undefined || found === undefined) return undefined;
      const isLatest = held.findLast((each) => each.probe === probe) === found;
      if (!isLatest) place(node, found);
      return { facts: found.facts, isLatest };
    },
    hold(node, probe, hash, facts) {
      const probes = new Set(nodes.get(node)?.map((each) => each.probe));
      if (probes.size >= maximumProbes && !probes.has(probe)) return;
      place(node, { probe, key: keyOf(hash), facts });
    },
    ofNode: (node) => (nodes.get(node) ?? []).map(({ probe, key }) => ({ probe, hash: Buffer.from(key, "latin1") })),
    forget(node) {
      nodes.delete(node);
    },
  };
}

function remove(held: Held[], isWanted: (each: Held) => boolean): void {
  const index = held.findIndex(isWanted);
  if (index >= 0) held.splice(index, 1);
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("latin1");
}
