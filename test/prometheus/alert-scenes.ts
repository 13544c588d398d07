/** For each alert what makes it speak; and a fleet that is well, in which none may. */

/** Series in promtool's words, and how long they last before one looks. */
export interface AlertScene {
  readonly series: Readonly<Record<string, string>>;
  readonly minutes: number;
}

/** Beside every scene: a collector that is well. Without it one alert would speak in each. */
const wellCollector: AlertScene["series"] = {
  nodekeeper_collector_streams: "2x2000",
  'nodekeeper_collector_nodes{status="ok"}': "2x2000",
  'nodekeeper_node_status{node="neko",status="ok"}': "1x2000",
};

const disk = 'node="neko",disk="eui.1",device="nvme0n1",model="Lynx",serial="S1"';
const place = 'node="neko",mount_point="/",device="nvme0n1p2",type="ext4"';
const scene = (minutes: number, series: AlertScene["series"]): AlertScene => ({
  series: { ...wellCollector, ...series },
  minutes,
});
const finding = (severity: string, kind: string, state = "firing"): string =>
  `nodekeeper_finding{node="neko",rule="r",subject_kind="${kind}",subject="s",severity="${severity}",state="${state}"}`;

/** By the alert's name. */
export const alertScenes: Readonly<Record<string, AlertScene>> = {
  NodekeeperCollectorDown: { series: { 'up{job="nodekeeper-collector"}': "0x20" }, minutes: 10 },
  NodekeeperFleetMetricsMissing: {
    series: { nodekeeper_collector_streams: "2x40", 'nodekeeper_collector_nodes{status="ok"}': "2x40" },
    minutes: 20,
  },
  NodekeeperCollectorNotListening: scene(10, { nodekeeper_collector_is_listening: "0x20" }),
  NodekeeperStoreFailing: scene(20, { nodekeeper_collector_commit_failures_total: "0+1x40" }),
  NodekeeperCollectorInTrouble: scene(20, { nodekeeper_collector_troubles: "1x40" }),
  NodekeeperCertificateEnding: scene(90, { nodekeeper_collector_tls_certificate_expiry_timestamp_seconds: "200000x100" }),
  NodekeeperClusterNotHeard: scene(20, { nodekeeper_collector_cluster_heard_timestamp_seconds: "0x40" }),
  NodekeeperWritesFailing: scene(20, { 'nodekeeper_collector_reconcile_failing_objects{reconciler="node-labels"}': "2x40" }),
  NodekeeperNotificationsFailing: scene(40, {
    'nodekeeper_collector_notifications_total{channel="phone",result="failed"}': "0+1x60",
    'nodekeeper_collector_notifications_total{channel="phone",result="delivered"}': "4x60",
  }),
  NodekeeperHeartbeatFailing: scene(40, {
    'nodekeeper_collector_heartbeats_total{result="failed"}': "0+1x60",
    'nodekeeper_collector_heartbeats_total{result="sent"}': "9x60",
  }),
  NodekeeperRuleFailing: scene(20, { 'nodekeeper_collector_rule_failures_total{rule="r"}': "0x10 1x30" }),
  NodekeeperNodeNotReporting: scene(10, { 'nodekeeper_node_status{node="neko",status="unknown"}': "1x20" }),
  NodekeeperFindingHigh: scene(10, { [finding("high", "filesystem")]: "1x20" }),
  NodekeeperFindingMedium: scene(20, { [finding("medium", "filesystem")]: "1x40" }),
  NodekeeperDiskFailing: scene(10, { [`nodekeeper_disk_status{${disk},status="failed"}`]: "1x20" }),
  NodekeeperDiskWornOut: scene(90, { [`nodekeeper_disk_wear_ratio{${disk}}`]: "0.97x100" }),
  NodekeeperDiskSpareLow: scene(10, {
    [`nodekeeper_disk_spare_ratio{${disk}}`]: "0.04x20",
    [`nodekeeper_disk_spare_threshold_ratio{${disk}}`]: "0.1x20",
  }),
  NodekeeperDiskErrorsGrowing: scene(20, { [`nodekeeper_disk_media_errors_total{${disk}}`]: "7x10 9x30" }),
  NodekeeperFilesystemFull: scene(10, {
    [`nodekeeper_filesystem_available_bytes{${place}}`]: "4x20",
    [`nodekeeper_filesystem_used_bytes{${place}}`]: "96x20",
    [`nodekeeper_filesystem_read_only{${place}}`]: "0x20",
  }),
  NodekeeperFilesystemFillsSoon: scene(90, {
    [`nodekeeper_filesystem_predicted_full_timestamp_seconds{${place}}`]: "100000x100",
  }),
  NodekeeperProbeFailing: scene(20, { 'nodekeeper_probe_failing{node="neko",probe="smart"}': "1x40" }),
  NodekeeperProbeSilent: scene(40, {
    'nodekeeper_probe_last_run_timestamp_seconds{node="neko",probe="smart"}': "0x60",
    'nodekeeper_probe_interval_seconds{node="neko",probe="smart"}': "60x60",
    'nodekeeper_node_connected{node="neko"}': "1x60",
  }),
  NodekeeperGpuUnavailable: scene(20, {
    'nodekeeper_gpu_verdict{node="neko",gpu="0000:01:00.0",name="G",verdict="unavailable"}': "1x40",
  }),
  NodekeeperTailnetDown: scene(20, { 'nodekeeper_tailnet_running{node="neko"}': "0x40" }),
  NodekeeperTailnetKeyEnding: scene(90, { 'nodekeeper_tailnet_key_expiry_timestamp_seconds{node="neko"}': "500000x100" }),
  NodekeeperClockWrong: scene(20, { 'nodekeeper_node_clock_skew_seconds{node="neko"}': "-9x40" }),
};

