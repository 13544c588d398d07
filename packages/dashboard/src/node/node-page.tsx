/** One node: how it is, what is wrong, what it is made of, how it was, and what could not be told. */
import type { Explanation, ExplanationList, NodeDetail, NodeHealth } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { BlastSection } from "../blast/blast-section.tsx";
import { useNowMs } from "../clock.ts";
import { useAsked } from "../cluster/use-asked.ts";
import { WrittenSection } from "../cluster/written-section.tsx";
import type { Deciding } from "../findings/deciding.ts";
import { ForecastSection } from "../forecasts/forecast-section.tsx";
import type { LiveState } from "../live/connection.ts";
import { ClusterSection } from "./cluster-section.tsx";
import { DiskSection } from "./disk-section.tsx";
import { FilesystemSection } from "./filesystem-section.tsx";
import { GpuSection } from "./gpu-section.tsx";
import { HistorySection } from "./history-section.tsx";
import { KernelSection } from "./kernel-section.tsx";
import { LossSection } from "./loss-section.tsx";
import { MachineSection } from "./machine-section.tsx";
import { NetworkSection } from "./network-section.tsx";
import { NodeFindings } from "./node-findings.tsx";
import { NodeTitle } from "./node-title.tsx";
import { OllamaSection } from "./ollama-section.tsx";
import { PoolSection } from "./pool-section.tsx";
import { SensorSection } from "./sensor-section.tsx";
import { StorageSection } from "./storage-section.tsx";
import { TailscaleSection } from "./tailscale-section.tsx";
import { UnknownSection } from "./unknown-section.tsx";

/** The page. */
export function NodePage(props: {
  readonly name: string;
  readonly live: LiveState;
  readonly hasCluster: boolean;
  readonly deciding: Deciding;
}): JSX.Element {
  const { deciding } = props;
  const { picture } = props.live;
  const now = useNowMs();
  const explained = useAsked<ExplanationList>(
    props.hasCluster ? `api/v1/nodes/${encodeURIComponent(props.name)}/explain` : undefined,
  );
  const health = useAsked<NodeHealth>(`api/v1/nodes/${encodeURIComponent(props.name)}/health`);
  const explanations = explained.body?.explanations ?? [];
  if (picture === undefined) return <p class="empty">Waiting for the collector …</p>;
  const detail = picture.detail?.summary.name === props.name ? picture.detail : undefined;
  const summary = picture.nodes.get(props.name) ?? detail?.summary;
  if (summary === undefined) return <NoSuchNode name={props.name} />;
  return (
    <>
      <NodeTitle summary={summary} health={health.body} nowMs={now} deciding={deciding} />
      <NodeFindings node={props.name} findings={picture.findings} nowMs={now} deciding={deciding} />
      {props.hasCluster && <BlastSection node={props.name} subjects={detail?.subjects ?? []} />}
      <WrittenSection explanations={explanations} nowMs={now} />
      {detail === undefined ? (
        <p class="empty">Fetching its facts …</p>
      ) : (
        <Facts detail={detail} explanations={explanations} health={health.body} nowMs={now} deciding={deciding} />
      )}
    </>
  );
}

function Facts(props: {
  readonly detail: NodeDetail;
  readonly explanations: readonly Explanation[];
  readonly nowMs: number;
  readonly health: NodeHealth | undefined;
  readonly deciding: Deciding;
}): JSX.Element {
  const { detail, explanations, health, nowMs, deciding } = props;
  const { subjects } = detail;
  return (
    <>
      <MachineSection subjects={subjects} nowMs={nowMs} />
      <HistorySection node={detail.summary.name} firstSeenAt={detail.firstSeenAt} subjects={subjects} />
      <GpuSection node={detail.summary.name} facts={detail} nowMs={nowMs} />
      <OllamaSection facts={detail} nowMs={nowMs} />
      <DiskSection subjects={subjects} nowMs={nowMs} judgedOn={deciding.isAdmin ? detail.summary.name : undefined} />
      <PoolSection subjects={subjects} />
      <FilesystemSection subjects={subjects} />
      <ForecastSection node={detail.summary.name} nowMs={nowMs} />
      <StorageSection explanations={explanations} subjects={subjects} nowMs={nowMs} />
      <NetworkSection subjects={subjects} />
      <TailscaleSection subjects={subjects} nowMs={nowMs} />
      <ClusterSection subjects={subjects} nowMs={nowMs} />
      <KernelSection subjects={subjects} nowMs={nowMs} />
      <SensorSection subjects={subjects} />
      <UnknownSection detail={detail} told={health?.unknowns} nowMs={nowMs} />
      <LossSection detail={detail} />
    </>
  );
}

function NoSuchNode(props: { readonly name: string }): JSX.Element {
  return (
    <p class="empty">
      No machine called “{props.name}” has reported. <a href="#/">See all nodes</a>
    </p>
  );
}
