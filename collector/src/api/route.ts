/**
 * The contract of a route: what it answers to, who may ask, in schemas that are also its documentation, and a handler that takes values and
 * returns a value. It knows nothing of HTTP; what is wrong with a request it throws as AppError.
 */
import type { Clock } from "@nodekeeper/shared";
import type { DiskBaseline } from "@nodekeeper/shared/api";
import type { Static, TObject, TSchema } from "typebox";
import type { Attention } from "../attention/attention.ts";
import type { BlastRadius } from "../blast/blast-radius.ts";
import type { Findings } from "../evaluate/findings.ts";
import type { Exposition } from "../exposition/exposition.ts";
import type { GpuUsageBook } from "../gpu-usage/gpu-usage.ts";
import type { Registry } from "../identity/registry.ts";
import type { Notifications } from "../notify/notifications.ts";
import type { Onboardings } from "../onboarding/onboarding.ts";
import type { Reconciliation } from "../reconcile/reconciliation.ts";
import type { GpuWish, JudgedGpus } from "../routing/gpu-availability.ts";
import type { Reservations } from "../routing/reservations.ts";
import type { Routing } from "../routing/routing.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Store } from "../store/store.ts";
import type { AuthoritySource, TlsSource } from "../tls/tls-source.ts";
import type { TrustSource } from "../tls/trust.ts";
import type { Access } from "./access/authorize.ts";
import type { Principal } from "./access/principal.ts";
import type { WearForecasts } from "./disk-list/wear-forecasts.ts";
import type { DoorKind } from "./doors/door.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { MeshPicture } from "./mesh/list-paths.ts";

/** What handlers may look at, and what those of admins may do. */
export interface RouteContext {
  readonly state: Pick<StateHolder, "node" | "nodes">;
  /** With what people decided about them. */
  readonly findings: Pick<Findings, "all" | "ofNode" | "recoveredAtMs">;
  readonly attention: Pick<Attention, "decisions" | "decide" | "end">;
  readonly store: Pick<Store, "listFindings" | "listChanges" | "history" | "listAudit" | "backup">;
  readonly fleet: Fleet;
  readonly wear: WearForecasts;
  /** As of the last refresh of the fleet; in a large one, of some seconds ago. */
  readonly meshPicture: () => MeshPicture;
  readonly metrics: MetricsPage;
  /** Those of the nodes. */
  readonly fleetMetrics: Exposition;
  readonly readiness: Readiness;
  readonly registry: Registry;
  /** What agents are told of where to dial. */
  readonly trust: Pick<TrustSource, "current">;
  /** The public certificate; undefined: the collector serves nobody by TLS. */
  readonly tls: TlsSource | undefined;
  /** Undefined: the certificate is somebody else's, or there is none. */
  readonly authority: AuthoritySource | undefined;
  readonly retireNode: RetireNode;
  readonly rebaseDisk: RebaseDisk;
  /** Undefined: the collector knows no cluster. */
  readonly reconciliation: Reconciliation | undefined;
  readonly onboardings: Onboardings;
  readonly notifications: Pick<Notifications, "overview" | "test">;
  readonly routing: Pick<Routing, "backends" | "table" | "standings" | "explain">;
  readonly gpuAnswers: GpuAnswers;
  readonly gpuUsage: Pick<GpuUsageBook, "all" | "of">;
  readonly reservations: Pick<Reservations, "all" | "of" | "reserve" | "release">;
  /** Undefined: the collector knows no cluster. */
  readonly blastRadius: BlastRadius | undefined;
  /** Folder in which a backup lies while it is sent. */
  readonly backupDir: string;
  readonly clock: Clock;
}

/** Forgets a node, and gives the ids of the credentials that it had; throws NOT_FOUND, or CONFLICT while it is connected. */
export type RetireNode = (name: string) => Promise<{ readonly revokedCredentials: readonly string[] }>;

/** Takes the errors that a disk of a node counted until now as known, on the disk when it resolves; throws NOT_FOUND or CONFLICT. */
export type RebaseDisk = (node: string, disk: string) => Promise<DiskBaseline>;

