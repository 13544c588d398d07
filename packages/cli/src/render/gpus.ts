/** GPUs: a line of state each, below it why; in the long form, who uses them and what their drivers say. */
import { booleanField, numberField, textField } from "@nodekeeper/shared/fields";
import { formatCelsius, formatHertz, formatPart, formatPercent, formatSize, formatWatts } from "@nodekeeper/shared/format";
import {
  type GpuReading,
  type GpuState,
  gpuAwakeText,
  gpuHardwareTroubles,
  gpuMemory,
  gpuParts,
  gpuPlace,
  gpuReadings,
  gpuShortName,
  gpuSlowedText,
  gpuState,
  gpuWord,
  linkText,
  type MachineFacts,
} from "@nodekeeper/shared/readings";
import { type Cell, type Column, renderTable } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { hang } from "../wrap.ts";
import { list, moreText, shorten, type View } from "./section.ts";

/** GPUs in the short form. */
const limit = 4;
/** Characters of the bar of memory. */
const barLength = 8;
/** On a narrower terminal the names of the models need its room. */
const barFromWidth = 100;
/** Processes of a GPU in the long form; the kernel can hold many, a screen cannot. */
const userLimit = 32;

const columns: readonly Column[] = [
  { title: "GPU" },
  { title: "MODEL", minimumWidth: 12 },
  { title: "STATE" },
  { title: "MEMORY", align: "right" },
  { title: "" },
  { title: "BUSY", align: "right" },
  { title: "TEMP", align: "right" },
  { title: "POWER", align: "right" },
];

/** The colour of a verdict. Asleep is good: it is what an idle GPU is meant to do. */
export const gpuTone: Readonly<Record<GpuState["verdict"], Tone>> = {
  free: "good",
  asleep: "good",
  busy: "plain",
  taken: "warning",
  unavailable: "bad",
  unknown: "warning",
};

/** A GPU with what is said of it. */
interface Shown {
  readonly gpu: GpuReading;
  readonly state: GpuState;
}

/** The table and its lines; "" on a machine without. */
export function renderGpus(terminal: Terminal, facts: MachineFacts, view: View): string {
  const all = gpuReadings(facts).map((gpu): Shown => ({ gpu, state: gpuState(gpu, facts, view.nowMs) }));
  const shown = view.isAll ? all : shorten(all, limit);
  if (shown.length === 0) return "";
  const lines = shown.flatMap(({ gpu, state }) => {
    const texts = view.isAll
      ? [...whyTexts({ gpu, state }), state.wakeCost ?? "", ...detailTexts(gpu)].filter((text) => text !== "")
      : whyTexts({ gpu, state });
    const place = gpuPlace(gpu.id);
    return texts.flatMap((text, index) => hang(`${(index === 0 ? place : "").padEnd(place.length)}  `, text, terminal.width));
  });
  const more = moreText(all.length - shown.length);
  const hasBars = terminal.width >= barFromWidth;
  const rows = shown.map((one) => row(one, hasBars));
  const table = renderTable(terminal, columns, rows);
  return [table, ...(view.isAll ? [""] : []), ...lines, ...(more === "" ? [] : [terminal.paint("quiet", more)])].join("\n");
}

function row({ gpu, state }: Shown, hasBar: boolean): readonly Cell[] {
  const memory = gpuMemory(gpu);
  const isRead = !gpu.isAsleep && gpu.status?.outcome === "ok";
  const { utilization_percent: busy, temperature_celsius: celsius, power_watts: watts } = isRead ? gpu.status.samples : {};
  return [
    gpuPlace(gpu.id),
    gpuShortName(gpu),
    { text: gpuWord(state), tone: gpuTone[state.verdict] },
    memory.totalBytes === undefined
      ? ""
      : isRead
        ? formatPart(memory.usedBytes, memory.totalBytes)
        : formatSize(memory.totalBytes),
    isRead && hasBar ? bar(memory.usedBytes, memory.usableBytes) : "",
    busy === undefined ? "" : formatPercent(busy),
    celsius === undefined ? "" : formatCelsius(celsius),
    watts === undefined ? "" : formatWatts(watts),
  ];
}

