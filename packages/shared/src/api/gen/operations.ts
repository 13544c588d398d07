/** Made by `pnpm run gen` of the collector's OpenAPI document. Changes here are lost. */
import type {
  ApprovedPlan,
  AuditList,
  AuthorityBody,
  AuthorityRotation,
  BaselineRequest,
  Blast,
  ChangeList,
  CredentialBody,
  CredentialList,
  Decision,
  DecisionList,
  DecisionRequest,
  Decommission,
  DiskBaseline,
  DiskHealthState,
  DiskKind,
  DiskList,
  ExplanationList,
  FindingLife,
  FindingList,
  FindingState,
  FleetGpuList,
  FleetHealth,
  ForecastList,
  GpuAvailabilityList,
  GpuReservation,
  GpuReservationList,
  GpuReservationRequest,
  GpuUsage,
  History,
  IssuedToken,
  ItemOverride,
  Mesh,
  MeshWay,
  NodeDetail,
  NodeGpus,
  NodeHealth,
  NodeList,
  NodeStatus,
  NotificationOverview,
  NotificationTestRequest,
  NotificationTestResult,
  Onboarding,
  OnboardingList,
  OnboardingSkip,
  OverrideList,
  OverrideRequest,
  Plan,
  PlanApproval,
  PruneRequest,
  PruneResult,
  ReconcileOverview,
  RetiredNode,
  RevertRequest,
  RevokedToken,
  RouteExplanation,
  RouteTableBody,
  Severity,
  TokenList,
  TokenRequest,
  WhoAmI,
} from "../index.ts";

