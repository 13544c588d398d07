/** A plot of series over time, by uPlot, in the page's own colours and as wide as its place. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { stacked } from "./stacked.ts";

/** A line of the plot. */
export interface PlotLine {
  readonly label: string;
  /** One value for each time; null is unknown and leaves a gap. */
  readonly values: readonly (number | null)[];
  /** A custom property of the page's style; left out, the colour follows from its place. */
  readonly colour?: string;
}

/** What is plotted. */
export interface PlotProps {
  readonly title: string;
  /** ms since 1970, growing. */
  readonly at: readonly number[];
  readonly lines: readonly PlotLine[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Lowest and highest of the axis; undefined lets the values decide. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** True for sizes, whose round numbers are powers of two. */
  readonly isBinary?: boolean;
  /** True where the lines are parts of one thing, each for a while: areas on top of each other, in steps. */
  readonly isStacked?: boolean;
  /** Writes a value with its unit. */
  format(value: number): string;
}

const heightPx = 170;
const colourCount = 6;
/** Above this a plot shows dates rather than times of the day. */
const longestClockSpanMs = 36 * 3_600_000;
const binaryIncrements: number[] = Array.from({ length: 50 }, (_, exponent) => 2 ** exponent);
const axisWidthPx = 68;

/** The plot; a place without values says so. */
export function Plot(props: PlotProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const labels = props.lines.map((line) => line.label).join("\n");

  // A plot is built anew only when its lines are others; values are set below.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const built = new uPlot(optionsOf(props, element), dataOf(props), element);
    plot.current = built;
    const observer = new ResizeObserver(() => built.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      built.destroy();
      plot.current = undefined;
    };
  }, [labels, props.minimum, props.maximum]);

  useEffect(() => {
    plot.current?.setData(dataOf(props), false);
    plot.current?.setScale("x", { min: props.fromMs / 1000, max: props.toMs / 1000 });
  }, [props]);

  const isEmpty = props.lines.every((line) => line.values.every((value) => value === null));
  return (
    <figure class="plot">
      <figcaption>{props.title}</figcaption>
      {isEmpty && <p class="plot-empty quiet">no values in this time</p>}
      <div ref={place} class={isEmpty ? "plot-place hidden" : "plot-place"} />
    </figure>
  );
}

function dataOf(props: PlotProps): uPlot.AlignedData {
  const values = props.lines.map((line) => [...line.values]);
  return [props.at.map((time) => time / 1000), ...(props.isStacked === true ? stacked(values) : values)];
}

function optionsOf(props: PlotProps, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const axis = {
    stroke: style.getPropertyValue("--quiet"),
    grid: { stroke: style.getPropertyValue("--line"), width: 1 },
    ticks: { show: false },
  };
  const format = (value: number | null | undefined): string =>
    value === null || value === undefined ? "–" : props.format(value);
  return {
    width: element.clientWidth,
    height: heightPx,
    cursor: { y: false },
    legend: { show: true, live: true },
    scales: {
      x: { time: true, auto: false, min: props.fromMs / 1000, max: props.toMs / 1000 },
      y: { range: (_, low, high) => rangeOf(props, low, high) },
    },
    axes: [
      {
        ...axis,
        size: 30,
        space: 70,
        values: (_, ticks) => ticks.map((seconds) => timeText(seconds, props.toMs - props.fromMs)),
      },
      {
        ...axis,
        size: axisWidthPx,
        values: (_, ticks) => ticks.map(format),
        ...(props.isBinary === true ? { incrs: binaryIncrements } : {}),
      },
    ],
    series: [
      {},
      ...props.lines.map((line, index) => {
        const colour = style.getPropertyValue(line.colour ?? `--line-${index % colourCount}`);
        const common = { label: line.label, stroke: colour, width: 1.5, spanGaps: false };
        if (props.isStacked === true) return { ...common, ...areaOf(colour, index, format) };
        return {
          ...common,
          points: { size: 5 }, // shown by uPlot where they are few
          value: (_: uPlot, value: number | null) => format(value),
        };
      }),
    ],
    ...(props.isStacked === true ? { bands: props.lines.slice(1).map((_, index) => ({ series: [index + 2, index + 1] })) } : {}),
  };
}

/** A step that holds until the next one, filled down to the one below it; its value is its own, not the sum that is drawn. */
function areaOf(colour: string, index: number, format: (value: number | null | undefined) => string): Partial<uPlot.Series> {
  const own = ({ data }: uPlot, at: number | null): number | null => {
    if (at === null) return null;
    const top = data[index + 1]?.[at] ?? null;
    return top === null || index === 0 ? top : top - (data[index]?.[at] ?? 0);
  };
  return {
    ...(uPlot.paths.stepped === undefined ? {} : { paths: uPlot.paths.stepped({ align: 1 }) }),
    fill: `color-mix(in srgb, ${colour} 55%, transparent)`,
    width: 1,
    points: { show: false },
    value: (plot, _value, _series, at) => format(own(plot, at)),
  };
}

function timeText(seconds: number, spanMs: number): string {
  const time = new Date(seconds * 1000);
  return spanMs > longestClockSpanMs
    ? time.toLocaleDateString([], { day: "numeric", month: "short" })
    : time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function rangeOf(props: PlotProps, low: number | null, high: number | null): [number, number] {
  const minimum = props.minimum ?? low ?? 0;
  const maximum = props.maximum ?? high ?? 1;
  const margin = props.maximum === undefined ? Math.max(1e-9, (maximum - minimum) * 0.1) : 0;
  return [props.minimum ?? minimum - margin, maximum + margin];
}
