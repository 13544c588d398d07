/** When something is used up, no surer than its history. Pure. */
import type { Forecast } from "@nodekeeper/shared/api";
import { formatPercent, formatSize } from "@nodekeeper/shared/format";

const dayMs = 86_400_000;
const monthMs = 30 * dayMs;
/** From so far away on a day would be more than is known. */
const monthsOnlyMs = 120 * dayMs;

/** The date with its interval, or why there is none. */
export function forecastText(forecast: Forecast, nowMs: number): string {
  const { outcome, reason, earliestAt, likelyAt, latestAt } = forecast;
  switch (outcome) {
    case "reached":
      return forecast.what === "wear" ? "its rated life is used up" : "nothing is left";
    case "not-soon":
      return "not within ten years";
    case "unknown":
      return reason ?? "not known";
    case "reaches": {
      const likely = likelyAt === undefined ? "" : `about ${dateText(likelyAt, nowMs)}`;
      const from = earliestAt === undefined ? "" : dateText(earliestAt, nowMs);
      const to = latestAt === undefined ? "perhaps never" : dateText(latestAt, nowMs);
      const interval = from === "" ? to : `${from} at the earliest, ${latestAt === undefined ? to : `${to} at the latest`}`;
      return likely === "" ? interval : `${likely} (${interval})`;
    }
  }
}

/** How much is used, of how much. */
export function usedText({ unit, now, limit }: Forecast): string {
  if (unit === "percent") return formatPercent(now);
  const percent = limit === 0 ? undefined : (100 * now) / limit;
  const used = unit === "bytes" ? `${formatSize(now)} of ${formatSize(limit)}` : `${formatCount(now)} of ${formatCount(limit)}`;
  return percent === undefined ? used : `${used}, ${formatPercent(percent)}`;
}

/** How fast it grows; "" where that is not known. */
export function growthText({ unit, perDay }: Forecast): string {
  if (perDay === undefined) return "";
  if (unit === "percent") return `${signed(perDay * 365)} % a year`;
  if (unit === "inodes") return `${signed(perDay)} a day`;
  return `${perDay < 0 ? "−" : "+"}${formatSize(Math.abs(perDay))} a day`;
}

/** Whether it comes within a month at its earliest, or has come. */
export function isSoon({ outcome, earliestAt }: Forecast, nowMs: number): boolean {
  return outcome === "reached" || (outcome === "reaches" && earliestAt !== undefined && Date.parse(earliestAt) - nowMs < monthMs);
}

function dateText(timestamp: string, nowMs: number): string {
  const isFar = Date.parse(timestamp) - nowMs > monthsOnlyMs;
  const day: Intl.DateTimeFormatOptions = isFar ? {} : { day: "numeric" };
  return new Date(timestamp).toLocaleDateString("en-GB", { ...day, month: "short", year: "numeric", timeZone: "UTC" });
}

function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en");
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toLocaleString("en", { maximumFractionDigits: 1 })}`;
}