/** What each operation takes, and what it answers. Operations that answer no JSON are not here. */
export interface Operations {
  /** Take back one write on the cluster */
  readonly "action-revert": {
    readonly path: { readonly id: number };
    readonly query: undefined;
    readonly body: RevertRequest;
    readonly answer: OverrideList;
  };
  /** Who did what, and who was refused */
  readonly "audit": {
    readonly path: undefined;
    readonly query: { readonly node?: string; readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: AuditList;
  };
  /** The collector's certificate, and whom agents trust for it */
  readonly "authority": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: AuthorityBody;
  };
  /** Bring in a new authority */
  readonly "authority-rotate": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: AuthorityRotation;
    readonly answer: AuthorityBody;
  };
  /** What would break if a node or a disk died now */
  readonly "blast": {
    readonly path: { readonly name: string };
    readonly query: { readonly disk?: string };
    readonly body: undefined;
    readonly answer: Blast;
  };
  /** How the equipment of all nodes changed */
  readonly "changes": {
    readonly path: undefined;
    readonly query: { readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: ChangeList;
  };
  /** Lock a machine out */
  readonly "credential-revoke": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: CredentialList;
  };
  /** Give a machine another credential */
  readonly "credential-rotate": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: CredentialBody;
  };
  /** What lets enrolled machines in */
  readonly "credentials": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: CredentialList;
  };
  /** Acknowledge a finding, accept advice, mute findings, or begin maintenance */
  readonly "decision-create": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: DecisionRequest;
    readonly answer: Decision;
  };
  /** End a decision before its time */
  readonly "decision-end": {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Decision;
  };
  /** What people decided about findings */
  readonly "decisions": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: DecisionList;
  };
  /** What must be done, in order, before a node may be taken away for good */
  readonly "decommission": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Decommission;
  };
  /** Judge a disk by the errors that it counts from now on */
  readonly "disk-baseline": {
    readonly path: { readonly name: string; readonly id: string };
    readonly query: undefined;
    readonly body: BaselineRequest;
    readonly answer: DiskBaseline;
  };
  /** All disks of the fleet, the worst first */
  readonly "disks": {
    readonly path: undefined;
    readonly query: { readonly node?: string; readonly health?: readonly (DiskHealthState)[]; readonly kind?: readonly (DiskKind)[]; readonly q?: string; readonly sort?: "node" | "-node" | "health" | "-health" | "sizeBytes" | "-sizeBytes" | "wornPercent" | "-wornPercent" | "temperatureCelsius" | "-temperatureCelsius"; readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: DiskList;
  };
  /** One finding, and its life */
  readonly "finding": {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: FindingLife;
  };
  /** What is wrong, and what was */
  readonly "findings": {
    readonly path: undefined;
    readonly query: { readonly node?: string; readonly rule?: readonly (string)[]; readonly severity?: readonly (Severity)[]; readonly state?: readonly (FindingState)[]; readonly isSetAside?: boolean; readonly q?: string; readonly since?: string; readonly until?: string; readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: FindingList;
  };
  /** Which GPU is free for a model, or for a program */
  readonly "gpu-availability": {
    readonly path: undefined;
    readonly query: { readonly model?: string; readonly context_length_tokens?: number; readonly min_free_vram_gib?: number; readonly limit?: number };
    readonly body: undefined;
    readonly answer: GpuAvailabilityList;
  };
  /** Give the GPU of a node back to models */
  readonly "gpu-release": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: GpuReservation;
  };
  /** Who keeps which GPU for something else than models */
  readonly "gpu-reservations": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: GpuReservationList;
  };
  /** Keep the GPU of a node for something else than models, for a while */
  readonly "gpu-reserve": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: GpuReservationRequest;
    readonly answer: GpuReservation;
  };
  /** Who held the memory of GPUs, and how long models were loaded */
  readonly "gpu-usage": {
    readonly path: undefined;
    readonly query: { readonly hours?: number; readonly days?: number; readonly node?: string };
    readonly body: undefined;
    readonly answer: GpuUsage;
  };
  /** The GPUs of all nodes */
  readonly "gpus": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: FleetGpuList;
  };
  /** The verdict on all nodes, the worst first */
  readonly "health": {
    readonly path: undefined;
    readonly query: { readonly status?: readonly (NodeStatus)[]; readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: FleetHealth;
  };
  /** The ways between machines over the tailnet, from both ends */
  readonly "mesh": {
    readonly path: undefined;
    readonly query: { readonly node?: string; readonly way?: readonly (MeshWay)[]; readonly agreement?: readonly ("differ" | "agree" | "unknown")[]; readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: Mesh;
  };
  /** Everything about one node */
  readonly "node": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: NodeDetail;
  };
  /** How the equipment of one node changed */
  readonly "node-changes": {
    readonly path: { readonly name: string };
    readonly query: { readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: ChangeList;
  };
  /** Why a label, condition or taint of a node is as it is */
  readonly "node-explain": {
    readonly path: { readonly name: string };
    readonly query: { readonly item?: string };
    readonly body: undefined;
    readonly answer: ExplanationList;
  };
  /** When disks and filesystems of one node are used up */
  readonly "node-forecasts": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: ForecastList;
  };
  /** What the GPUs of one node are good for now */
  readonly "node-gpus": {
    readonly path: { readonly name: string };
    readonly query: { readonly contextLengthTokens?: number };
    readonly body: undefined;
    readonly answer: NodeGpus;
  };
  /** The verdict on one node */
  readonly "node-health": {
    readonly path: { readonly name: string };
    readonly query: { readonly probe?: "plain"; readonly failOn?: readonly (NodeStatus)[] };
    readonly body: undefined;
    readonly answer: NodeHealth;
  };
  /** Numbers of one node over time */
  readonly "node-history": {
    readonly path: { readonly name: string };
    readonly query: { readonly machine?: string; readonly kind: "operating_system" | "board" | "cpu" | "memory" | "pressure" | "time_sync" | "battery" | "block_device" | "filesystem" | "disk_health" | "network_interface" | "routing" | "sensor" | "agent_process" | "storage_pool" | "longhorn_disk" | "kernel_log" | "kernel_fault" | "boot_history" | "overlay_network" | "gpu" | "gpu_status" | "gpu_process" | "ollama_server" | "ollama_endpoint" | "ollama_model" | "ollama_loaded_model" | "tailscale" | "tailscale_peer" | "raspberry_pi" | "k3s" | "container_runtime" | "longhorn_check" | "longhorn_path"; readonly id?: string; readonly name?: string; readonly from?: string; readonly to?: string; readonly resolution?: "auto" | "raw" | "5m" | "1h"; readonly points?: number };
    readonly body: undefined;
    readonly answer: History;
  };
  /** How far a machine has come on its way to being ready */
  readonly "node-onboarding": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Onboarding;
  };
  /** Retire a node that will not come back */
  readonly "node-retire": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RetiredNode;
  };
  /** The fleet, one line a node */
  readonly "nodes": {
    readonly path: undefined;
    readonly query: { readonly status?: readonly (NodeStatus)[]; readonly q?: string; readonly sort?: "name" | "-name" | "status" | "-status" | "lastContactAt" | "-lastContactAt" | "cpuUsedPercent" | "-cpuUsedPercent" | "loadAverage1m" | "-loadAverage1m" | "memoryUsedPercent" | "-memoryUsedPercent" | "filesystemUsedPercent" | "-filesystemUsedPercent" | "temperatureCelsius" | "-temperatureCelsius" | "uptimeSeconds" | "-uptimeSeconds"; readonly limit?: number; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: NodeList;
  };
  /** Channels by which people are told, how they are doing, and what waits */
  readonly "notifications": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: NotificationOverview;
  };
  /** Send a test by one channel, or by all */
  readonly "notifications-test": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: NotificationTestRequest;
    readonly answer: NotificationTestResult;
  };
  /** How far machines have come on their way to being ready */
  readonly "onboarding": {
    readonly path: undefined;
    readonly query: { readonly state?: readonly ("onboarding" | "blocked" | "planned" | "ready")[] };
    readonly body: undefined;
    readonly answer: OnboardingList;
  };
  /** Look again at what is in a machine's way */
  readonly "onboarding-retry": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Onboarding;
  };
  /** Let a step of a machine stay undone */
  readonly "onboarding-skip": {
    readonly path: { readonly name: string };
    readonly query: undefined;
    readonly body: OnboardingSkip;
    readonly answer: Onboarding;
  };
  /** Keep an item of a node as you want it, for a while */
  readonly "override-create": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: OverrideRequest;
    readonly answer: ItemOverride;
  };
  /** End an override before its time */
  readonly "override-end": {
    readonly path: { readonly name: string };
    readonly query: { readonly item: string };
    readonly body: undefined;
    readonly answer: OverrideList;
  };
  /** What people want otherwise than the policy, and until when */
  readonly "overrides": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: OverrideList;
  };
  /** What would be written on the cluster, and why it is not */
  readonly "plan": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Plan;
  };
  /** Approve the plan that was looked at */
  readonly "plan-approve": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: PlanApproval;
    readonly answer: ApprovedPlan;
  };
  /** Take back everything that was written on the cluster */
  readonly "prune": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: PruneRequest;
    readonly answer: PruneResult;
  };
  /** How writing to the cluster goes */
  readonly "reconcile": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: ReconcileOverview;
  };
  /** Where a request for a model would go now, and why */
  readonly "route-explain": {
    readonly path: undefined;
    readonly query: { readonly model: string; readonly kind?: "generation" | "chat" | "embeddings" | "embed"; readonly context_length_tokens?: number };
    readonly body: undefined;
    readonly answer: RouteExplanation;
  };
  /** Where requests for models go */
  readonly "routes": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RouteTableBody;
  };
  /** Make a token */
  readonly "token-create": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: TokenRequest;
    readonly answer: IssuedToken;
  };
  /** Take a token back */
  readonly "token-revoke": {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RevokedToken;
  };
  /** Tokens that were given out */
  readonly "tokens": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: TokenList;
  };
  /** Who asks, and what that one may do */
  readonly "whoami": {
    readonly path: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: WhoAmI;
  };
}

