/** One node of the fleet. */
import type { NodeSummary } from "@nodekeeper/shared/api";
import { formatAgo, formatCelsius, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import { gpuWord } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { fillLimits, Meter, noLimits } from "../meter.tsx";
import { nodeLink } from "../route.ts";
import { GpuPill, StatusPill } from "../status.tsx";

/** GPUs that a card names. */
const gpuLimit = 4;

/** What it is, how it feels, and how much of it is used. */
export function NodeCard(props: {
  readonly node: NodeSummary;
  readonly nowMs: number;
  /** Whether it is worth a word that it did not prove its name: among those of loopback alone it is not. */
  readonly isProofTold: boolean;
}): JSX.Element {
  const { node, nowMs, isProofTold } = props;
  const gpus = (node.gpus ?? []).filter(({ isIntegrated }) => isIntegrated !== true);
  const machine = [node.board, node.operatingSystem].filter((text) => text !== undefined).join(" · ");
  return (
    <a class={`card ${node.status}`} href={nodeLink(node.name)}>
      <div class="card-head">
        <span class="card-name">{node.name}</span>
        <span class="pills">
          {isProofTold && node.proof !== undefined && node.proof !== "proven" && <span class="pill unknown">{node.proof}</span>}
          <StatusPill status={node.status} />
        </span>
      </div>
      <div class="quiet ellipsis" title={machine}>
        {machine === "" ? "no facts yet" : machine}
      </div>
      {node.status !== "ok" && <div class="card-reason">{node.reason}</div>}
      <dl class="gauges">
        <dt>CPU</dt>
        <dd>
          <Meter percent={node.cpuUsedPercent} limits={noLimits} label="CPU used" />
        </dd>
        <dt title={`${formatSize(node.memoryTotalBytes)} in all`}>Memory</dt>
        <dd>
          <Meter percent={usedPercent(node)} limits={noLimits} label="memory used" />
        </dd>
        <dt title={node.fullestFilesystem?.mountPoint}>Disk</dt>
        <dd>
          <Meter percent={node.fullestFilesystem?.usedPercent} limits={fillLimits} label="fullest filesystem" />
        </dd>
        {gpus.length > 0 && (
          <>
            <dt>GPU</dt>
            <dd class="pills">
              {gpus.slice(0, gpuLimit).map((gpu) => (
                <span key={gpu.id} title={gpu.name}>
                  <GpuPill word={gpuWord(gpu)} verdict={gpu.verdict} />
                </span>
              ))}
              {gpus.length > gpuLimit && <span class="quiet">and {gpus.length - gpuLimit} more</span>}
            </dd>
          </>
        )}
      </dl>
      <div class="card-foot quiet">
        <span>{node.hottestSensor === undefined ? "" : formatCelsius(node.hottestSensor.temperatureCelsius)}</span>
        <span>{node.uptimeSeconds === undefined ? "" : `up ${formatTimeSpan(node.uptimeSeconds)}`}</span>
        <span>
          {node.isConnected ? formatAgo(node.lastContactAt, nowMs) : `gone, last seen ${formatAgo(node.lastContactAt, nowMs)}`}
        </span>
      </div>
    </a>
  );
}

function usedPercent(node: NodeSummary): number | undefined {
  const { memoryTotalBytes: total, memoryAvailableBytes: available } = node;
  return total === undefined || available === undefined || total === 0 ? undefined : (100 * (total - available)) / total;
}
