/** Numbers over time, from the collector. */
import type { History } from "@nodekeeper/shared/api";
import { useEffect, useState } from "preact/hooks";
import { nowMs } from "../clock.ts";

/** Which numbers. */
export interface HistoryWish {
  readonly node: string;
  readonly kind: string;
  readonly names: readonly string[];
  readonly spanMs: number;
  /** Asked again when it changes. */
  readonly round: number;
}

/** What was asked for; undefined while it comes for the first time, a text when it could not be had. */
export function useHistory(wish: HistoryWish): History | string | undefined {
  const [history, setHistory] = useState<History | string | undefined>();
  const { node, kind, spanMs, round } = wish;
  const names = wish.names.join(",");
  useEffect(() => {
    const controller = new AbortController();
    fetchHistory(node, kind, names, spanMs, controller.signal).then(setHistory, (thrown: unknown) => {
      if (!controller.signal.aborted) setHistory(thrown instanceof Error ? thrown.message : String(thrown));
    });
    return () => controller.abort();
  }, [node, kind, names, spanMs, round]);
  return history;
}

async function fetchHistory(node: string, kind: string, names: string, spanMs: number, signal: AbortSignal): Promise<History> {
  const url = new URL(`api/v1/nodes/${encodeURIComponent(node)}/history`, document.baseURI);
  url.search = new URLSearchParams({ kind, name: names, from: new Date(nowMs() - spanMs).toISOString() }).toString();
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`the collector answered ${response.status}`);
  return response.json();
}