/** Where each operation is. */
export const operations: { readonly [Name in keyof Operations]: { readonly method: "GET" | "POST" | "DELETE"; readonly path: string } } = {
  "action-revert": { method: "POST", path: "/api/v1/actions/{id}/revert" },
  "audit": { method: "GET", path: "/api/v1/audit" },
  "authority": { method: "GET", path: "/api/v1/authority" },
  "authority-rotate": { method: "POST", path: "/api/v1/authority/rotate" },
  "blast": { method: "GET", path: "/api/v1/blast/{name}" },
  "changes": { method: "GET", path: "/api/v1/changes" },
  "credential-revoke": { method: "DELETE", path: "/api/v1/credentials/{name}" },
  "credential-rotate": { method: "POST", path: "/api/v1/credentials/{name}/rotate" },
  "credentials": { method: "GET", path: "/api/v1/credentials" },
  "decision-create": { method: "POST", path: "/api/v1/decisions" },
  "decision-end": { method: "DELETE", path: "/api/v1/decisions/{id}" },
  "decisions": { method: "GET", path: "/api/v1/decisions" },
  "decommission": { method: "GET", path: "/api/v1/decommission/{name}" },
  "disk-baseline": { method: "POST", path: "/api/v1/nodes/{name}/disks/{id}/baseline" },
  "disks": { method: "GET", path: "/api/v1/disks" },
  "finding": { method: "GET", path: "/api/v1/findings/{id}" },
  "findings": { method: "GET", path: "/api/v1/findings" },
  "gpu-availability": { method: "GET", path: "/api/v1/gpus/availability" },
  "gpu-release": { method: "DELETE", path: "/api/v1/gpus/reservations/{name}" },
  "gpu-reservations": { method: "GET", path: "/api/v1/gpus/reservations" },
  "gpu-reserve": { method: "POST", path: "/api/v1/gpus/reservations" },
  "gpu-usage": { method: "GET", path: "/api/v1/gpus/usage" },
  "gpus": { method: "GET", path: "/api/v1/gpus" },
  "health": { method: "GET", path: "/api/v1/health" },
  "mesh": { method: "GET", path: "/api/v1/mesh" },
  "node": { method: "GET", path: "/api/v1/nodes/{name}" },
  "node-changes": { method: "GET", path: "/api/v1/nodes/{name}/changes" },
  "node-explain": { method: "GET", path: "/api/v1/nodes/{name}/explain" },
  "node-forecasts": { method: "GET", path: "/api/v1/nodes/{name}/forecasts" },
  "node-gpus": { method: "GET", path: "/api/v1/nodes/{name}/gpus" },
  "node-health": { method: "GET", path: "/api/v1/nodes/{name}/health" },
  "node-history": { method: "GET", path: "/api/v1/nodes/{name}/history" },
  "node-onboarding": { method: "GET", path: "/api/v1/nodes/{name}/onboarding" },
  "node-retire": { method: "DELETE", path: "/api/v1/nodes/{name}" },
  "nodes": { method: "GET", path: "/api/v1/nodes" },
  "notifications": { method: "GET", path: "/api/v1/notifications" },
  "notifications-test": { method: "POST", path: "/api/v1/notifications/test" },
  "onboarding": { method: "GET", path: "/api/v1/onboarding" },
  "onboarding-retry": { method: "POST", path: "/api/v1/onboarding/{name}/retry" },
  "onboarding-skip": { method: "POST", path: "/api/v1/onboarding/{name}/skip" },
  "override-create": { method: "POST", path: "/api/v1/overrides" },
  "override-end": { method: "DELETE", path: "/api/v1/overrides/{name}" },
  "overrides": { method: "GET", path: "/api/v1/overrides" },
  "plan": { method: "GET", path: "/api/v1/plan" },
  "plan-approve": { method: "POST", path: "/api/v1/plan/approve" },
  "prune": { method: "POST", path: "/api/v1/prune" },
  "reconcile": { method: "GET", path: "/api/v1/reconcile" },
  "route-explain": { method: "GET", path: "/api/v1/routes/explain" },
  "routes": { method: "GET", path: "/api/v1/routes" },
  "token-create": { method: "POST", path: "/api/v1/tokens" },
  "token-revoke": { method: "DELETE", path: "/api/v1/tokens/{id}" },
  "tokens": { method: "GET", path: "/api/v1/tokens" },
  "whoami": { method: "GET", path: "/api/v1/whoami" },
};
