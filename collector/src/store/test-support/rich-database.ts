/** A database with something in every table, large enough that its trees have several levels. */
import { closeSync, cpSync, openSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import type { NewAuditRecord, NewChange } from "../store.ts";
import type { DocumentRow } from "../tables/documents-table.ts";
import type { OnboardingRow } from "../tables/onboardings-table.ts";
import { engineUnderTest } from "./engine-under-test.ts";
import { reading } from "./readings.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";

/** When its last observation was made. */
export const richUntilMs: number = Date.UTC(2026, 10, 22, 10, 30);
const startMs = richUntilMs - 3 * 86_400_000;
const everyMs = 600_000;
const nodes = 40;

/** Makes one and closes it as it should be; with `isRunning`, as a crash would leave it: with its log beside it. */
export function richDatabase(isRunning = false): TemporaryDirectory {
  const store = engineUnderTest(temporaryDirectory());
  const names = Array.from({ length: nodes }, (_, index) => `node-${index}`);
  store.engine().transaction("testing", () => {
    store.engine().saveNodes(names.map((name) => ({ ...aNode, name })));
    store.engine().saveFindings(Array.from({ length: 300 }, (_, index) => finding(index)));
    store.engine().saveOnboardings(names.map(onboardingRow));
    store.engine().saveDocuments({ put: names.map(documentRow), removed: [] });
    store.engine().appendAudit(Array.from({ length: 400 }, (_, index) => auditRecord(index)));
  });
  for (let atMs = startMs, round = 1; atMs <= richUntilMs; atMs += everyMs, round += 1) {
    store.commit(
      names.map((node, index) => ({
        ...reading({ node, sequence: round, atMs, intervalMs: everyMs, keys: keysOf(index), values: valuesAt(round + index) }),
        stock: { inventories: [inventory(node)], changes: round % 20 === 0 ? [change(node, atMs)] : [] },
      })),
    );
    if (round % 36 === 0) store.maintain(atMs);
  }
  const copy = temporaryDirectory();
  if (!isRunning) store.engine()[Symbol.dispose]();
  cpSync(store.directory, copy.path, { recursive: true });
  store[Symbol.dispose]();
  return copy;
}

/** All rows of all tables, in an order of their own, as text. */
export function rowsOf(file: string): ReadonlyMap<string, readonly string[]> {
  const database = new Database(file, { readonly: true });
  try {
    const names = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all();
    return new Map(names.map((name) => [name, database.prepare(`SELECT * FROM ${name}`).all().map(asText).toSorted()]));
  } finally {
    database.close();
  }
}

/** Pages of each tree, by its name; an index has a name of its own. */
export function pagesByTree(file: string): ReadonlyMap<string, readonly { readonly number: number; readonly kind: string }[]> {
  const database = new Database(file, { readonly: true });
  try {
    const pages = database
      .prepare<[], { readonly name: string; readonly number: number; readonly kind: string }>(
        "SELECT name, pageno AS number, pagetype AS kind FROM dbstat",
      )
      .all();
    return Map.groupBy(pages, ({ name }) => name);
  } finally {
    database.close();
  }
}

/** Overwrites bytes of a file. */
export function overwrite(file: string, bytes: Uint8Array, at: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}

const aNode = {
  ...{ machineId: "m", bootId: "b", epoch: "epoch-1", agentVersion: "0.1.0" },
  ...{ firstSeenAtMs: startMs, lastContactAtMs: richUntilMs, name: "" },
};

function keysOf(index: number): readonly { kind: string; id: string; name: string }[] {
  return Array.from({ length: 20 }, (_, position) => ({
    ...{ kind: "block_device", id: `disk-${index}-${Math.floor(position / 5)}` },
    name: `${["reads", "writes", "seconds", "errors", "celsius"][position % 5]}_total`,
  }));
}

/** Noise that no compressor foresees, so that chunks are as long as real ones. */
function valuesAt(seed: number): readonly number[] {
  return Array.from({ length: 20 }, (_, position) => Math.abs(Math.sin(seed * 12.9898 + position * 78.233) * 43_758.5453));
}

function finding(index: number): Parameters<ReturnType<ReturnType<typeof engineUnderTest>["engine"]>["saveFindings"]>[0][number] {
  return {
    ...{
      id: `rule/node-${index % nodes}/${index}`,
      rule: "rule",
      title: "A title",
      severity: "high",
      node: `node-${index % nodes}`,
    },
    ...{ state: index % 3 === 0 ? "resolved" : "firing", subject: { kind: "node", id: "" }, text: "what is wrong ".repeat(5) },
    ...{ action: "do something", evidence: [], pendingSince: at(index), isHeld: false },
    ...(index % 3 === 0 ? { resolvedAt: at(index + 1) } : {}),
  };
}

function auditRecord(index: number): NewAuditRecord {
  return {
    ...{
      at: at(index),
      actor: { kind: "user", name: "mika" },
      action: "token.create",
      outcome: "done",
      detail: `token ${index}`,
    },
    target: { kind: "node", name: `node-${index % nodes}` },
  };
}

function onboardingRow(node: string, index: number): OnboardingRow {
  const step = {
    ...{ name: "seen", state: "passed", text: "it was seen ".repeat(3), blockers: [], since: at(index), durationMs: index },
    evidence: [{ name: "first seen", value: at(index) }],
  };
  const way = {
    machineId: `m-${index}`,
    state: "onboarding",
    startedAt: at(index),
    steps: [step, { ...step, name: "connected" }],
  };
  const past = [{ ...way, state: "ready", endedAt: at(index + 1) }];
  const body = JSON.stringify({ current: { onboarding: { node, ...way }, nodeUid: `uid-${index}` }, past });
  return { node, changedMs: startMs + index, body };
}

function documentRow(node: string, index: number): DocumentRow {
  return {
    kind: "attention",
    id: `mute-${node}`,
    changedMs: startMs + index,
    body: JSON.stringify({ node, reason: "it is known" }),
  };
}

function change(node: string, atMs: number): NewChange {
  return {
    ...{
      at: new Date(atMs).toISOString(),
      node,
      change: "changed",
      subject: { kind: "block_device", id: "a" },
      text: "It changed",
    },
    fields: [{ name: "firmwareRevision", before: "1", after: "2" }],
  };
}

function inventory(node: string): {
  node: string;
  inventory: { machineId: string; listedKinds: []; items: []; counters: Record<string, never> };
} {
  return { node, inventory: { machineId: "m", listedKinds: [], items: [], counters: {} } };
}

function at(index: number): string {
  return new Date(startMs + index * 1000).toISOString();
}

function asText(row: unknown): string {
  return JSON.stringify(row, (_, value: unknown) => value);
}
