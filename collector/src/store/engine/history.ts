/** Answers a request for history. */
import type { History, HistorySeries } from "@nodekeeper/shared/api";
import { staleAtMs } from "../../state/freshness.ts";
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";
import { type Expectation, markGaps } from "../series/mark-gaps.ts";
import { isCounter } from "../series/series-builder.ts";
import { thinSeries } from "../series/thin-series.ts";
import type { HistoryRequest } from "../store.ts";
import type { Tier } from "../tables/chunks-table.ts";
import type { SeriesKey } from "../tables/layouts-table.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { stepMsOf } from "./roll-up.ts";
import { SeriesSet } from "./series-set.ts";
import type { Stream } from "./stream.ts";
import { readStreamHistory, type TierRanges } from "./stream-history.ts";

const hourMs = 3_600_000;
/** Longest range that "auto" answers with each observation, and with points of five minutes. */
const rawLimitMs = 6 * hourMs;
const fiveMinutesLimitMs = 7 * 24 * hourMs;

/** Reads the series; both ends of the range are included. */
export function* historySteps(context: EngineContext, request: HistoryRequest): Steps<History> {
  const { node, kind, id, names, fromMs, toMs } = request;
  const resolution = request.resolution === "auto" ? automaticResolution(context, fromMs, toMs) : request.resolution;
  const stepMs = stepMsOf(resolution);
  const range = { fromMs: stepMs === 0 ? fromMs : Math.floor(fromMs / stepMs) * stepMs, untilMs: toMs + 1 };
  const series: HistorySeries[] = [];
  for (const stream of streamsOf(context, node)) {
    const set = new SeriesSet(context.tables.layouts, {
      stepMs,
      isWanted: (key) =>
        key.kind === kind && (id === undefined || key.id === id) && (names.length === 0 || names.includes(key.name)),
    });
    const ranges = yield* readStreamHistory(context, set, stream, resolution, range);
    const expectationAt = (atMs: number): Expectation => expectationAfter(atMs, ranges, stepMs, stream.intervalMs);
    for (const named of set.series()) {
      series.push(renderSeries(named.key, markGaps(named.series, expectationAt), stepMs, request.points));
      yield;
    }
  }
  series.sort((left, right) => compareWords(left.id, right.id) || compareWords(left.name, right.name));
  return { node, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), resolution, series };
}

/** Of a node that was retired, what is known of the machine that bore its name last. */
function streamsOf({ tables, memory }: EngineContext, node: string): readonly Stream[] {
  const own = memory.streamsOfNode(node);
  return own.length > 0 || tables.nodes.find(node) !== undefined ? own : memory.streamsOfLastFormer(node);
}

function automaticResolution({ tables }: EngineContext, fromMs: number, toMs: number): Tier {
  const lengthMs = toMs - fromMs;
  if (lengthMs <= rawLimitMs && fromMs >= tables.meta.get("raw_floor_ms")) return "raw";
  return lengthMs <= fiveMinutesLimitMs && fromMs >= tables.meta.get("five_minute_floor_ms") ? "5m" : "1h";
}

/** When the next point is due: as the probe promised, but no sooner than the points lie where they are read from. */
function expectationAfter(atMs: number, ranges: TierRanges, stepMs: number, intervalMs: number): Expectation {
  const tier = atMs < ranges.hours.untilMs ? "1h" : atMs < ranges.fiveMinutes.untilMs ? "5m" : "raw";
  const pointMs = Math.max(stepMs, stepMsOf(tier));
  return { dueMs: Math.max(pointMs, intervalMs), limitMs: Math.max(2 * pointMs, staleAtMs(0, intervalMs)) };
}

/** As the API gives it. Where each point is one observation, minimum and maximum say nothing. */
function renderSeries(key: SeriesKey, all: RollUpSeries, stepMs: number, wanted: number | undefined): HistorySeries {
  const points = thinSeries(all, wanted);
  const hasRange = stepMs > 0 || points.minimum.some((minimum, index) => !Object.is(minimum, points.maximum[index]));
  return {
    ...key,
    isRate: isCounter(key.name),
    at: [...points.atMs],
    average: known(points, points.average),
    ...(hasRange ? { minimum: known(points, points.minimum), maximum: known(points, points.maximum) } : {}),
  };
}

/** null where nothing is known. */
function known({ weight }: RollUpSeries, values: readonly number[]): (number | null)[] {
  return values.map((value, index) => ((weight[index] ?? 0) > 0 ? value : null));
}

function compareWords(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
