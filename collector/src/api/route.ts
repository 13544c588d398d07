/**
 * The contract of a route: what it answers to, in schemas that are also its documentation, and a handler that takes values and returns a
 * value. It knows nothing of HTTP; what is wrong with a request it throws as AppError.
 */
import type { Clock } from "@nodekeeper/shared";
import type { Static, TObject, TSchema } from "typebox";
import type { Findings } from "../evaluate/findings.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Store } from "../store/store.ts";
import type { Fleet } from "./fleet/fleet.ts";

/** What handlers may look at. */
export interface RouteContext {
  readonly state: Pick<StateHolder, "node" | "nodes">;
  readonly findings: Pick<Findings, "all" | "ofNode" | "recoveredAtMs">;
  readonly store: Pick<Store, "listFindings" | "listChanges" | "history">;
  readonly fleet: Fleet;
  readonly metrics: MetricsPage;
  readonly readiness: Readiness;
  readonly clock: Clock;
}

/** The collector's numbers as Prometheus reads them; a registry of prom-client is one. */
export interface MetricsPage {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Why the collector is not ready to serve, one reason a line; empty when it is. */
export type Readiness = () => Promise<readonly string[]>;

/** What a handler answers. */
export type Answer<Body> =
  /** A value of the response's schema. */
  | { readonly kind: "body"; readonly body: Body }
  /** The same, already as JSON, or soon: `render` is not called when the client holds it under the same tag. */
  | { readonly kind: "json"; readonly etag: string; render(): string }
  /** Something else than JSON. */
  | { readonly kind: "text"; readonly contentType: string; readonly text: string };

/** Validated parameters of the path and of the query. */
export interface RouteRequest<Path extends TObject, Query extends TObject> {
  readonly path: Static<Path>;
  readonly query: Static<Query>;
}

/** A route that reads. */
export interface Route<Path extends TObject = TObject, Query extends TObject = TObject, Body extends TSchema = TSchema> {
  /** Equal to the file's name; also the operationId. */
  readonly name: string;
  /** In OpenAPI's form, e.g. /api/v1/nodes/{name}. */
  readonly path: string;
  readonly tag: "nodes" | "findings" | "live" | "collector";
  readonly summary: string;
  readonly description: string;
  readonly pathParameters?: Path;
  readonly queryParameters?: Query;
  /** The success. `schema` of text/… is a string. */
  readonly success: {
    readonly status: 200 | 101;
    readonly description: string;
    readonly contentType: string;
    readonly schema?: Body;
  };
  /** Refusals that this route adds to those that every route has (openapi/operation.ts), with when they happen. */
  readonly refusals?: Readonly<Record<number, string>>;
  handle(context: RouteContext, request: RouteRequest<Path, Query>): Answer<Static<Body>> | Promise<Answer<Static<Body>>>;
}

/** Checks a route's shape at compile time and forgets its parameters' types, so that routes fit into one list. */
export function defineRoute<Path extends TObject, Query extends TObject, Body extends TSchema>(
  route: Route<Path, Query, Body>,
): Route {
  return route as unknown as Route; // the server gives each handler what its own schemas have validated
}
