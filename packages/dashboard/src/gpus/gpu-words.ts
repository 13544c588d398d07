/** What is loaded on a GPU, who keeps it, and how it is, in words. Pure. */
import type { FleetGpu, GpuReservation, LoadedModelBody } from "@nodekeeper/shared/api";
import { formatAgo, formatCelsius, formatIn, formatPercent, formatSince, formatWatts } from "@nodekeeper/shared/format";

const placementWords: Readonly<Record<LoadedModelBody["placement"], string>> = {
  gpu: "on the GPU",
  partly: "partly on the CPU",
  cpu: "on the CPU",
  "cpu-fallback": "on the CPU, though Ollama claims the GPU",
  unknown: "where it lies is not known",
};

/** Slow, and not as somebody wants it. */
const badPlacements: ReadonlySet<LoadedModelBody["placement"]> = new Set(["partly", "cpu-fallback"]);

/** "on the GPU, context 4,096 tokens, unloads in 4 min". */
export function loadedText(model: LoadedModelBody, nowMs: number): string {
  const { placement, contextLengthTokens: tokens } = model;
  return [
    placementWords[placement],
    tokens === undefined ? "" : `context ${tokens.toLocaleString("en")} tokens`,
    untilText(model, nowMs),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** Whether it is slow where it lies. */
export function isLoadedBadly({ placement }: LoadedModelBody): boolean {
  return badPlacements.has(placement);
}

/** "Reserved by mika for another 2 h 3 min: a film". */
export function keeperText({ kind, by, reason, at, until }: GpuReservation, nowMs: number): string {
  const why = reason === "" ? "" : `: ${reason}`;
  if (kind === "program") return `Kept for ${by} ${formatSince(at, nowMs)}; models may come back five minutes after it is gone`;
  return `Reserved by ${by}${until === undefined ? "" : ` for another ${formatIn(until, nowMs).replace(/^in /, "")}`}${why}`;
}

/** "44 °C · 38 W of 300 W · 12 % busy"; "" where nothing of it is known now. */
export function numbersText({ temperatureCelsius, powerWatts, powerLimitWatts, utilizationPercent }: FleetGpu): string {
  return [
    temperatureCelsius === undefined ? "" : formatCelsius(temperatureCelsius),
    powerWatts === undefined
      ? ""
      : `${formatWatts(powerWatts)}${powerLimitWatts === undefined ? "" : ` of ${formatWatts(powerLimitWatts)}`}`,
    utilizationPercent === undefined ? "" : `${formatPercent(utilizationPercent)} busy`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** "read 3 s ago"; "" where its driver never answered. */
export function ageText({ readAt }: Pick<FleetGpu, "readAt">, nowMs: number): string {
  return readAt === undefined ? "" : `read ${formatAgo(readAt, nowMs)}`;
}

function untilText({ expiresAt, isKept }: LoadedModelBody, nowMs: number): string {
  if (isKept === true) return "stays";
  if (expiresAt === undefined) return "";
  return Date.parse(expiresAt) <= nowMs ? "unloads at any moment" : `unloads ${formatIn(expiresAt, nowMs)}`;
}