/** What looks like trouble and is none: what was decided, what sleeps, what does not last, what is old and known. */
export const quietScene: AlertScene = scene(20, {
  'nodekeeper_node_status{node="neko",status="unknown"}': "1x4 0x40",
  'nodekeeper_node_status{node="siberian",status="asleep"}': "1x40",
  'nodekeeper_node_status{node="bobcat",status="unknown"}': "1x40",
  'nodekeeper_finding_muted{node="bobcat",rule="node-not-reporting",subject_kind="node",subject="bobcat",severity="high"}':
    "1x40",
  [finding("high", "filesystem", "set_aside")]: "1x40",
  [finding("high", "disk_health", "suppressed")]: "1x40",
  [finding("low", "filesystem")]: "1x40",
  [`nodekeeper_disk_status{${disk},status="failed"}`]: "1x40",
  'nodekeeper_finding_muted{node="neko",rule="r",subject_kind="disk_health",subject="eui.1",severity="high"}': "1x40",
  [`nodekeeper_disk_media_errors_total{${disk}}`]: "7x40",
  [`nodekeeper_filesystem_available_bytes{${place}}`]: "0x40",
  [`nodekeeper_filesystem_used_bytes{${place}}`]: "96x40",
  [`nodekeeper_filesystem_read_only{${place}}`]: "1x40",
  'nodekeeper_gpu_verdict{node="siberian",gpu="0000:01:00.0",name="G",verdict="asleep"}': "1x40",
  'nodekeeper_gpu_verdict{node="siberian",gpu="0000:01:00.0",name="G",verdict="unavailable"}': "0x40",
  'nodekeeper_tailnet_running{node="neko"}': "1x40",
  nodekeeper_collector_is_listening: "1x40",
  nodekeeper_collector_troubles: "0x40",
  'nodekeeper_collector_notifications_total{channel="phone",result="failed"}': "0+1x40",
  'nodekeeper_collector_notifications_total{channel="phone",result="delivered"}': "0+1x40",
});
