/** The Ollama servers, and where requests go, as the rest of the collector sees it. The table is made anew when something that it depends on changed. */
import type { Backend, Role } from "./backend.ts";
import type { Route, RouteRequest } from "./route.ts";
import type { Standing } from "./standing.ts";

/** Keeps it up to date. */
export interface Routing extends AsyncDisposable {
  /** By name. */
  backends(): readonly Backend[];
  readonly table: RouteTable;
  /** How each server that has a model would take it now, in the order of the table's models. Changes more often than the table. */
  standings(): readonly ModelStandings[];
  /** Where a request would go now, and why. */
  explain(request: RouteRequest): Route;
  /** Called when the table changed. */
  onChanged(listener: () => void): Disposable;
}

/** Where requests go. What it says is the same until its version grows. */
export interface RouteTable {
  /** Grows by one with each change since the collector started. */
  readonly version: number;
  readonly madeAtMs: number;
  /** Servers of a role that answer and are not kept for something else, by name. */
  readonly serving: Readonly<Record<Role, readonly ServingBackend[]>>;
  /** Of each model that any server has, by its name and the role. */
  readonly models: readonly ModelRoute[];
}

/** A server that requests go to. */
export interface ServingBackend {
  readonly name: string;
  readonly url: string;
}

/** Where requests for a model go, the first of them first. */
export interface ModelRoute {
  readonly model: string;
  readonly role: Role;
  readonly backends: readonly string[];
}

/** Servers that have a model, the best first, those that it is not sent to last. */
export type ModelStandings = readonly {
  readonly backend: string;
  readonly standing: Standing;
  /** How many requests for it the server answers at once; not there: not known. */
  readonly slots?: number;
}[];
