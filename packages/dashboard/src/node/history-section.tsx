/** How it was: plots over time. */
import type { History, SubjectBody } from "@nodekeeper/shared/api";
import { textField } from "@nodekeeper/shared/fields";
import { gpuName, gpuPlace, gpuShortName } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { nowMs, useNowMs } from "../clock.ts";
import { alignSeries } from "../plot/align.ts";
import { useHistory } from "../plot/history.ts";
import { Plot } from "../plot/plot.tsx";
import { type PlotDescription, plots } from "./plots.ts";

const spans = [
  { label: "1 h", spanMs: 3_600_000 },
  { label: "6 h", spanMs: 6 * 3_600_000 },
  { label: "24 h", spanMs: 24 * 3_600_000 },
  { label: "7 d", spanMs: 7 * 24 * 3_600_000 },
  { label: "30 d", spanMs: 30 * 24 * 3_600_000 },
] as const;

/** Plots are fetched anew this often, and less often the more time they show. */
const shortestRefreshMs = 15_000;
/** A plot shows at least this much. */
const shortestSpanMs = 60_000;

/** Lines beyond this make a plot unreadable. */
const maximumLines = 6;

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
        {plots
          .filter((description) => hasNumbers(description, props.subjects))
          .map((description) => (
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
}): JSX.Element {
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

/** Whether the machine has such numbers at all; known before they are fetched, so that no plot comes and goes. */
function hasNumbers({ kind, names }: PlotDescription, subjects: readonly SubjectBody[]): boolean {
  return subjects.some((subject) => subject.kind === kind && names.every((name) => subject.samples[name] !== undefined));
}

/** What people call a disk, a GPU or a sensor; other ids are names already. */
function nameOf(subjects: readonly SubjectBody[], id: string): string {
  const gpu = subjects.find((subject) => subject.kind === "gpu" && subject.id === id);
  if (gpu !== undefined) return `${gpuShortName({ name: gpuName(gpu, undefined) })} ${gpuPlace(id)}`;
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
