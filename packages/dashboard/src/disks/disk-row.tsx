/** One disk of the fleet in a line. */
import type { Disk, DiskHealthState } from "@nodekeeper/shared/api";
import { formatAgo, formatCelsius, formatPercent, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { forecastText, isSoon } from "../forecasts/forecast-text.ts";
import { Meter, wearLimits } from "../meter.tsx";
import { nodeLink } from "../route.ts";

const tones: Readonly<Record<DiskHealthState, string>> = {
  ok: "ok",
  degraded: "degraded",
  failed: "failed",
  missing: "failed",
  unknown: "unknown",
};

/** The row. What is not known stays empty. */
export function DiskRow(props: { readonly disk: Disk; readonly nowMs: number }): JSX.Element {
  const { disk, nowMs } = props;
  const { node, id, name, health, sizeBytes, wornPercent, temperatureCelsius, forecast } = disk;
  return (
    <tr>
      <td class="wrap">
        <a href={nodeLink(node)}>{node}</a> <strong>{name ?? id}</strong>
        <div class="quiet">{aboutText(disk)}</div>
      </td>
      <td class="wrap">
        <span class={`pill ${tones[health]}`}>{health}</span>
        {health !== "ok" && <div class="quiet">{disk.reason}</div>}
        <Age disk={disk} nowMs={nowMs} />
      </td>
      <td class="number" data-title="Size">
        {sizeBytes === undefined ? "" : formatSize(sizeBytes)}
      </td>
      <td class="narrow" data-title="Worn">
        {wornPercent !== undefined && (
          <Meter percent={wornPercent} limits={wearLimits} label="worn" text={formatPercent(wornPercent)} />
        )}
      </td>
      <td class="number" data-title="Heat">
        {temperatureCelsius === undefined ? "" : formatCelsius(temperatureCelsius)}
      </td>
      <td class="wrap" data-title="Worn out">
        {forecast !== undefined && (
          <span class={forecast.outcome === "reaches" || forecast.outcome === "reached" ? tone(disk, nowMs) : "quiet"}>
            {forecastText(forecast, nowMs)}
          </span>
        )}
      </td>
    </tr>
  );
}

/** How old the word is, where it is not fresh. */
function Age(props: { readonly disk: Disk; readonly nowMs: number }): JSX.Element | null {
  const { freshness, observedAt, health } = props.disk;
  if (freshness === "fresh" || health === "missing") return null;
  return (
    <div class="doubt">
      {freshness}: last seen {observedAt === undefined ? "never" : formatAgo(observedAt, props.nowMs)}
    </div>
  );
}

function aboutText({ kind, bus, model, serial, powerOnHours }: Disk): string {
  const inUse = powerOnHours === undefined ? undefined : `${formatTimeSpan(Math.floor(powerOnHours / 24) * 86_400)} in use`;
  const way = bus === undefined || bus.toLowerCase() === kind ? kind : `${kind} by ${bus}`;
  return [model, kind === "unknown" ? bus : way, serial, inUse].filter((part) => part !== undefined && part !== "").join(" · ");
}

function tone({ forecast }: Disk, nowMs: number): string {
  return forecast !== undefined && isSoon(forecast, nowMs) ? "bad" : "";
}
