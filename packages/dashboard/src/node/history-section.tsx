/** How it was: load, memory, disks, temperature and network over time. */
import type { History, HistorySeries, SubjectBody } from "@nodekeeper/shared/api";
import { textField } from "@nodekeeper/shared/fields";
import { formatCelsius, formatPercent, formatSeconds, formatSize } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { nowMs, useNowMs } from "../clock.ts";
import { alignSeries, combineSeries } from "../plot/align.ts";
import { useHistory } from "../plot/history.ts";
import { Plot } from "../plot/plot.tsx";

const spans = [
  { label: "1 h", spanMs: 3_600_000 },
  { label: "6 h", spanMs: 6 * 3_600_000 },
  { label: "24 h", spanMs: 24 * 3_600_000 },
  { label: "7 d", spanMs: 7 * 24 * 3_600_000 },
  { label: "30 d", spanMs: 30 * 24 * 3_600_000 },
] as const;

/** One plot, as data: what to ask for, and how to read it. */
interface PlotDescription {
  readonly title: string;
  readonly kind: string;
  readonly names: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  derive(series: readonly HistorySeries[]): readonly HistorySeries[];
  readonly isBinary?: boolean;
  /** `nameOf` gives the name that people know a subject by. */
  label(series: HistorySeries, nameOf: (id: string) => string): string;
  format(value: number): string;
}

/** Plots are fetched anew this often, and less often the more time they show. */
const shortestRefreshMs = 15_000;
/** A plot shows at least this much. */
const shortestSpanMs = 60_000;

/** Lines beyond this make a plot unreadable. */
const maximumLines = 6;

/** All as rates: seconds spent a second, and requests completed a second. */
const latencyParts = ["read_seconds_total", "write_seconds_total", "reads_completed_total", "writes_completed_total"] as const;

const plots: readonly PlotDescription[] = [
  {
    title: "Load average, 1 min",
    kind: "cpu",
    names: ["load_average_1m"],
    minimum: 0,
    derive: (series) => series,
    label: () => "load",
    format: (value) => value.toFixed(2),
  },
  {
    title: "Memory available",
    kind: "memory",
    names: ["available_bytes"],
    minimum: 0,
    derive: (series) => series,
    isBinary: true,
    label: () => "available",
    format: formatSize,
  },
  {
    title: "Disk space used",
    kind: "filesystem",
    names: ["used_bytes", "available_bytes"],
    minimum: 0,
    maximum: 100,
    derive: (series) => combineSeries(series, ["used_bytes", "available_bytes"], usedPercent),
    label: (series) => series.id,
    format: formatPercent,
  },
  {
    title: "Temperature",
    kind: "sensor",
    names: ["temperature_celsius"],
    derive: hottestFirst,
    label: (series, nameOf) => nameOf(series.id),
    format: formatCelsius,
  },
  {
    title: "Disk temperature",
    kind: "disk_health",
    names: ["temperature_celsius"],
    derive: hottestFirst,
    label: (series, nameOf) => nameOf(series.id),
    format: formatCelsius,
  },
  {
    title: "Disk I/O",
    kind: "block_device",
    names: ["read_bytes_total", "written_bytes_total"],
    minimum: 0,
    derive: hottestFirst,
    isBinary: true,
    label: (series, nameOf) => `${nameOf(series.id)} ${series.name.startsWith("read") ? "read" : "written"}`,
    format: (value) => `${formatSize(value)}/s`,
  },
  {
    title: "Disk latency",
    kind: "block_device",
    names: latencyParts,
    minimum: 0,
    derive: (series) => hottestFirst(combineSeries(series, latencyParts, latencySeconds)),
    label: (series, nameOf) => nameOf(series.id),
    format: formatSeconds,
  },
  {
    title: "Network",
    kind: "network_interface",
    names: ["receive_bytes_total", "transmit_bytes_total"],
    minimum: 0,
    derive: (series) => hottestFirst(series.filter((one) => one.id !== "lo")),
    isBinary: true,
    label: (series) => `${series.id} ${series.name.startsWith("receive") ? "in" : "out"}`,
    format: (value) => `${formatSize(value)}/s`,
  },
];

