/** The forecasts of a node: what of it can be used up, and what its history says of that. */
import { Outcome } from "@nodekeeper/proto";
import { assertNever } from "@nodekeeper/shared";
import type { Forecast as ForecastBody, ForecastList, HistorySeries } from "@nodekeeper/shared/api";
import { describeReason, type Forecast, type ForecastOptions, forecast } from "../../evaluate/forecast/forecast.ts";
import type { CurvePoint } from "../../evaluate/forecast/smooth-curve.ts";
import { isoTime } from "../../state/iso-time.ts";
import { type NodeView, type SubjectView, valuesOf } from "../../state/node-view.ts";

/** A number that grows towards a limit. */
type Usage = Pick<ForecastBody, "kind" | "id" | "name" | "what" | "unit" | "now" | "limit"> & {
  /** Name of the sample. */
  readonly sample: string;
  readonly atMs: number;
  readonly options: ForecastOptions;
};

/** Which series are needed, by kind of subject, and how far back. */
export const forecastHistory: readonly { readonly kind: string; readonly names: readonly string[]; readonly days: number }[] = [
  { kind: "disk_health", names: ["percentage_used"], days: 365 },
  // What a filesystem was used for a year ago says nothing of now.
  { kind: "filesystem", names: ["used_bytes", "inodes_used"], days: 90 },
];

/** Makes the body, from the present and the series named above. */
export function forecastList(view: NodeView, series: readonly HistorySeries[]): ForecastList {
  const byKey = new Map(series.map((each) => [keyOf(each.kind, each.id, each.name), each]));
  const forecasts = [...wearOf(view), ...usageOf(view)].map((usage) =>
    bodyOf(usage, byKey.get(keyOf(usage.kind, usage.id, usage.sample))),
  );
  return { node: view.node.name, forecasts: forecasts.sort(compareForecasts) };
}

function wearOf(view: NodeView): readonly Usage[] {
  return valuesOf(view, "diskHealth").flatMap(({ subject, value }) => {
    const now = numberOf(subject, "percentage_used");
    if (subject.outcome === Outcome.ABSENT || now === undefined) return [];
    const name = value.modelName === "" ? subject.id : `${value.modelName} (${value.device})`;
    const options = { limit: 100, isMonotone: true, stepSize: 1 };
    return [usage(subject, { name, what: "wear", unit: "percent", now, sample: "percentage_used", options })];
  });
}

/** Of filesystems that can be written and lie on this machine, as they are judged by the rule disk-nearly-full. */
function usageOf(view: NodeView): readonly Usage[] {
  return valuesOf(view, "filesystem").flatMap(({ subject, value }) => {
    if (subject.outcome === Outcome.ABSENT || value.isReadOnly === true || value.isRemote === true) return [];
    const name = value.mountPoint === "" ? subject.id : value.mountPoint;
    const space = { name, what: "space", unit: "bytes", sample: "used_bytes" } as const;
    const inodes = { name, what: "inodes", unit: "inodes", sample: "inodes_used" } as const;
    return [
      ...limited(subject, space, numberOf(subject, "available_bytes")),
      // Filesystems that make inodes as needed state none.
      ...(value.inodesTotal === 0n ? [] : limited(subject, inodes, numberOf(subject, "inodes_free"))),
    ];
  });
}

function limited(
  subject: SubjectView,
  named: Pick<Usage, "name" | "what" | "unit" | "sample">,
  free: number | undefined,
): readonly Usage[] {
  const now = numberOf(subject, named.sample);
  if (now === undefined || free === undefined || now + free <= 0) return [];
  return [usage(subject, { ...named, now, options: { limit: now + free, isMonotone: false, stepSize: 0 } })];
}

function usage(subject: SubjectView, own: Omit<Usage, "kind" | "id" | "limit" | "atMs">): Usage {
  return {
    kind: subject.kind,
    id: subject.id,
    limit: own.options.limit,
    atMs: subject.samplesAtMs ?? subject.observedAtMs,
    ...own,
  };
}

function bodyOf({ sample: _, atMs, options, ...own }: Usage, series: HistorySeries | undefined): ForecastBody {
  const points = pointsOf(series);
  const from = points[0]?.atMs;
  const last = points.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  const found = forecast(atMs > last ? [...points, { atMs, value: own.now }] : points, options);
  return { ...own, outcome: found.kind, ...detailsOf(found), ...(from === undefined ? {} : { historyFrom: isoTime(from) }) };
}

function detailsOf(found: Forecast): Partial<ForecastBody> {
  switch (found.kind) {
    case "reached":
      return {};
    case "not-soon":
      return { perDay: found.perDay };
    case "unknown":
      return { reason: describeReason(found.reason) };
    case "reaches":
      return {
        perDay: found.perDay,
        earliestAt: isoTime(found.earliestAtMs),
        likelyAt: isoTime(found.likelyAtMs),
        ...(found.latestAtMs === undefined ? {} : { latestAt: isoTime(found.latestAtMs) }),
      };
    default:
      return assertNever(found, "forecast");
  }
}

function pointsOf(series: HistorySeries | undefined): readonly CurvePoint[] {
  if (series === undefined) return [];
  return series.at.flatMap((atMs, index) => {
    const value = series.average[index];
    return value === undefined || value === null ? [] : [{ atMs, value }];
  });
}

function numberOf(subject: SubjectView, name: string): number | undefined {
  const value = subject.samples.get(name);
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

function keyOf(kind: string, id: string, name: string): string {
  return JSON.stringify([kind, id, name]);
}

/** What is used up first; then what has no date, in the order in which it came. */
function compareForecasts(a: ForecastBody, b: ForecastBody): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function rankOf({ outcome, likelyAt }: ForecastBody): string {
  return outcome === "reached" ? "" : (likelyAt ?? "~");
}
