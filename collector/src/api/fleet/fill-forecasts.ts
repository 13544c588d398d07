/**
 * When the filesystems of the fleet are likely to be full, for whoever reads metrics. A forecast takes the history of weeks, so that it is made ahead: one
 * node after the other, and only while somebody reads.
 */
import { type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { StateHolder } from "../../state/holder.ts";
import { viewNode } from "../../state/node-view.ts";
import type { Store } from "../../store/store.ts";
import { forecastHistory, forecastList } from "../present/forecast-list.ts";

/** The forecasts. Disposing ends the work. */
export interface FillForecasts extends AsyncDisposable {
  /** Ms since 1970; undefined: nobody can say, not soon, or it was not looked at lately. */
  fullAtMs(node: string, mountPoint: string): number | undefined;
}

/** What they are made of. */
export interface FillForecastsOptions {
  readonly state: Pick<StateHolder, "node" | "nodes">;
  readonly store: Pick<Store, "history">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

interface Kept {
  readonly atMs: number;
  readonly fullAtMs: ReadonlyMap<string, number>;
}

/** Each node is looked at so often, where there are not too many for it. */
const roundMs = 3_600_000;
const stepMs = { shortest: 1_000, longest: 60_000 };
/** Older forecasts are nobody's word. */
const keptMs = 12 * 3_600_000;
/** Nobody reads any more. */
const readMs = 1_800_000;
const dayMs = 86_400_000;
const historyDays = forecastHistory.find(({ kind }) => kind === "filesystem")?.days ?? 90;

/** Begins to make them. */
export function createFillForecasts({ state, store, clock, random, logger }: FillForecastsOptions): FillForecasts {
  const kept = new Map<string, Kept>();
  const stopping = new AbortController();
  let readAtMs = Number.NEGATIVE_INFINITY;

  /** The one that was looked at longest ago; new ones first. */
  function next(): string | undefined {
    const names = state.nodes().map(({ name }) => name);
    const present = new Set(names);
    for (const name of kept.keys()) if (!present.has(name)) kept.delete(name);
    return names.find((name) => !kept.has(name)) ?? kept.keys().next().value;
  }

  async function look(): Promise<void> {
    if (clock.monotonicMs() - readAtMs > readMs) return;
    const name = next();
    const node = name === undefined ? undefined : state.node(name);
    if (node === undefined) return;
    let fullAtMs: ReadonlyMap<string, number> = new Map();
    try {
      const toMs = clock.wallMs();
      const range = { fromMs: toMs - historyDays * dayMs, toMs, resolution: "1h" } as const;
      const { series } = await store.history({
        node: node.name,
        kind: "filesystem",
        id: undefined,
        names: ["used_bytes"],
        ...range,
      });
      const { forecasts } = forecastList(viewNode(node, toMs), series);
      fullAtMs = new Map(
        forecasts.flatMap(({ what, id, likelyAt }) =>
          what === "space" && likelyAt !== undefined ? [[id, Date.parse(likelyAt)]] : [],
        ),
      );
    } catch (err) {
      logger.debug({ err, node: node.name }, "no forecast could be made"); // /readyz says what the store suffers from
    }
    kept.delete(node.name); // the order is that of looking
    kept.set(node.name, { atMs: clock.monotonicMs(), fullAtMs });
  }

  const intervalMs = (): number => {
    const wantedMs = roundMs / Math.max(1, state.nodes().length);
    // Right after the first reading those that were never looked at do not wait for an hour.
    return kept.size < state.nodes().length ? stepMs.shortest : Math.min(stepMs.longest, Math.max(stepMs.shortest, wantedMs));
  };
  const running = runEvery({ clock, random, signal: stopping.signal, intervalMs, firstDelayMs: stepMs.shortest }, look);

  return {
    fullAtMs(node, mountPoint) {
      readAtMs = clock.monotonicMs();
      const known = kept.get(node);
      return known === undefined || readAtMs - known.atMs > keptMs ? undefined : known.fullAtMs.get(mountPoint);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}