/** The plots, with a choice of time. */
export function HistorySection(props: {
  readonly node: string;
  readonly firstSeenAt: string;
  readonly subjects: readonly SubjectBody[];
}): JSX.Element {
  const [spanMs, setSpanMs] = useState<number>(spans[0].spanMs);
  const round = Math.floor(useNowMs() / Math.max(shortestRefreshMs, spanMs / 500));
  return (
    <section>
      <div class="section-head">
        <h2>History</h2>
        <fieldset class="choices" aria-label="Time shown">
          {spans.map((span) => (
            <button key={span.label} type="button" aria-pressed={span.spanMs === spanMs} onClick={() => setSpanMs(span.spanMs)}>
              {span.label}
            </button>
          ))}
        </fieldset>
      </div>
      <div class="plots">
        {plots.map((description) => (
          <HistoryPlot
            key={description.title}
            description={description}
            node={props.node}
            firstSeenAt={props.firstSeenAt}
            subjects={props.subjects}
            spanMs={spanMs}
            round={round}
          />
        ))}
      </div>
    </section>
  );
}

function HistoryPlot(props: {
  readonly description: PlotDescription;
  readonly node: string;
  readonly firstSeenAt: string;
  readonly subjects: readonly SubjectBody[];
  readonly spanMs: number;
  readonly round: number;
}): JSX.Element | null {
  const { description, node, spanMs, round } = props;
  const history = useHistory({ node, kind: description.kind, names: description.names, spanMs, round });
  if (typeof history === "string") {
    return (
      <figure class="plot">
        <figcaption>{description.title}</figcaption>
        <p class="plot-empty quiet">could not be fetched: {history}</p>
      </figure>
    );
  }
  const series = history === undefined ? [] : description.derive(history.series).slice(0, maximumLines);
  if (history !== undefined && history.series.length === 0) return null; // the machine has nothing of the kind
  const { minimum, maximum, isBinary = false } = description;
  return (
    <Plot
      title={description.title}
      {...alignSeries(series, (one) => description.label(one, (id) => nameOf(props.subjects, id)))}
      {...limits(history, spanMs, props.firstSeenAt)}
      {...(minimum === undefined ? {} : { minimum })}
      {...(maximum === undefined ? {} : { maximum })}
      isBinary={isBinary}
      format={description.format}
    />
  );
}

/** What people call a disk or a sensor; other ids are names already. */
function nameOf(subjects: readonly SubjectBody[], id: string): string {
  const disk = subjects.find((subject) => subject.kind === "block_device" && subject.id === id);
  if (disk !== undefined) return textField(disk, "name");
  const sensor = subjects.find((subject) => subject.kind === "sensor" && subject.id === id);
  return sensor === undefined ? id : `${textField(sensor, "chip")} ${textField(sensor, "label")}`;
}

/** The time that is shown; it begins when the node was first seen, so that the first minutes fill the plot. */
function limits(
  history: History | undefined,
  spanMs: number,
  firstSeenAt: string,
): { readonly fromMs: number; readonly toMs: number } {
  const toMs = history === undefined ? nowMs() : Date.parse(history.to);
  return { fromMs: Math.min(toMs - shortestSpanMs, Math.max(toMs - spanMs, Date.parse(firstSeenAt))), toMs };
}

/** How long a read or write took on average, queueing included (iostat calls it await); nothing where there was none. */
function latencySeconds(reading = 0, writing = 0, reads = 0, writes = 0): number | null {
  return reads + writes === 0 ? null : (reading + writing) / (reads + writes);
}

function usedPercent(used = 0, available = 0): number | null {
  return used + available === 0 ? null : (100 * used) / (used + available);
}

/** The series with the highest values first: they are the ones worth a line. What never rose above zero is not. */
function hottestFirst(series: readonly HistorySeries[]): readonly HistorySeries[] {
  const peak = (one: HistorySeries): number =>
    one.average.reduce<number>((highest, value) => Math.max(highest, value ?? highest), Number.NEGATIVE_INFINITY);
  return series.filter((one) => peak(one) > 0).sort((a, b) => peak(b) - peak(a));
}
