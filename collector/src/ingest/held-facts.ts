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
  /** Another machine bears the name now. */
  forget(node: string): void;
}

/** Facts of a probe: those in force, and those before, for history that comes after the newest state. */
const heldPerProbe = 2;
/** No agent has so many probes. */
const maximumProbes = 64;

/** Without any facts. */
export function createHeldFactsTable(): HeldFactsTable {
  const nodes = new Map<string, Map<string, Map<string, CheckedFacts>>>();
  return {
    find(node, probe, hash) {
      const held = nodes.get(node)?.get(probe);
      const key = keyOf(hash);
      const facts = held?.get(key);
      if (held === undefined || facts === undefined) return undefined;
      const isLatest = [...held.keys()].at(-1) === key;
      touch(held, key, facts);
      return { facts, isLatest };
    },
    hold(node, probe, hash, facts) {
      const probes = nodes.get(node) ?? new Map<string, Map<string, CheckedFacts>>();
      const held = probes.get(probe) ?? new Map<string, CheckedFacts>();
      if (!probes.has(probe) && probes.size >= maximumProbes) return;
      nodes.set(node, probes);
      probes.set(probe, held);
      touch(held, keyOf(hash), facts);
      for (const oldest of held.keys()) {
        if (held.size <= heldPerProbe) break;
        held.delete(oldest);
      }
    },
    ofNode(node) {
      return [...(nodes.get(node) ?? [])].flatMap(([probe, held]) =>
        [...held.keys()].map((key) => ({ probe, hash: Buffer.from(key, "hex") })),
      );
    },
    forget(node) {
      nodes.delete(node);
    },
  };
}

/** Moves the entry to the end: the first is always the one that was not used for longest. */
function touch(held: Map<string, CheckedFacts>, key: string, facts: CheckedFacts): void {
  held.delete(key);
  held.set(key, facts);
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("hex");
}
