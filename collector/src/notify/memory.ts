/**
 * What was told and what waits to be delivered, in memory and in the store. It is written before it is sent, in this order: the notice, what it tells,
 * and, once it was delivered, that it waits no more. A crash at any point loses nothing, and repeats at most the notice that was under way, under its own
 * id. Where the store takes nothing, people are told all the same, and it is written as soon as that is possible.
 */
import { createHash } from "node:crypto";
import { AppError, type Clock, createMutex, type Logger } from "@nodekeeper/shared";
import type { DocumentKind, Store, StoredDocument } from "../store/store.ts";
import { isNotice, isToldDocument } from "./documents.ts";
import type { Notice, Told } from "./notice.ts";
import { afterTelling } from "./told.ts";

/** The memory of all channels. */
export interface NotifyMemory {
  /** By the key of findings, the one that was told longest ago first. */
  told(channel: string): ReadonlyMap<string, Told>;
  /** Notices that wait, the oldest first. */
  waiting(channel: string): readonly Notice[];
  /** In place of what was there; undefined: it is forgotten. */
  remember(channel: string, key: string, told: Told | undefined): void;
  /** It waits from now on. */
  enqueue(notice: Notice): void;
  /** It waits no more. */
  dequeue(notice: Notice): void;
  /** Channels of which something is remembered. */
  channels(): readonly string[];
  /** Everything about a channel that there is no more. */
  forget(channel: string): void;
  /** Writes what is not written yet; false: the store did not take it. Never rejects. */
  flush(): Promise<boolean>;
  /** Why the store does not take it; undefined while it does. */
  readonly problem: string | undefined;
}

/** What it needs. */
export interface NotifyMemoryOptions {
  readonly store: Pick<Store, "saveDocuments" | "documents">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** So much is remembered for each channel of what is over; the rest was told longest ago. */
const maximumTold = 4_000;

/** Reads it. */
export async function openNotifyMemory({ store, clock, logger }: NotifyMemoryOptions): Promise<NotifyMemory> {
  const told = new Map<string, Map<string, Told>>();
  const waiting = new Map<string, Notice[]>();
  /** undefined: to be removed. */
  const unwritten = { outbox: new Map<string, object | undefined>(), told: new Map<string, object | undefined>() };
  const oneByOne = createMutex();
  let problem: string | undefined;

  for (const { channel, told: each } of await read("told", isToldDocument)) tableOf(channel).set(each.finding.key, each);
  const notices = [...(await read("outbox", isNotice))].sort((a, b) => a.atMs - b.atMs);
  for (const notice of notices) restore(notice);

  async function read<Body>(kind: DocumentKind, isBody: (value: unknown) => value is Body): Promise<readonly Body[]> {
    const documents = await store.documents(kind);
    return documents.flatMap(({ id, body }) => {
      if (isBody(body)) return [body];
      logger.warn({ kind, id }, "a document of the notifications is not in a form that is known, it is left alone");
      return [];
    });
  }

  /** It was written before what it tells was. */
  function restore(notice: Notice): void {
    queueOf(notice.channel).push(notice);
    const table = tableOf(notice.channel);
    for (const item of notice.items) {
      const before = table.get(item.finding.key);
      if (before?.noticeId === notice.id) continue;
      if (before !== undefined && notices.some(({ id, atMs }) => id === before.noticeId && atMs > notice.atMs)) continue;
      remember(notice.channel, item.finding.key, afterTelling(before, item, notice.id, notice.atMs));
    }
  }

  function tableOf(channel: string): Map<string, Told> {
    const table = told.get(channel) ?? new Map<string, Told>();
    told.set(channel, table);
    return table;
  }

  function queueOf(channel: string): Notice[] {
    const queue = waiting.get(channel) ?? [];
    waiting.set(channel, queue);
    return queue;
  }

  function remember(channel: string, key: string, next: Told | undefined): void {
    const table = tableOf(channel);
    table.delete(key); // so that it goes to the end
    if (next !== undefined) table.set(key, next);
    unwritten.told.set(toldId(channel, key), next === undefined ? undefined : { channel, told: next });
    if (table.size <= maximumTold) return;
    const oldest = [...table].find(([, each]) => each.state === "over");
    if (oldest !== undefined) remember(channel, oldest[0], undefined);
  }

  async function write(): Promise<boolean> {
    const outbox = new Map(unwritten.outbox);
    const tables = new Map(unwritten.told);
    if (outbox.size + tables.size === 0) return true;
    try {
      await save("outbox", outbox, "put");
      await save("told", tables, "all");
      await save("outbox", outbox, "removed");
    } catch (thrown) {
      const err = AppError.from(thrown, "STORE_FAILED");
      if (problem === undefined) logger.warn({ err }, "the store did not take what was told, trying again");
      problem = `the store does not take what was told, after a restart it may be told twice: ${err.message}`;
      return false;
    }
    settle(unwritten.outbox, outbox);
    settle(unwritten.told, tables);
    problem = undefined;
    return true;
  }

  async function save(
    kind: DocumentKind,
    documents: ReadonlyMap<string, object | undefined>,
    what: "put" | "removed" | "all",
  ): Promise<void> {
    const changedAtMs = clock.wallMs();
    const put: StoredDocument[] = [];
    const removed: string[] = [];
    for (const [id, body] of documents) {
      if (body === undefined) removed.push(id);
      else put.push({ id, changedAtMs, body });
    }
    const puts = what === "removed" ? [] : put;
    const removes = what === "put" ? [] : removed;
    if (puts.length + removes.length > 0) await store.saveDocuments(kind, puts, removes);
  }

  return {
    told: tableOf,
    waiting: queueOf,
    remember,
    enqueue(notice) {
      queueOf(notice.channel).push(notice);
      unwritten.outbox.set(notice.id, notice);
    },
    dequeue(notice) {
      const queue = queueOf(notice.channel);
      waiting.set(
        notice.channel,
        queue.filter(({ id }) => id !== notice.id),
      );
      unwritten.outbox.set(notice.id, undefined);
    },
    channels: () => [...new Set([...told.keys(), ...waiting.keys()])],
    forget(channel) {
      for (const key of tableOf(channel).keys()) unwritten.told.set(toldId(channel, key), undefined);
      for (const { id } of queueOf(channel)) unwritten.outbox.set(id, undefined);
      told.delete(channel);
      waiting.delete(channel);
    },
    flush: () => oneByOne(write),
    get problem() {
      return problem;
    },
  };
}

/** Names of subjects are long, and not of characters that one would choose. */
function toldId(channel: string, key: string): string {
  return `${channel}/${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
}

/** What was written, and not changed meanwhile, need not be written again. */
function settle<Value>(unwritten: Map<string, Value>, written: ReadonlyMap<string, Value>): void {
  for (const [id, value] of written) if (unwritten.get(id) === value) unwritten.delete(id);
}
