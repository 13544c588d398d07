/** What is written down of how GPUs and models were used: of each node the last day whole, and what came since that was written. */
import type { Logger } from "@nodekeeper/shared";
import type { Store } from "../store/store.ts";
import { isUsageDocument, type UsageDocument } from "./usage-document.ts";

/** What is written. */
export interface UsageMemory {
  /** Of each node what was written before this process, to be restored in this order. */
  readonly restored: ReadonlyMap<string, readonly UsageDocument[]>;
  /** A node is to be written. */
  changed(node: string): void;
  /** It is to be removed. */
  forget(node: string): void;
  /** Writes what changed. `documentOf` makes what is known of a node from a time (ms since 1970) on; undefined: nothing. */
  save(nowMs: number, documentOf: (node: string, fromMs: number) => UsageDocument | undefined): Promise<void>;
}

/** What it needs. */
export interface UsageMemoryOptions {
  readonly store: Pick<Store, "documents" | "saveDocuments">;
  readonly logger: Logger;
}

/** A day of a GPU is some kB; an hour of it some hundred bytes. */
const wholeMs = 3_600_000;
/** Written at once, so that the store is free for others between. */
const batch = 50;
/** Days that are written whole in one minute, so that a large fleet spreads them over the hour. */
const maximumWholes = 1_000;
const longAgoMs = 0;
/** What is learned may be of so long ago: an eviction is one only when the model did not come back. */
const lateMs = 300_000;

type Part = "whole" | "since";

interface Written {
  readonly atMs: number;
  readonly document: UsageDocument;
}

/** Reads it. */
export async function openUsageMemory({ store, logger }: UsageMemoryOptions): Promise<UsageMemory> {
  const written = new Map<string, Map<Part, Written>>();
  const changed = new Set<string>();
  const forgotten = new Set<string>();
  for (const { id, changedAtMs, body } of await store.documents("gpu_usage")) {
    const at = id.lastIndexOf("/");
    const [node, part] = [id.slice(0, at), id.slice(at + 1)];
    if ((part === "whole" || part === "since") && isUsageDocument(body)) {
      written.set(node, (written.get(node) ?? new Map<Part, Written>()).set(part, { atMs: changedAtMs, document: body }));
    } else logger.error({ id }, "what the store holds of the use of a GPU is damaged, it is left out");
  }
  const wholeAtMs = new Map<string, number>();
  for (const [node, parts] of written) wholeAtMs.set(node, parts.get("whole")?.atMs ?? longAgoMs);

  /** Before anything is written: another machine may bear the name by now, and begins with nothing. */
  async function removeForgotten(): Promise<void> {
    const removed = [...forgotten];
    if (removed.length === 0) return;
    forgotten.clear();
    try {
      await store.saveDocuments(
        "gpu_usage",
        [],
        removed.flatMap((node) => [`${node}/whole`, `${node}/since`]),
      );
    } catch (thrown) {
      for (const node of removed) forgotten.add(node);
      throw thrown;
    }
  }

  return {
    restored: new Map([...written].map(([node, parts]) => [node, inOrder(parts)])),
    changed: (node) => void changed.add(node),
    forget(node) {
      changed.delete(node);
      wholeAtMs.delete(node);
      forgotten.add(node);
    },
    async save(nowMs, documentOf) {
      await removeForgotten();
      let wholesLeft = maximumWholes;
      for (const nodes of chunks([...changed])) {
        const put = nodes.flatMap((node) => {
          const before = wholeAtMs.get(node);
          const isWhole = wholesLeft > 0 && (before === undefined || nowMs < before || nowMs - before >= wholeMs);
          const body = documentOf(node, isWhole || before === undefined ? longAgoMs : before - lateMs);
          if (isWhole) wholesLeft -= 1;
          return body === undefined
            ? []
            : [{ node, isWhole, id: `${node}/${isWhole ? "whole" : "since"}`, changedAtMs: nowMs, body }];
        });
        for (const node of nodes) changed.delete(node);
        try {
          await store.saveDocuments(
            "gpu_usage",
            put.map(({ id, changedAtMs, body }) => ({ id, changedAtMs, body })),
            [],
          );
        } catch (thrown) {
          for (const node of nodes) changed.add(node);
          throw thrown;
        }
        for (const { node, isWhole } of put) if (isWhole) wholeAtMs.set(node, nowMs);
      }
    },
  };
}

/** The whole, and what came since; what is older than the whole stands in it. */
function inOrder(parts: ReadonlyMap<Part, Written>): readonly UsageDocument[] {
  const [whole, since] = [parts.get("whole"), parts.get("since")];
  if (whole === undefined || since === undefined) return [...parts.values()].map(({ document }) => document);
  return since.atMs < whole.atMs ? [whole.document] : [whole.document, since.document];
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += batch) yield items.slice(at, at + batch);
}
