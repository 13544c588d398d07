/**
 * Whether a row that was found is one that we wrote. SQLite has no checksums: a row may be damaged in the middle and still look like one. What
 * is compressed has a checksum of its own; the rest must at least be what the collector will read.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { FactsSchema, ObservationSchema } from "@nodekeeper/proto";
import { AuditRecord, Change, Finding, Onboarding, PastOnboarding } from "@nodekeeper/shared/api";
import { Value } from "typebox/value";
import { openChunkFrame } from "../codec/chunk-frame.ts";
import { decompressSmall } from "../codec/compression.ts";
import { SequenceSpans } from "../sequence-spans.ts";
import { decodeFactsBody } from "../tables/facts-table.ts";
import { hashOfLayout } from "../tables/layouts-table.ts";
import type { SqlValue } from "./read-record.ts";
import type { TableForm } from "./table-forms.ts";

/** A row by its columns. */
type Row = Readonly<Record<string, SqlValue>>;

/** Sequence numbers have 32 bits. */
const sequenceLimit = 2 ** 32;

/** Throws, or gives false, where a row cannot be ours. What is not here has no content to be checked. */
const checks: Readonly<Record<string, (row: Row) => boolean>> = {
  nodes: ({ losses = null }) => losses === null || Array.isArray(JSON.parse(String(losses))),
  epochs: (row) => areSpans(bytesOf(row, "spans")),
  layouts: (row) => hashOfLayout(decompressSmall(bytesOf(row, "keys"))).equals(bytesOf(row, "hash")),
  facts_bodies: (row) => fromBinary(FactsSchema, decodeFactsBody(bytesOf(row, "body"))).$typeName !== undefined,
  journal: (row) => isObservation(row),
  latest: (row) => isObservation(row),
  raw_chunks: (row) => openChunkFrame(bytesOf(row, "body")).length > 0,
  five_minute_chunks: (row) => openChunkFrame(bytesOf(row, "body")).length > 0,
  hour_chunks: (row) => openChunkFrame(bytesOf(row, "body")).length > 0,
  findings: (row) => Value.Check(Finding, bodyOf(row)),
  changes: (row) => Value.Check(Change, withId(row)),
  audit: (row) => Value.Check(AuditRecord, withId(row)),
  inventories: (row) => isInventory(bodyOf(row)),
  onboardings: (row) => isOnboarding(bodyOf(row)),
  documents: (row) => isObject(bodyOf(row)),
};

/** The values of all columns of a row; undefined where it is damaged. */
export function checkedRow(form: TableForm, rowId: number, stored: readonly SqlValue[]): readonly SqlValue[] | undefined {
  const { columns, rowIdColumn } = form;
  if (stored.length > columns.length) return undefined;
  // A column that was added later is not in rows from before.
  const values = columns.map((_, index) => (index === rowIdColumn ? rowId : (stored[index] ?? null)));
  if (!columns.every((column, index) => isOfType(values[index] ?? null, column.type, column.isNullable))) return undefined;
  try {
    const row = Object.fromEntries(columns.map(({ name }, index) => [name, values[index] ?? null]));
    return checks[form.name]?.(row) === false ? undefined : values;
  } catch {
    return undefined; // Whatever reads it cannot.
  }
}

function isOfType(value: SqlValue, type: string, isNullable: boolean): boolean {
  if (value === null) return isNullable;
  if (type === "INTEGER") return typeof value === "number";
  return type === "TEXT" ? typeof value === "string" : value instanceof Uint8Array;
}

function isObservation(row: Row): boolean {
  return fromBinary(ObservationSchema, bytesOf(row, "payload")).sequence === row["sequence"];
}

function areSpans(bytes: Uint8Array): boolean {
  const spans = SequenceSpans.fromBytes(bytes).toSpans();
  return spans.every(({ first, last }, index) => {
    const before = spans[index - 1]?.last ?? -1;
    return first > before && last >= first && last < sequenceLimit;
  });
}

function isInventory(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { machineId, listedKinds, items, counters } = body as Readonly<Record<string, unknown>>; // Each is looked at below.
  return typeof machineId === "string" && Array.isArray(listedKinds) && Array.isArray(items) && typeof counters === "object";
}

function isObject(body: unknown): boolean {
  return typeof body === "object" && body !== null && !Array.isArray(body);
}

function isOnboarding(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { current, past } = body as { readonly current?: Readonly<Record<string, unknown>>; readonly past?: unknown }; // Each is looked at below.
  const isCurrent =
    current === undefined || (Value.Check(Onboarding, current["onboarding"]) && typeof current["nodeUid"] === "string");
  return isCurrent && Array.isArray(past) && past.every((way) => Value.Check(PastOnboarding, way));
}

function bodyOf(row: Row): unknown {
  return JSON.parse(String(row["body"]));
}

function withId(row: Row): unknown {
  const body = bodyOf(row);
  return typeof body === "object" && body !== null ? { ...body, id: row["id"] } : undefined;
}

function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  return value instanceof Uint8Array ? value : new Uint8Array();
}
