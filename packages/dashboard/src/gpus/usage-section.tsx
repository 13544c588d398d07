/** Numbers over time: who held the memory of a machine's GPUs, and how long models were in memory. */
import type { GpuUsage, ModelUsage } from "@nodekeeper/shared/api";
import { formatAgo, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import { gpuPlace, gpuShortName } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Picker, Segments } from "../choices.tsx";
import { useAsked } from "../cluster/use-asked.ts";
import { Plot } from "../plot/plot.tsx";
import { useChoices } from "../route.ts";
import { useLast } from "../use-last.ts";
import { More } from "./more.tsx";
import { usageFromMs, usageLines, usageTimes } from "./usage-lines.ts";

/** Plots of so many machines are looked at together. */
const machinesAtOnce = 3;
const modelsAtOnce = 20;
/** A number is of five minutes. */
const periodMs = 60_000;
const spans = [
  { value: "", text: "24 h", query: "hours=24" },
  { value: "7", text: "7 d", query: "days=7" },
  { value: "30", text: "30 d", query: "days=30" },
];

/** The plots and the table. */
export function UsageSection(props: {
  readonly nodes: readonly string[];
  /** Shown until another is chosen, where they are too many to be looked at together. */
  readonly first: string;
  readonly nowMs: number;
}): JSX.Element {
  const { nodes, first, nowMs } = props;
  const [choices, choose] = useChoices();
  const isMany = nodes.length > machinesAtOnce;
  const wanted = choices.get("machine") ?? "";
  const node = isMany && !nodes.includes(wanted) ? first : wanted;
  const span = spans.find(({ value }) => value === (choices.get("span") ?? "")) ?? spans[0];
  const asked = useAsked<GpuUsage>(
    `api/v1/gpus/usage?${span?.query ?? ""}${node === "" ? "" : `&node=${encodeURIComponent(node)}`}`,
    periodMs,
  );
  const usage = useLast(asked.body);
  const machines = nodes.map((name) => ({ value: name, text: name }));
  return (
    <section>
      <div class="section-head">
        <h2>Who held the memory</h2>
        {nodes.length > 1 && (
          <Picker
            label="Machine"
            options={isMany ? machines : [{ value: "", text: "all" }, ...machines]}
            chosen={node}
            onChoose={(machine) => choose({ machine })}
          />
        )}
      </div>
      {asked.trouble !== "" && <p class="bad">{asked.trouble}</p>}
      {usage !== undefined && <MemoryPlots usage={usage} />}
      <div class="section-head models-head">
        <h2>Models by their time in memory</h2>
        <Segments label="Time" options={spans} chosen={span?.value ?? ""} onChoose={(chosen) => choose({ span: chosen })} />
      </div>
      {usage !== undefined && <Models models={usage.models} nowMs={nowMs} />}
    </section>
  );
}

function MemoryPlots(props: { readonly usage: GpuUsage }): JSX.Element {
  const { usage } = props;
  const at = usageTimes(usage);
  const fromMs = usageFromMs(usage);
  if (usage.gpus.length === 0) return <p class="quiet">No GPU was read in this time.</p>;
  return (
    <div class="plots">
      {usage.gpus.map(({ node, gpuId, name, owners, capacityBytes }) => (
        <Plot
          key={`${node} ${gpuId}`}
          title={`${node}: ${gpuShortName({ name })} ${gpuPlace(gpuId)}`}
          at={at}
          lines={usageLines(owners)}
          fromMs={fromMs}
          toMs={Date.parse(usage.to)}
          minimum={0}
          {...(capacityBytes === undefined ? {} : { maximum: capacityBytes })}
          isBinary
          isStacked
          format={formatSize}
        />
      ))}
    </div>
  );
}

function Models(props: { readonly models: readonly ModelUsage[]; readonly nowMs: number }): JSX.Element {
  const { models, nowMs } = props;
  const [limit, setLimit] = useState(modelsAtOnce);
  if (models.length === 0) return <p class="quiet">No model was in memory in this time.</p>;
  return (
    <>
      <div class="table-place">
        <table class="stacked">
          <thead>
            <tr>
              <th>Model</th>
              <th class="number">In memory</th>
              <th class="number">Loads</th>
              <th class="number">Loaded anew</th>
              <th class="number">Evictions</th>
              <th>Last loaded</th>
            </tr>
          </thead>
          <tbody>
            {models.slice(0, limit).map((model) => (
              <Row key={`${model.node} ${model.model}`} model={model} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      </div>
      <More count={models.length} limit={limit} what="models" onMore={() => setLimit(limit + 5 * modelsAtOnce)} />
      <p class="quiet">Counted from readings: what comes and goes between two of them is not seen, so these are the least.</p>
    </>
  );
}

function Row(props: { readonly model: ModelUsage; readonly nowMs: number }): JSX.Element {
  const { node, model, isLoaded, loadedSeconds, loads, reloads, evictions, lastLoadedAt } = props.model;
  return (
    <tr>
      <td class="wrap">
        {model} <span class="quiet">on {node}</span>
        {isLoaded === true && (
          <>
            {" "}
            <span class="pill ok">loaded</span>
          </>
        )}
      </td>
      <td class="number" data-title="In memory">
        {formatTimeSpan(loadedSeconds)}
      </td>
      <td class="number" data-title="Loads">
        {loads.toLocaleString("en")}
      </td>
      <td class="number" data-title="Anew">
        {reloads.toLocaleString("en")}
      </td>
      <td class="number" data-title="Evictions">
        {evictions.toLocaleString("en")}
      </td>
      <td data-title="Last loaded">{lastLoadedAt === undefined ? "" : formatAgo(lastLoadedAt, props.nowMs)}</td>
    </tr>
  );
}
