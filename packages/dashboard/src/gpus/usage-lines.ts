/** Memory of a GPU over time as areas of a plot. Pure. */
import type { GpuUsage } from "@nodekeeper/shared/api";
import type { PlotLine } from "../plot/plot.tsx";

/** A line of a few minutes is not seen in a whole day. */
const shortestMs = 3_600_000;

type Owner = GpuUsage["gpus"][number]["owners"][number];

const titles: Readonly<Record<Owner["purpose"], (owner: string) => string>> = {
  ollama: () => "Ollama",
  desktop: () => "desktop",
  game: (owner) => owner,
  other: (owner) => owner,
  unnamed: () => "not named",
  rest: () => "others",
};
const colours: Readonly<Record<Owner["purpose"], string>> = {
  ollama: "--owner-ollama",
  desktop: "--owner-desktop",
  game: "--owner-game",
  other: "--owner-other",
  unnamed: "--owner-unnamed",
  rest: "--owner-unnamed",
};
/** What stays lies at the bottom, what comes and goes on top of it. */
const order: readonly Owner["purpose"][] = ["desktop", "ollama", "other", "rest", "unnamed", "game"];

/** From the bottom to the top. */
export function usageLines(owners: readonly Owner[]): readonly PlotLine[] {
  return owners
    .toSorted((a, b) => order.indexOf(a.purpose) - order.indexOf(b.purpose))
    .map(({ owner, purpose, bytes }) => ({ label: titles[purpose](owner), values: bytes, colour: colours[purpose] }));
}

/** When each number begins, in ms since 1970. */
export function usageTimes({ from, stepSeconds, gpus }: GpuUsage): readonly number[] {
  const count = gpus[0]?.freeBytes.length ?? 0;
  return Array.from({ length: count }, (_, index) => Date.parse(from) + index * stepSeconds * 1000);
}

/** Where plots begin, in ms since 1970: as far back as was asked, or where the first of them has a value, at least an hour ago. */
export function usageFromMs(usage: GpuUsage): number {
  const fromMs = Date.parse(usage.from);
  const firsts = usage.gpus.map(({ freeBytes }) => freeBytes.findIndex((bytes) => bytes !== null)).filter((at) => at >= 0);
  if (firsts.length === 0) return fromMs;
  const firstMs = fromMs + Math.min(...firsts) * usage.stepSeconds * 1000;
  return Math.max(fromMs, Math.min(firstMs, Date.parse(usage.to) - shortestMs));
}