function bar(part: number | undefined, whole: number | undefined): string {
  if (part === undefined || whole === undefined || whole === 0) return "";
  const filled = Math.round(Math.min(1, part / whole) * barLength);
  return "█".repeat(filled) + "░".repeat(barLength - filled);
}

/** Why it is as it is, and what keeps it awake. What its driver says in a failure holds what to do. */
function whyTexts({ gpu, state }: Shown): readonly string[] {
  const failure = gpu.status?.outcome === "failed" ? gpu.status.failure?.message : undefined;
  return [
    failure ?? state.text,
    ...gpuHardwareTroubles(gpu).map(({ level, text }) => `${level === "low" ? "-" : "!"} ${text}`),
    list(gpuSlowedText(gpu.status), gpuAwakeText(gpu.device)),
  ].filter((text) => text !== "");
}

function detailTexts(gpu: GpuReading): readonly string[] {
  const { device, status, users } = gpu;
  const shown = users.slice(0, userLimit).map(({ name, pid, owner, purpose, memoryUsedBytes }) => {
    const who = list(owner, purpose === "other" ? "" : purpose, pid === undefined ? "" : `pid ${pid}`);
    return `${formatSize(memoryUsedBytes).padStart(8)}  ${name}${who === "" ? "" : ` (${who})`}`;
  });
  const driver = textField(device, "driver");
  const version = textField(device, "driverVersion");
  const parts = gpuParts(status).map((part) => `${part.name} ${formatPart(part.usedBytes, part.totalBytes)}`);
  return [
    list(driver === "" ? "" : `driver ${driver} ${version}`.trimEnd(), textField(device, "pciId"), linkText(device)),
    lastReadingText(gpu),
    ...(status === undefined ? [] : statusTexts(gpu)),
    parts.length === 0 ? "" : `instances ${parts.join(", ")}`,
    ...shown,
    users.length > shown.length ? `and ${users.length - shown.length} more processes` : "",
  ].filter((text) => text !== "");
}

/** What was read before it fell asleep; the line above says how long ago that is. */
function lastReadingText({ isAsleep, status }: GpuReading): string {
  const { temperature_celsius: celsius, power_watts: watts, utilization_percent: busy } = status?.samples ?? {};
  const numbers = list(
    celsius === undefined ? "" : formatCelsius(celsius),
    watts === undefined ? "" : formatWatts(watts),
    busy === undefined ? "" : `${formatPercent(busy)} busy`,
  );
  return isAsleep && numbers !== "" ? `its last reading: ${numbers}` : "";
}

function statusTexts({ status }: Pick<GpuReading, "status">): readonly string[] {
  if (status?.value === undefined) return [];
  const limitWatts = numberField(status, "powerLimitWatts");
  const cuda = textField(status, "cudaVersion");
  const { graphics_clock_hertz: clock, performance_state_number: state, fan_percent: fan } = status.samples;
  const sharedBytes = numberField(status, "sharedMemoryTotalBytes");
  const { ecc_uncorrected_errors_total: uncorrected, ecc_corrected_errors_total: corrected } = status.samples;
  return [
    list(
      textField(status, "uuid"),
      textField(status, "architecture"),
      cuda === "" ? "" : `CUDA ${cuda}`,
      booleanField(status, "isDisplayActive") === true ? "a display hangs on it" : "",
    ),
    sharedBytes === undefined
      ? ""
      : `${formatPart(status.samples["shared_memory_used_bytes"], sharedBytes)} of the machine's memory besides`,
    list(
      clock === undefined ? "" : `clock ${formatHertz(clock)}`,
      state === undefined ? "" : `P${state}`,
      fan === undefined ? "" : `fan ${formatPercent(fan)}`,
      limitWatts === undefined ? "" : `power limit ${formatWatts(limitWatts)}`,
      booleanField(status, "isEccEnabled") === true
        ? `ECC, ${corrected ?? "?"} errors corrected and ${uncorrected ?? "?"} not`
        : "",
    ),
  ];
}
