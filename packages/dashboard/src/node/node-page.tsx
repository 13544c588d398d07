/** One node: how it is, what is wrong, what it is made of, how it was, and what could not be told. */
import type { NodeDetail, NodeSummary } from "@nodekeeper/shared/api";
import { formatAgo, formatTimeSpan } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { useNowMs } from "../clock.ts";
import type { LiveState } from "../live/connection.ts";
import { FindingList, StatusPill } from "../status.tsx";
import { DiskSection } from "./disk-section.tsx";
import { FilesystemSection } from "./filesystem-section.tsx";
import { HistorySection } from "./history-section.tsx";
import { KernelSection } from "./kernel-section.tsx";
import { MachineSection } from "./machine-section.tsx";
import { NetworkSection } from "./network-section.tsx";
import { PoolSection } from "./pool-section.tsx";
import { SensorSection } from "./sensor-section.tsx";
import { UnknownSection } from "./unknown-section.tsx";

/** The page. */
export function NodePage(props: { readonly name: string; readonly live: LiveState }): JSX.Element {
  const { picture } = props.live;
  const now = useNowMs();
  if (picture === undefined) return <p class="empty">Waiting for the collector …</p>;
  const detail = picture.detail?.summary.name === props.name ? picture.detail : undefined;
  const summary = picture.nodes.get(props.name) ?? detail?.summary;
  if (summary === undefined) return <NoSuchNode name={props.name} />;
  const findings = [...picture.findings.values()].filter((finding) => finding.node === props.name);
  return (
    <>
      <Title summary={summary} nowMs={now} />
      {findings.length > 0 && (
        <section>
          <h2>What is wrong</h2>
          <FindingList findings={findings} nowMs={now} isNodeNamed={false} />
        </section>
      )}
      {detail === undefined ? <p class="empty">Fetching its facts …</p> : <Facts detail={detail} nowMs={now} />}
    </>
  );
}

function Facts(props: { readonly detail: NodeDetail; readonly nowMs: number }): JSX.Element {
  const { detail, nowMs } = props;
  const { subjects } = detail;
  return (
    <>
      <MachineSection subjects={subjects} nowMs={nowMs} />
      <HistorySection node={detail.summary.name} firstSeenAt={detail.firstSeenAt} subjects={subjects} />
      <DiskSection subjects={subjects} nowMs={nowMs} />
      <PoolSection subjects={subjects} />
      <FilesystemSection subjects={subjects} />
      <NetworkSection subjects={subjects} />
      <KernelSection subjects={subjects} nowMs={nowMs} />
      <SensorSection subjects={subjects} />
      <UnknownSection detail={detail} nowMs={nowMs} />
    </>
  );
}

function Title(props: { readonly summary: NodeSummary; readonly nowMs: number }): JSX.Element {
  const { summary, nowMs } = props;
  return (
    <section class="title">
      <a class="back" href="#/">
        ← all nodes
      </a>
      <h1>
        {summary.name} <StatusPill status={summary.status} />
      </h1>
      <p>{summary.reason}</p>
      <p class="quiet">
        {summary.isConnected ? "connected" : "not connected"} · last word {formatAgo(summary.lastContactAt, nowMs)}
        {summary.uptimeSeconds !== undefined && ` · up ${formatTimeSpan(summary.uptimeSeconds)}`} · agent {summary.agentVersion}
      </p>
    </section>
  );
}

function NoSuchNode(props: { readonly name: string }): JSX.Element {
  return (
    <p class="empty">
      No machine called “{props.name}” has reported. <a href="#/">See all nodes</a>
    </p>
  );
}
