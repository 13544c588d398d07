/** Calls the collector's API. For the CLI, which brings the way to the collector; the dashboard talks to its own origin. */
import type {
  AuthorityBody,
  CredentialBody,
  CredentialList,
  IssuedToken,
  RetiredNode,
  RevokedToken,
  TokenList,
  TokenRequest,
  WhoAmI,
} from "./access.ts";
import type { Decision, DecisionList, DecisionRequest } from "./attention.ts";
import type { AuditList } from "./audit.ts";
import type { BaselineRequest, DiskBaseline } from "./baseline.ts";
import type { Blast, Decommission } from "./blast.ts";
import { createCall } from "./call.ts";
import type { ChangeList } from "./change.ts";
import type { FindingList } from "./finding.ts";
import type { GpuAvailabilityList, GpuReservation, GpuReservationList, GpuReservationRequest } from "./gpu.ts";
import type { GpuUsage } from "./gpu-usage.ts";
import type { NodeHealth } from "./health.ts";
import type { NodeDetail, NodeList } from "./node.ts";
import type { NotificationOverview, NotificationTestRequest, NotificationTestResult } from "./notification.ts";
import type { Onboarding, OnboardingList, OnboardingSkip } from "./onboarding.ts";
import type {
  ApprovedPlan,
  ExplanationList,
  ItemOverride,
  OverrideList,
  OverrideRequest,
  Plan,
  PruneRequest,
  PruneResult,
  ReconcileOverview,
} from "./reconcile.ts";
import type { RouteExplanation, RouteTableBody } from "./route.ts";
import type { ApiTransport } from "./transport.ts";

/** The calls that the CLI needs. Every one throws AppError: what the collector answered, PEER_UNREACHABLE or PEER_REFUSED. */
export interface ApiClient {
  nodes(signal: AbortSignal): Promise<NodeList>;
  node(name: string, signal: AbortSignal): Promise<NodeDetail>;
  health(name: string, signal: AbortSignal): Promise<NodeHealth>;
  findings(options: FindingsOptions, signal: AbortSignal): Promise<FindingList>;
  changes(options: PageOptions, signal: AbortSignal): Promise<ChangeList>;
  whoami(signal: AbortSignal): Promise<WhoAmI>;
  tokens(signal: AbortSignal): Promise<TokenList>;
  createToken(wanted: TokenRequest, signal: AbortSignal): Promise<IssuedToken>;
  revokeToken(id: string, signal: AbortSignal): Promise<RevokedToken>;
  credentials(signal: AbortSignal): Promise<CredentialList>;
  rotateCredential(node: string, signal: AbortSignal): Promise<CredentialBody>;
  revokeCredentials(node: string, signal: AbortSignal): Promise<CredentialList>;
  audit(options: PageOptions, signal: AbortSignal): Promise<AuditList>;
  authority(signal: AbortSignal): Promise<AuthorityBody>;
  rotateAuthority(isImmediate: boolean, signal: AbortSignal): Promise<AuthorityBody>;
  retire(node: string, signal: AbortSignal): Promise<RetiredNode>;
  onboardings(signal: AbortSignal): Promise<OnboardingList>;
  /** With the ways of machines that bore the name before. */
  onboarding(node: string, signal: AbortSignal): Promise<Onboarding>;
  retryOnboarding(node: string, signal: AbortSignal): Promise<Onboarding>;
  skipOnboarding(node: string, skip: OnboardingSkip, signal: AbortSignal): Promise<Onboarding>;
  notifications(signal: AbortSignal): Promise<NotificationOverview>;
  testNotifications(wanted: NotificationTestRequest, signal: AbortSignal): Promise<NotificationTestResult>;
  reconcile(signal: AbortSignal): Promise<ReconcileOverview>;
  plan(signal: AbortSignal): Promise<Plan>;
  approvePlan(hash: string, signal: AbortSignal): Promise<ApprovedPlan>;
  /** Of one item, or of all that concern the node. */
  explain(node: string, item: string | undefined, signal: AbortSignal): Promise<ExplanationList>;
  overrides(signal: AbortSignal): Promise<OverrideList>;
  override(wanted: OverrideRequest, signal: AbortSignal): Promise<ItemOverride>;
  endOverride(node: string, item: string, signal: AbortSignal): Promise<OverrideList>;
  revert(action: number, forSeconds: number, signal: AbortSignal): Promise<OverrideList>;
  prune(wanted: PruneRequest, signal: AbortSignal): Promise<PruneResult>;
  decisions(signal: AbortSignal): Promise<DecisionList>;
  decide(wanted: DecisionRequest, signal: AbortSignal): Promise<Decision>;
  endDecision(id: string, signal: AbortSignal): Promise<Decision>;
  /** `disk` is its id, serial number or kernel name. */
  rebaseDisk(node: string, disk: string, wanted: BaselineRequest, signal: AbortSignal): Promise<DiskBaseline>;
  gpuAvailability(wish: GpuWishOptions, signal: AbortSignal): Promise<GpuAvailabilityList>;
  gpuUsage(options: GpuUsageOptions, signal: AbortSignal): Promise<GpuUsage>;
  gpuReservations(signal: AbortSignal): Promise<GpuReservationList>;
  reserveGpu(wanted: GpuReservationRequest, signal: AbortSignal): Promise<GpuReservation>;
  releaseGpu(node: string, signal: AbortSignal): Promise<GpuReservation>;
  routes(signal: AbortSignal): Promise<RouteTableBody>;
  explainRoute(wanted: RouteOptions, signal: AbortSignal): Promise<RouteExplanation>;
  /** Of a node, of a disk of it, or of a disk alone. */
  blast(name: string, disk: string | undefined, signal: AbortSignal): Promise<Blast>;
  decommission(node: string, signal: AbortSignal): Promise<Decommission>;
}