/** The collector's numbers as Prometheus reads them; a registry of prom-client is one. */
export interface MetricsPage {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Whether the collector can serve. */
export interface Condition {
  /** Why it cannot, one reason a line; empty when it can. */
  readonly obstacles: readonly string[];
  /** What is wrong and does not keep it from serving, so that it must not be taken out of service for it: the API server is away, say. */
  readonly troubles: readonly string[];
}

/** How it is now. */
export type Readiness = () => Promise<Condition>;

/** What a handler answers. */
export type Answer<Body> =
  /** A value of the response's schema. `noted` is what the audit says of it beside action and target; `target` where the request did not tell. */
  | { readonly kind: "body"; readonly body: Body; readonly noted?: string; readonly target?: AuditTarget }
  /** The same, already as JSON, or soon: `render` is not called when the client holds it under the same tag. */
  | { readonly kind: "json"; readonly etag: string; render(): string }
  /** Something else than JSON; with a status of `success.plain` where it has one. */
  | { readonly kind: "text"; readonly contentType: string; readonly text: string; readonly status?: 200 | 503 }
  /** The same, long and in pieces, each made when the one before it is on its way. */
  | { readonly kind: "pieces"; readonly contentType: string; readonly pieces: AsyncIterable<string> }
  /** A file to be kept by whoever asked; it is removed when it was sent. */
  | { readonly kind: "file"; readonly file: string; readonly bytes: number; readonly name: string; readonly noted?: string };

/** An answer in JSON that a client may keep. */
export type JsonAnswer = Extract<Answer<never>, { readonly kind: "json" }>;

/** What is told of the GPUs of all nodes. */
export interface GpuAnswers {
  /** FleetGpuList */
  list(): Promise<JsonAnswer>;
  /** GpuAvailabilityList, of so many GPUs at most. */
  availability(wish: GpuWish, limit: number): Promise<JsonAnswer>;
  /** Of all GPUs, as a value. */
  judged(wish: GpuWish): Promise<JudgedGpus>;
}

/** Validated parameters of the path and of the query, the validated body, and who asks. */
export interface RouteRequest<Path extends TObject, Query extends TObject, Body extends TObject> {
  readonly path: Static<Path>;
  readonly query: Static<Query>;
  /** {} where the route takes none. */
  readonly body: Static<Body>;
  readonly caller: Principal;
  readonly door: DoorKind;
}

/** How the audit calls what a route does. */
export interface RouteAudit<Path, Body> {
  /** e.g. token.create */
  readonly action: string;
  /** To what it is done. Of a refused request only the path is known, and not checked yet. */
  target(path: Partial<Path>, body: Partial<Body>): AuditTarget;
}

/** To what something is done; both empty: to nothing in particular. */
export interface AuditTarget {
  readonly kind: string;
  readonly name: string;
}

/** A route. */
export interface Route<
  Path extends TObject = TObject,
  Query extends TObject = TObject,
  Body extends TObject = TObject,
  Success extends TSchema = TSchema,
> {
  /** Equal to the file's name; also the operationId. */
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** In OpenAPI's form, e.g. /api/v1/nodes/{name}. */
  readonly path: string;
  /** Who may ask. */
  readonly access: Access;
  readonly tag: "nodes" | "findings" | "gpus" | "live" | "cluster" | "access" | "collector";
  readonly summary: string;
  readonly description: string;
  readonly pathParameters?: Path;
  readonly queryParameters?: Query;
  /** JSON; without it a request has no body. */
  readonly body?: Body;
  /** Every route that changes something has it. */
  readonly audit?: RouteAudit<Static<Path>, Static<Body>>;
  /** It may take as long as it needs, e.g. to copy a database. */
  readonly isLong?: boolean;
  /** The success. `schema` of text/… is a string. */
  readonly success: {
    readonly status: 200 | 201 | 101;
    readonly description: string;
    readonly contentType: string;
    readonly schema?: Success;
    /** What `text/plain` says where the query asks for it, by the status that it comes with. */
    readonly plain?: Readonly<Record<200 | 503, string>>;
  };
  /** Refusals that this route adds to those that every route has (openapi/operation.ts), with when they happen. */
  readonly refusals?: Readonly<Record<number, string>>;
  handle(
    context: RouteContext,
    request: RouteRequest<Path, Query, Body>,
  ): Answer<Static<Success>> | Promise<Answer<Static<Success>>>;
}

/** Checks a route's shape at compile time and forgets its parameters' types, so that routes fit into one list. */
export function defineRoute<Path extends TObject, Query extends TObject, Body extends TObject, Success extends TSchema>(
  route: Route<Path, Query, Body, Success>,
): Route {
  return route as unknown as Route; // the server gives each handler what its own schemas have validated
}
