/** Numbers as people read them. */

const sizeUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** 1536 → "1.5 KiB"; unknown → "?". */
export function formatSize(bytes: number | undefined): string {
  if (bytes === undefined) return "?";
  let exponent = 0;
  let value = bytes;
  // 1023.96 of one unit reads 1.0 of the next.
  while (value >= (exponent === 0 ? 1024 : 1023.95) && exponent < sizeUnits.length - 1) {
    value /= 1024;
    exponent += 1;
  }
  return `${value.toFixed(digitsOf(value, exponent))} ${sizeUnits[exponent]}`;
}

/** 93_600 s → "1 d 2 h"; two units at most. */
export function formatTimeSpan(seconds: number | undefined): string {
  if (seconds === undefined) return "?";
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** How long something has lasted that began at a timestamp. */
export function formatSince(timestamp: string, nowMs: number): string {
  return `for ${formatTimeSpan(Math.max(0, (nowMs - Date.parse(timestamp)) / 1000))}`;
}

/** How long ago a timestamp was. */
export function formatAgo(timestamp: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(timestamp)) / 1000));
  return seconds === 0 ? "now" : `${formatTimeSpan(seconds)} ago`;
}

/** 41.23 → "41 %"; unknown → "?". */
export function formatPercent(percent: number | undefined): string {
  return percent === undefined ? "?" : `${Math.round(percent)} %`;
}

/** 41.23 → "41 °C"; unknown → "?". */
export function formatCelsius(celsius: number | undefined): string {
  return celsius === undefined ? "?" : `${Math.round(celsius)} °C`;
}

/** 1_000_000_000 → "1 Gbit/s"; unknown → "". */
export function formatBitRate(bitsPerSecond: number | undefined): string {
  if (bitsPerSecond === undefined) return "";
  if (bitsPerSecond >= 1e9) return `${bitsPerSecond / 1e9} Gbit/s`;
  return `${Math.round(bitsPerSecond / 1e6)} Mbit/s`;
}

/** 0.00042 → "0.4 ms", 12.3 → "12.3 s": a short time, as clocks differ by; unknown → "?". */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined) return "?";
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  return seconds >= 0.000_95 ? `${(seconds * 1e3).toFixed(1)} ms` : `${Math.round(seconds * 1e6)} µs`;
}

/** "in 4 min" for what comes, "4 min ago" for what is over. */
export function formatIn(timestamp: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(timestamp) - nowMs) / 1000);
  return seconds <= 0 ? formatAgo(timestamp, nowMs) : `in ${formatTimeSpan(seconds)}`;
}

/** A part of a whole in the whole's unit: "14.9 of 15.9 GiB"; an unknown part is "?", an unknown whole is left out. */
export function formatPart(partBytes: number | undefined, wholeBytes: number | undefined): string {
  if (wholeBytes === undefined) return formatSize(partBytes);
  const whole = formatSize(wholeBytes);
  const exponent = sizeUnits.findLastIndex((unit) => whole.endsWith(` ${unit}`));
  const part = partBytes === undefined ? undefined : partBytes / 1024 ** exponent;
  return `${part === undefined ? "?" : part.toFixed(digitsOf(part, exponent))} of ${whole}`;
}

/** 268.4 → "268 W", 4.13 → "4.1 W"; unknown → "?". */
export function formatWatts(watts: number | undefined): string {
  return watts === undefined ? "?" : `${watts >= 9.95 ? Math.round(watts) : watts.toFixed(1)} W`;
}

/** 2_610_000_000 → "2.61 GHz", 405_000_000 → "405 MHz"; unknown → "?". */
export function formatHertz(hertz: number | undefined): string {
  if (hertz === undefined) return "?";
  return hertz >= 1e9 ? `${(hertz / 1e9).toFixed(2)} GHz` : `${Math.round(hertz / 1e6)} MHz`;
}

/** Digits after the point of a size in its unit. */
function digitsOf(value: number, exponent: number): number {
  return exponent === 0 || value >= 99.95 ? 0 : 1;
}