/** For what a GPU is looked for; nothing: whether it is free at all. */
export interface GpuWishOptions {
  readonly model: string | undefined;
  readonly contextLengthTokens: number | undefined;
  readonly freeGib: number | undefined;
}

/** Of which time: models of the hours too where no days are named. */
export interface GpuUsageOptions {
  /** Of one node; undefined: of all. */
  readonly node: string | undefined;
  readonly hours: number;
  readonly days: number | undefined;
}

/** A request for a model. */
export interface RouteOptions {
  readonly model: string;
  readonly kind: "chat" | "embed";
  readonly contextLengthTokens: number | undefined;
}

/** Which findings. */
export interface FindingsOptions {
  readonly node?: string;
  readonly includeResolved: boolean;
  /** At most so many, the loudest first; not there: as the collector likes. */
  readonly limit?: number;
}

/** The newest of a list, of one node where one is named. */
export interface PageOptions {
  readonly node?: string;
  readonly limit: number;
}

/** A client of the collector to which the transport leads. */
export function createApiClient(transport: ApiTransport): ApiClient {
  const call = createCall(transport);
  const isLong = true;
  return {
    nodes: (signal) => call("nodes", {}, signal),
    node: (name, signal) => call("node", { path: { name } }, signal),
    health: (name, signal) => call("node-health", { path: { name } }, signal),
    findings: ({ node, includeResolved, limit }, signal) => {
      const state = includeResolved ? (["pending", "firing", "resolved"] as const) : (["pending", "firing"] as const);
      return call("findings", { query: { ...given({ node, limit }), state } }, signal);
    },
    changes: ({ node, limit }, signal) =>
      node === undefined
        ? call("changes", { query: { limit } }, signal)
        : call("node-changes", { path: { name: node }, query: { limit } }, signal),
    whoami: (signal) => call("whoami", {}, signal),
    tokens: (signal) => call("tokens", {}, signal),
    createToken: (body, signal) => call("token-create", { body }, signal),
    revokeToken: (id, signal) => call("token-revoke", { path: { id } }, signal),
    credentials: (signal) => call("credentials", {}, signal),
    rotateCredential: (name, signal) => call("credential-rotate", { path: { name } }, signal),
    revokeCredentials: (name, signal) => call("credential-revoke", { path: { name } }, signal),
    audit: ({ node, limit }, signal) => call("audit", { query: { ...given({ node }), limit } }, signal),
    authority: (signal) => call("authority", {}, signal),
    rotateAuthority: (isImmediate, signal) => call("authority-rotate", { body: { isImmediate } }, signal),
    retire: (name, signal) => call("node-retire", { path: { name } }, signal),
    onboardings: (signal) => call("onboarding", {}, signal),
    onboarding: (name, signal) => call("node-onboarding", { path: { name } }, signal),
    retryOnboarding: (name, signal) => call("onboarding-retry", { path: { name } }, signal),
    skipOnboarding: (name, body, signal) => call("onboarding-skip", { path: { name }, body }, signal),
    notifications: (signal) => call("notifications", {}, signal),
    testNotifications: (body, signal) => call("notifications-test", { body }, signal),
    reconcile: (signal) => call("reconcile", {}, signal),
    plan: (signal) => call("plan", {}, signal),
    approvePlan: (hash, signal) => call("plan-approve", { body: { hash } }, signal),
    explain: (name, item, signal) => call("node-explain", { path: { name }, query: given({ item }) }, signal),
    overrides: (signal) => call("overrides", {}, signal),
    override: (body, signal) => call("override-create", { body }, signal),
    endOverride: (name, item, signal) => call("override-end", { path: { name }, query: { item } }, signal),
    revert: (id, forSeconds, signal) => call("action-revert", { path: { id }, body: { forSeconds } }, signal),
    decisions: (signal) => call("decisions", {}, signal),
    decide: (body, signal) => call("decision-create", { body }, signal),
    endDecision: (id, signal) => call("decision-end", { path: { id } }, signal),
    rebaseDisk: (name, disk, body, signal) => call("disk-baseline", { path: { name, id: disk }, body }, signal),
    gpuAvailability: ({ model, contextLengthTokens, freeGib }, signal) => {
      const wish = { model, context_length_tokens: contextLengthTokens, min_free_vram_gib: freeGib };
      return call("gpu-availability", { query: given(wish) }, signal);
    },
    gpuUsage: ({ node, hours, days }, signal) => call("gpu-usage", { query: { hours, ...given({ node, days }) } }, signal),
    gpuReservations: (signal) => call("gpu-reservations", {}, signal),
    reserveGpu: (body, signal) => call("gpu-reserve", { body }, signal),
    releaseGpu: (name, signal) => call("gpu-release", { path: { name } }, signal),
    routes: (signal) => call("routes", {}, signal),
    explainRoute: ({ model, kind, contextLengthTokens }, signal) =>
      call("route-explain", { query: { model, kind, ...given({ context_length_tokens: contextLengthTokens }) } }, signal),
    blast: (name, disk, signal) => call("blast", { path: { name }, query: given({ disk }), isLong }, signal),
    decommission: (name, signal) => call("decommission", { path: { name }, isLong }, signal),
    prune: (body, signal) => call("prune", { body, isLong }, signal),
  };
}

/** Leaves out what is not given. */
function given<Values extends object>(values: Values): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  // Only the entries that have a value are left, which Object.fromEntries does not carry over to the types.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Values]?: Exclude<Values[Name], undefined>;
  };
}
