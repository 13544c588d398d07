/** The part of the store that the API reads, with what a test puts there. */
import type { Change, Finding, History } from "@nodekeeper/shared/api";
import type { ChangesQuery, HistoryRequest, Store } from "../../store/store.ts";

/** A store that holds findings and remembers what it was asked. */
export class FakeHistory implements Pick<Store, "listFindings" | "listChanges" | "history"> {
  readonly requests: HistoryRequest[] = [];
  readonly stored: Finding[] = [];
  /** Newest first. */
  readonly changes: Change[] = [];
  /** What history and changes throw, if anything. */
  failure: Error | undefined;

  async listFindings(options: { readonly node: string | undefined; readonly limit: number }): Promise<readonly Finding[]> {
    return this.stored.filter((finding) => options.node === undefined || finding.node === options.node).slice(0, options.limit);
  }

  async listChanges({ node, before, limit }: ChangesQuery): Promise<readonly Change[]> {
    if (this.failure !== undefined) throw this.failure;
    return this.changes
      .filter((change) => node === undefined || change.node === node)
      .filter((change) => before === undefined || change.id < before.id)
      .slice(0, limit);
  }

  async history(request: HistoryRequest): Promise<History> {
    if (this.failure !== undefined) throw this.failure;
    this.requests.push(request);
    return {
      node: request.node,
      from: new Date(request.fromMs).toISOString(),
      to: new Date(request.toMs).toISOString(),
      resolution: "raw",
      series: [
        { kind: request.kind, id: request.id ?? "/", name: "used_bytes", isRate: false, at: [request.fromMs], average: [1024] },
      ],
    };
  }
}
