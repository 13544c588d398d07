/** How writes on the cluster stand in the audit, and what is read back of them. */
import type { ActionClass, AuditRecord } from "@nodekeeper/shared/api";
import { isoTime } from "../../state/iso-time.ts";
import type { NewAuditRecord, Store } from "../../store/store.ts";
import type { Operation } from "../reconciler.ts";
import { brakeWindowMs } from "./brake.ts";

/** A write on one object. */
export interface AuditedWrite {
  readonly reconciler: string;
  /** Name of the node. */
  readonly key: string;
  readonly operations: readonly Operation[];
  /** Somebody takes everything back, and it is no step of the policy. */
  readonly isPrune?: boolean;
}

const action = /^reconcile\.([a-z0-9-]+)\.(describe|restrict|move|prune)$/;
const maximumDetail = 500;
const pageSize = 1_000;

/** Who wrote, and of what class it was; undefined: the record is of something else. */
export function readAction(text: string): { readonly reconciler: string; readonly kind: ActionClass | "prune" } | undefined {
  const [, reconciler = "", kind = ""] = action.exec(text) ?? [];
  return kind === "describe" || kind === "restrict" || kind === "move" || kind === "prune" ? { reconciler, kind } : undefined;
}

/** The record of a write; `detail` stands in the place of the reasons. */
export function auditRecordOf(
  write: AuditedWrite,
  outcome: AuditRecord["outcome"],
  atMs: number,
  detail?: string,
): NewAuditRecord {
  const { reconciler, key, operations, isPrune = false } = write;
  return {
    at: isoTime(atMs),
    actor: { kind: "collector", name: "" },
    action: `reconcile.${reconciler}.${isPrune ? "prune" : classOf(operations)}`,
    target: { kind: "node", name: key },
    outcome,
    detail: (detail ?? reasonsOf(operations)).slice(0, maximumDetail),
    changes: operations.map(({ item, before, after }) => ({
      item,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    })),
  };
}

/** The strongest class of some steps. */
export function classOf(operations: readonly Operation[]): ActionClass {
  const classes = new Set(operations.map((operation) => operation.class));
  return classes.has("move") ? "move" : classes.has("restrict") ? "restrict" : "describe";
}

/** Nodes from which something was, or may have been, taken away within the brake's time. */
export async function readRestricted(
  store: Pick<Store, "listAudit">,
  nowMs: number,
): Promise<readonly { readonly node: string; readonly atMs: number }[]> {
  const restricted: { node: string; atMs: number }[] = [];
  let before: { readonly atMs: number; readonly id: number } | undefined;
  for (;;) {
    const records = await store.listAudit({ before, limit: pageSize });
    for (const { at, target, ...record } of records) {
      const atMs = Date.parse(at);
      if (atMs <= nowMs - brakeWindowMs) return restricted;
      const kind = readAction(record.action)?.kind;
      if (kind === "restrict" || kind === "move") restricted.push({ node: target.name, atMs });
    }
    const last = records.at(-1);
    if (last === undefined || records.length < pageSize) return restricted;
    before = { atMs: Date.parse(last.at), id: last.id };
  }
}

function reasonsOf(operations: readonly Operation[]): string {
  return operations.map(({ item, why }) => `${item}: ${why.text}`).join("; ");
}
