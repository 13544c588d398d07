/** One node of the fleet. */
import type { NodeSummary } from "@nodekeeper/shared/api";
import { formatAgo, formatCelsius, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { fillLimits, Meter, noLimits } from "../meter.tsx";
import { nodeLink } from "../route.ts";
import { StatusPill } from "../status.tsx";

/** What it is, how it feels, and how much of it is used. */
export function NodeCard(props: { readonly node: NodeSummary; readonly nowMs: number }): JSX.Element {
  const { node, nowMs } = props;
  const machine = [node.board, node.operatingSystem].filter((text) => text !== undefined).join(" · ");
  return (
    <a class={`card ${node.status}`} href={nodeLink(node.name)}>
      <div class="card-head">
        <span class="card-name">{node.name}</span>
        <StatusPill status={node.status} />
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
