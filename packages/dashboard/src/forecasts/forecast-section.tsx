/** When the drives of a node are worn out and its filesystems full. */
import type { Forecast, ForecastList } from "@nodekeeper/shared/api";
import { formatSince } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { useOnce } from "../blast/use-once.ts";
import { forecastText, growthText, isSoon, usedText } from "./forecast-text.ts";

const words: Readonly<Record<Forecast["what"], string>> = { wear: "wear", space: "space", inodes: "inodes" };

/** A table; nothing where there is nothing that could be used up. */
export function ForecastSection(props: { readonly node: string; readonly nowMs: number }): JSX.Element | null {
  const { node, nowMs } = props;
  const asked = useOnce<ForecastList>(`api/v1/nodes/${encodeURIComponent(node)}/forecasts`);
  if (asked.kind === "waiting") return null;
  if (asked.kind === "ok" && asked.body.forecasts.length === 0) return null;
  return (
    <section>
      <h2>When it will be used up</h2>
      {asked.kind === "failed" ? (
        <p class="doubt">{asked.text}</p>
      ) : (
        <div class="table-place">
          <table class="stacked">
            <thead>
              <tr>
                <th>What</th>
                <th>Used</th>
                <th>Grows</th>
                <th>Used up</th>
              </tr>
            </thead>
            <tbody>
              {asked.body.forecasts.map((forecast) => (
                <Row key={`${forecast.what} ${forecast.id}`} forecast={forecast} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row(props: { readonly forecast: Forecast; readonly nowMs: number }): JSX.Element {
  const { forecast, nowMs } = props;
  const { name, what, outcome, historyFrom } = forecast;
  const tone = outcome === "unknown" || outcome === "not-soon" ? "quiet" : isSoon(forecast, nowMs) ? "bad" : "";
  return (
    <tr>
      <td class="wrap">
        {name} <span class="quiet">{words[what]}</span>
      </td>
      <td data-title="Used">{usedText(forecast)}</td>
      <td data-title="Grows">{growthText(forecast)}</td>
      <td data-title="Used up" class="wrap">
        <span class={tone}>{forecastText(forecast, nowMs)}</span>
        {outcome !== "unknown" && historyFrom !== undefined && (
          <div class="quiet">by what was seen {formatSince(historyFrom, nowMs)}</div>
        )}
      </td>
    </tr>
  );
}
