/** Who held the memory of GPUs over time, one line an owner, and how long models were loaded. */
import type { GpuMemoryUsage, GpuUsage, ModelUsage } from "@nodekeeper/shared/api";
import { formatAgo, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import { gpuPlace, gpuShortName } from "@nodekeeper/shared/readings";
import { type Cell, type Column, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

type Steps = readonly (number | null)[];

const modelColumns: readonly Column[] = [
  { title: "MODEL", minimumWidth: 16 },
  { title: "NODE", minimumWidth: 8 },
  { title: "LOADED", align: "right" },
  { title: "NOW" },
  { title: "LOADS", align: "right" },
  { title: "RELOADS", align: "right" },
  { title: "EVICTIONS", align: "right" },
  { title: "LAST LOADED", isOptional: true },
  { title: "LAST EVICTED", isOptional: true },
];

/** Heights of a part of the whole; nothing held is a blank. */
const heights = "▁▂▃▄▅▆▇█";
const notKnown = "·";
/** A character for each hour of a day. */
const strokes = 24;

/** All of it. */
export function renderGpuUsage(terminal: Terminal, usage: GpuUsage, nowMs: number): string {
  const { gpus, gpusLeftOut, models, modelsLeftOut } = usage;
  if (gpus.length === 0 && models.length === 0)
    return "nothing was told yet of any GPU's memory, and of no model that was loaded";
  const isAnyUnknown = gpus.some(
    ({ freeBytes, owners }) => freeBytes.includes(null) || owners.some(({ bytes }) => bytes.includes(null)),
  );
  const parts = [
    ...gpus.map((gpu) => gpuPart(terminal, gpu, usage)),
    isAnyUnknown ? terminal.paint("quiet", `${notKnown} not known then`) : "",
    gpusLeftOut === 0 ? "" : `and ${gpusLeftOut} more GPUs: name their node`,
    models.length === 0
      ? ""
      : renderTable(
          terminal,
          modelColumns,
          models.map((model) => modelRow(model, nowMs)),
        ),
    modelsLeftOut === 0 ? "" : `and ${modelsLeftOut} more models: name their node`,
    models.length === 0
      ? ""
      : terminal.paint("quiet", `models since ${usage.modelsFrom.slice(0, 16).replace("T", " ")} UTC; counts are lower bounds`),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function gpuPart(terminal: Terminal, gpu: GpuMemoryUsage, { from, to }: GpuUsage): string {
  const { node, gpuId, name, capacityBytes, owners, freeBytes } = gpu;
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / 3_600_000);
  const columns: readonly Column[] = [
    { title: "OWNER", minimumWidth: 12 },
    { title: "NOW", align: "right" },
    { title: "AVERAGE", align: "right" },
    { title: "MOST", align: "right" },
    { title: `LAST ${hours} H` },
  ];
  const row = (owner: string, bytes: Steps): readonly Cell[] => {
    const known = bytes.filter((each) => each !== null);
    const average = known.reduce((sum, each) => sum + each, 0) / known.length;
    return [
      owner,
      formatSize(bytes.slice(-2).findLast((each) => each !== null) ?? undefined),
      formatSize(known.length === 0 ? undefined : average),
      formatSize(known.length === 0 ? undefined : Math.max(...known)),
      sparkline(bytes, capacityBytes ?? Math.max(...known)),
    ];
  };
  const place = `${gpuShortName({ name })} (${gpuPlace(gpuId)})${capacityBytes === undefined ? "" : `, ${formatSize(capacityBytes)}`}`;
  const title = `${terminal.paint("strong", node)}  ${place}`;
  const rows = [...owners.map(({ owner, bytes }) => row(owner, bytes)), row("free", freeBytes)];
  return `${title}\n${renderTable(terminal, columns, rows)}`;
}

/** The most of each part of the time; a part of which nothing is known says so. */
function sparkline(bytes: Steps, wholeBytes: number): string {
  return Array.from({ length: Math.min(strokes, bytes.length) }, (_, at) => {
    const width = bytes.length / Math.min(strokes, bytes.length);
    const known = bytes.slice(Math.floor(at * width), Math.floor((at + 1) * width)).filter((each) => each !== null);
    if (known.length === 0) return notKnown;
    const most = Math.max(...known);
    return most === 0 ? " " : heights[Math.min(heights.length - 1, Math.floor((most / wholeBytes) * heights.length))];
  }).join("");
}

function modelRow(model: ModelUsage, nowMs: number): readonly Cell[] {
  const { isLoaded, lastLoadedAt, lastEvictedAt } = model;
  return [
    model.model,
    model.node,
    formatTimeSpan(model.loadedSeconds),
    isLoaded === undefined ? "?" : isLoaded ? { text: "loaded", tone: "good" } : "",
    String(model.loads),
    String(model.reloads),
    String(model.evictions),
    lastLoadedAt === undefined ? "" : formatAgo(lastLoadedAt, nowMs),
    lastEvictedAt === undefined ? "" : formatAgo(lastEvictedAt, nowMs),
  ];
}
