/** Bodies of HTTP and WebSocket, version 1: schema and type under one name. The dashboard and the CLI import only the types. */

export {
  ApiTokenBody,
  AuthorityBody,
  AuthorityRotation,
  CredentialBody,
  CredentialList,
  IssuedToken,
  JoinTokenBody,
  RetiredNode,
  RevokedToken,
  Scope,
  TokenList,
  TokenRequest,
  WhoAmI,
} from "./access.ts";
export { Decision, DecisionKind, DecisionList, DecisionRequest, DecisionScope, FindingAttention } from "./attention.ts";
export { AuditList, AuditListQuery, AuditRecord } from "./audit.ts";
export { BaselineRequest, DiskBaseline } from "./baseline.ts";
export { Blast, BlastItem, BlastQuery, Decommission } from "./blast.ts";
export { type Call, type CallGiven, createCall } from "./call.ts";
export { Change, ChangeList, ChangeListQuery } from "./change.ts";
export {
  type ApiClient,
  createApiClient,
  type FindingsOptions,
  type GpuUsageOptions,
  type GpuWishOptions,
  type PageOptions,
  type RouteOptions,
} from "./client.ts";
export { Failure, Freshness, NodeStatus, Outcome, Severity, Timestamp } from "./common.ts";
export { Disk, DiskFinding, DiskHealthState, DiskKind, DiskList, DiskListQuery } from "./disk.ts";
export {
  Evidence,
  Finding,
  FindingEvent,
  FindingLife,
  FindingList,
  FindingListQuery,
  FindingState,
  Measure,
} from "./finding.ts";
export { Forecast, ForecastList } from "./forecast.ts";
export {
  FleetGpu,
  FleetGpuList,
  FleetOllama,
  GpuAvailability,
  GpuAvailabilityList,
  GpuAvailabilityQuery,
  GpuReservation,
  GpuReservationList,
  GpuReservationRequest,
} from "./gpu.ts";
export { GpuMemoryOwner, GpuMemoryUsage, GpuUsage, GpuUsageQuery, ModelUsage } from "./gpu-usage.ts";
export {
  FleetHealth,
  FleetHealthQuery,
  HealthLine,
  NodeHealth,
  NodeHealthQuery,
  ProbeFreshness,
  UnknownFact,
} from "./health.ts";
export { History, HistoryQuery, HistorySeries } from "./history.ts";
export { Mesh, MeshEnd, MeshPath, MeshQuery, MeshWay } from "./mesh.ts";
export {
  GpuSummary,
  NodeDetail,
  NodeList,
  NodeListQuery,
  NodeSummary,
  ProbeRun,
  SubjectBody,
  SubjectListBody,
} from "./node.ts";
export {
  GpuBody,
  GpuUserBody,
  LoadedModelBody,
  ModelBody,
  ModelFitBody,
  NodeGpus,
  NodeGpusQuery,
} from "./node-gpus.ts";
export {
  ChannelStatus,
  NotificationOverview,
  NotificationTest,
  NotificationTestRequest,
  NotificationTestResult,
} from "./notification.ts";
export {
  Onboarding,
  OnboardingBlocker,
  OnboardingList,
  OnboardingQuery,
  OnboardingSkip,
  OnboardingStep,
  OnboardingStepName,
  OnboardingStepState,
  PastOnboarding,
} from "./onboarding.ts";
export { Problem } from "./problem.ts";
export {
  ActionClass,
  ApprovedPlan,
  Explanation,
  ExplanationList,
  ExplanationQuery,
  FactRead,
  ItemOverride,
  Mode,
  NoReconcile,
  OverrideEndQuery,
  OverrideList,
  OverrideRequest,
  Plan,
  PlanApproval,
  PlannedOperation,
  PruneRequest,
  PruneResult,
  ReconcileOverview,
  ReconcileStatus,
  RevertRequest,
  Waiting,
} from "./reconcile.ts";
export { refusalOf } from "./refusal.ts";
export {
  LoadedOnServerBody,
  ModelUseBody,
  RoutedServerBody,
  RouteExplainQuery,
  RouteExplanation,
  RouteKind,
  RouteStanding,
  RouteTableBody,
} from "./route.ts";
export { StreamDelta, type StreamMessage, StreamQuery, StreamSnapshot, StreamTopic } from "./stream.ts";
export type { ApiRequest, ApiResponse, ApiTransport } from "./transport.ts";
