/** The part of the store that the API reads, with what a test puts there. */
import { writeFile } from "node:fs/promises";
import type { AuditRecord, Change, Finding, History } from "@nodekeeper/shared/api";
import type { AuditQuery, ChangesQuery, HistoryRequest, NewAuditRecord, Store } from "../../store/store.ts";

/** A store that holds findings and remembers what it was asked. */
export class FakeHistory
  implements Pick<Store, "listFindings" | "listChanges" | "history" | "appendAudit" | "listAudit" | "backup">
{
  readonly requests: HistoryRequest[] = [];
  readonly stored: Finding[] = [];
  /** Newest first. */
  readonly changes: Change[] = [];
  /** In the order in which they were written. */
  readonly audit: AuditRecord[] = [];
  /** Nodes of which it has numbers. */
  readonly withNumbers: Set<string> = new Set(["neko"]);
  /** What a backup holds. */
  backupContent: Buffer = Buffer.from("a database");
  /** What history and changes throw, if anything. */
  failure: Error | undefined;

  async listFindings({ node, id, resolved, limit }: Parameters<Store["listFindings"]>[0]): Promise<readonly Finding[]> {
    if (this.failure !== undefined) throw this.failure;
    const { fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = resolved ?? {};
    const isWithin = ({ resolvedAt }: Finding): boolean =>
      resolvedAt !== undefined && Date.parse(resolvedAt) >= fromMs && Date.parse(resolvedAt) < untilMs;
    return this.stored
      .filter((finding) => node === undefined || finding.node === node)
      .filter((finding) => id === undefined || finding.id === id)
      .filter((finding) => resolved === undefined || isWithin(finding))
      .slice(0, limit);
  }

  async listChanges({ node, before, limit }: ChangesQuery): Promise<readonly Change[]> {
    if (this.failure !== undefined) throw this.failure;
    return this.changes
      .filter((change) => node === undefined || change.node === node)
      .filter((change) => before === undefined || change.id < before.id)
      .slice(0, limit);
  }

  async appendAudit(records: readonly NewAuditRecord[]): Promise<void> {
    for (const record of records) this.audit.push({ id: this.audit.length + 1, ...record });
  }

  async listAudit({ before, limit }: AuditQuery): Promise<readonly AuditRecord[]> {
    return this.audit
      .filter((record) => before === undefined || record.id < before.id)
      .toReversed()
      .slice(0, limit);
  }

  async backup(file: string): Promise<{ readonly file: string; readonly bytes: number }> {
    await writeFile(file, this.backupContent, { mode: 0o600 });
    return { file, bytes: this.backupContent.byteLength };
  }

  async history(request: HistoryRequest): Promise<History> {
    if (this.failure !== undefined) throw this.failure;
    this.requests.push(request);
    return {
      node: request.node,
      from: new Date(request.fromMs).toISOString(),
      to: new Date(request.toMs).toISOString(),
      resolution: "raw",
      series: this.withNumbers.has(request.node)
        ? [
            {
              kind: request.kind,
              id: request.id ?? "/",
              name: "used_bytes",
              isRate: false,
              at: [request.fromMs],
              average: [1024],
            },
          ]
        : [],
    };
  }
}
