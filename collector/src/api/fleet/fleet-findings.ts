/** The open findings of the fleet as JSON, and those that were resolved lately. */
import type { Finding } from "@nodekeeper/shared/api";
import type { Findings } from "../../evaluate/findings.ts";
import { createDeparted } from "./departed.ts";

/** The findings. */
export interface FleetFindings extends Disposable {
  /** Deltas can be told from this version on. */
  readonly horizon: number;
  hasNews(): boolean;
  /** Names of nodes whose findings changed since the last refresh. */
  dueNames(): ReadonlySet<string>;
  /** Takes in the changes under the version to come; true when there were any. */
  refresh(version: number): boolean;
  open(): readonly string[];
  /** Whole findings that changed after a version; resolved ones too. */
  changedSince(version: number): readonly string[];
}

/** Follows the findings. `departedCapacity` resolved ones are remembered for clients that resume. */
export function createFleetFindings(findings: Pick<Findings, "all" | "subscribe">, departedCapacity: number): FleetFindings {
  const open = new Map<string, { readonly json: string; readonly changedVersion: number }>();
  const departed = createDeparted<string>(departedCapacity);
  let changed = new Map<string, Finding>(findings.all().map((finding) => [finding.id, finding]));
  const subscription = findings.subscribe((news) => {
    for (const finding of news) changed.set(finding.id, finding);
  });

  return {
    get horizon() {
      return departed.horizon;
    },
    hasNews: () => changed.size > 0,
    dueNames: () => new Set([...changed.values()].map((finding) => finding.node)),
    refresh(version) {
      const news = changed;
      changed = new Map();
      for (const [id, finding] of news) {
        const json = JSON.stringify(finding);
        if (finding.state === "resolved") {
          open.delete(id);
          departed.add(id, json, version);
        } else {
          departed.remove(id);
          open.set(id, { json, changedVersion: version });
        }
      }
      return news.size > 0;
    },
    open: () => [...open.values()].map((finding) => finding.json),
    changedSince: (version) => [
      ...departed.since(version),
      ...[...open.values()].filter((finding) => finding.changedVersion > version).map((finding) => finding.json),
    ],
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
