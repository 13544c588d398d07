/** The plots of a node, as data: load, memory, disks, temperature, network and GPUs over time. */
import type { HistorySeries } from "@nodekeeper/shared/api";
import { formatCelsius, formatPercent, formatSeconds, formatSize, formatWatts } from "@nodekeeper/shared/format";
import { combineSeries } from "../plot/align.ts";

/** One plot, as data: what to ask for, and how to read it. */
export interface PlotDescription {
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

/** All as rates: seconds spent a second, and requests completed a second. */
const latencyParts = ["read_seconds_total", "write_seconds_total", "reads_completed_total", "writes_completed_total"] as const;

/** All plots of a node, in their order; one whose numbers a machine does not have is not shown. */
export const plots: readonly PlotDescription[] = [
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
  {
    title: "GPU memory used",
    kind: "gpu_status",
    names: ["memory_used_bytes"],
    minimum: 0,
    derive: (series) => series,
    isBinary: true,
    label: (series, nameOf) => nameOf(series.id),
    format: formatSize,
  },
  {
    title: "GPU busy",
    kind: "gpu_status",
    names: ["utilization_percent"],
    minimum: 0,
    maximum: 100,
    derive: (series) => series,
    label: (series, nameOf) => nameOf(series.id),
    format: formatPercent,
  },
  {
    title: "GPU temperature",
    kind: "gpu_status",
    names: ["temperature_celsius"],
    derive: (series) => series,
    label: (series, nameOf) => nameOf(series.id),
    format: formatCelsius,
  },
  {
    title: "GPU power",
    kind: "gpu_status",
    names: ["power_watts"],
    minimum: 0,
    derive: (series) => series,
    label: (series, nameOf) => nameOf(series.id),
    format: formatWatts,
  },
];

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
