/** When disks are worn out, by the history of a year: read once an hour and disk, since wear is told in whole percents and takes years. */
import type { Clock } from "@nodekeeper/shared";
import type { Forecast } from "@nodekeeper/shared/api";
import { type NodeView, viewNode } from "../../state/node-view.ts";
import { type HistorySources, historyOf } from "../history/history-of.ts";
import { forecastHistory, forecastList } from "../present/forecast-list.ts";

/** The forecasts. */
export interface WearForecasts {
  /** Those of the disks of a node that tell their wear, by the disk's id. Empty where the history cannot be read now. */
  ofNode(name: string): Promise<ReadonlyMap<string, Forecast>>;
}

/** Forecasts of one node. */
interface Kept {
  readonly atMs: number;
  readonly forecasts: Promise<ReadonlyMap<string, Forecast>>;
}

const keptMs = 3_600_000;
/** Nodes whose forecasts are kept, those asked for last. */
const capacity = 2_000;
const dayMs = 86_400_000;

/** Reads them as they are asked for. */
export function createWearForecasts({ state, store, clock }: HistorySources & { readonly clock: Clock }): WearForecasts {
  const kept = new Map<string, Kept>();

  async function read(name: string): Promise<ReadonlyMap<string, Forecast>> {
    const node = state.node(name);
    const wear = forecastHistory.find(({ kind }) => kind === "disk_health");
    if (node === undefined || wear === undefined) return new Map();
    const toMs = clock.wallMs();
    const { kind, names, days } = wear;
    const request = { node: name, kind, id: undefined, names, fromMs: toMs - days * dayMs, toMs, resolution: "1h" } as const;
    const history = await historyOf({ state, store }, request);
    return wearOf(viewNode(node, toMs), history.series);
  }

  return {
    ofNode(name) {
      const nowMs = clock.monotonicMs();
      const known = kept.get(name);
      const item = known !== undefined && nowMs - known.atMs < keptMs ? known : { atMs: nowMs, forecasts: read(name) };
      kept.delete(name); // the order is that of asking
      kept.set(name, item);
      const oldest = kept.keys().next().value;
      if (kept.size > capacity && oldest !== undefined) kept.delete(oldest);
      return item.forecasts.catch(() => {
        if (kept.get(name) === item) kept.delete(name);
        return new Map<string, Forecast>();
      });
    },
  };
}

function wearOf(view: NodeView, series: Parameters<typeof forecastList>[1]): ReadonlyMap<string, Forecast> {
  const { forecasts } = forecastList(view, series);
  return new Map(forecasts.filter(({ what }) => what === "wear").map((forecast) => [forecast.id, forecast]));
}
