/** The table of routes, from all servers. Pure. */

import { textsField } from "@nodekeeper/shared/fields";
import { type Backend, type Role, roles } from "./backend.ts";
import { modelsByKey } from "./model-of.ts";
import { roleStanding } from "./role-standing.ts";
import { type Judge, type RouteRequest, routeOf } from "./route.ts";
import type { ModelRoute, ModelStandings, RouteTable, ServingBackend } from "./routing.ts";

/** What it says, without version and time. */
export type RouteTableContent = Pick<RouteTable, "serving" | "models">;

/** What it says, and the standings of each of its models. */
export interface MadeRouteTable {
  readonly content: RouteTableContent;
  readonly standings: readonly ModelStandings[];
}

/** Makes it. `nowMs` is ms since 1970. */
export function routeTableOf(backends: readonly Backend[], nowMs: number): MadeRouteTable {
  const steps = routeTableSteps(backends, nowMs);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps, between which others may have their turn: of thousands of servers it is long work. `judgeOf` as in routeOf. */
export function* routeTableSteps(
  backends: readonly Backend[],
  nowMs: number,
  judgeOf?: Judge,
): Generator<undefined, MadeRouteTable> {
  const judged: JudgedModel[] = [];
  for (const { model, capabilities, holders } of yield* modelsOf(backends)) {
    for (const role of roles.filter((each) => canServe(each, capabilities))) {
      judged.push({ model, role, standings: standingsOf({ model, role }, holders, nowMs, judgeOf) });
      yield;
    }
  }
  const serving = { generation: servingOf(backends, "generation"), embeddings: servingOf(backends, "embeddings") };
  return { content: { serving, models: judged.map(routeFrom) }, standings: judged.map(({ standings }) => standings) };
}

/** Those to which traffic of a role may go at all, whatever the model. */
function servingOf(backends: readonly Backend[], role: Role): readonly ServingBackend[] {
  return backends.flatMap((backend) => {
    const { name, url } = backend;
    return url !== undefined && roleStanding(backend, role) === "serving" ? [{ name, url }] : [];
  });
}

function standingsOf(request: RouteRequest, holders: readonly Backend[], nowMs: number, judgeOf?: Judge): ModelStandings {
  return routeOf(request, holders, nowMs, judgeOf).candidates.map(({ backend, standing, slots }) => ({
    ...{ backend, standing },
    ...(slots === undefined ? {} : { slots }),
  }));
}

interface JudgedModel extends Pick<ModelRoute, "model" | "role"> {
  readonly standings: ModelStandings;
}

function routeFrom({ model, role, standings }: JudgedModel): ModelRoute {
  return { model, role, backends: standings.flatMap(({ standing, backend }) => (standing === "left-out" ? [] : [backend])) };
}

/** A model, by its name. */
interface HeldModel {
  readonly model: string;
  /** What the models of this name can. */
  readonly capabilities: Set<string>;
  /** Servers that have it; the others need not be asked. */
  readonly holders: Backend[];
}

/** Each name once. */
function* modelsOf(backends: readonly Backend[]): Generator<undefined, readonly HeldModel[]> {
  const byKey = new Map<string, HeldModel>();
  for (const backend of backends) {
    for (const [model, subject] of modelsByKey(backend.facts)) {
      const known = byKey.get(model) ?? { model, capabilities: new Set(), holders: [] };
      for (const capability of textsField(subject, "capabilities")) known.capabilities.add(capability);
      known.holders.push(backend);
      byKey.set(model, known);
    }
    yield;
  }
  return [...byKey.values()].sort((a, b) => (a.model < b.model ? -1 : 1));
}

/** Any model can embed; one that only embeds cannot talk. Where nobody says what it can, it may do either. */
function canServe(role: Role, capabilities: ReadonlySet<string>): boolean {
  return role === "embeddings" || capabilities.size === 0 || [...capabilities].some((each) => each !== "embedding");
}
