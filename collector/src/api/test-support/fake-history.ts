/** The part of the store that the API reads, with what a test puts there. */
import type { Finding, History } from "@nodekeeper/shared/api";
import type { HistoryRequest, Store } from "../../store/store.ts";

/** A store that holds findings and remembers what it was asked. */
export class FakeHistory implements Pick<Store, "listFindings" | "history"> {
  readonly requests: HistoryRequest[] = [];
  readonly stored: Finding[] = [];
  /** What history throws, if anything. */
  failure: Error | undefined;

  async listFindings(options: { readonly node: string | undefined; readonly limit: number }): Promise<readonly Finding[]> {
    return this.stored.filter((finding) => options.node === undefined || finding.node === options.node).slice(0, options.limit);
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
