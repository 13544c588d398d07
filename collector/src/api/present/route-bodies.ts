/** The routes as the API shows them. */
import type { LoadedOnServerBody, RoutedServerBody, RouteExplanation, RouteTableBody, SubjectBody } from "@nodekeeper/shared/api";
import { numberField } from "@nodekeeper/shared/fields";
import {
  type MachineFacts,
  type ModelUse,
  modelUse,
  modelUseText,
  presentSubjects,
  requestSlots,
} from "@nodekeeper/shared/readings";
import { type Backend, roles } from "../../routing/backend.ts";
import { modelOf } from "../../routing/model-of.ts";
import type { RouteRequest } from "../../routing/route.ts";
import type { Routing } from "../../routing/routing.ts";
import { isoTime } from "../../state/iso-time.ts";

/** All servers, and where requests for each model go. */
export function routeTableBody({
  table,
  backends,
  standings,
}: Pick<Routing, "table" | "backends" | "standings">): RouteTableBody {
  const ofModels = standings();
  const serving = new Set(roles.flatMap((role) => table.serving[role].map(({ name }) => name)));
  return {
    version: table.version,
    madeAt: isoTime(table.madeAtMs),
    servers: backends().map((backend) => serverBody(backend, serving.has(backend.name))),
    models: table.models.map(({ model, role, backends }, at) => ({
      ...{ model, kind: role, servers: [...backends] },
      standings: (ofModels[at] ?? []).map(({ backend, ...standing }) => ({ server: backend, ...standing })),
    })),
  };
}

/** Where a request goes, and why. `nowMs` is ms since 1970. */
export function routeExplanation(
  routing: Pick<Routing, "table" | "backends" | "explain">,
  request: RouteRequest,
  nowMs: number,
): RouteExplanation {
  const { backend, text, candidates } = routing.explain(request);
  const url = routing.backends().find(({ name }) => name === backend)?.url;
  return {
    ...{ model: request.model, kind: request.role, text, tableVersion: routing.table.version },
    ...(backend === undefined ? {} : { server: backend }),
    ...(backend === undefined || url === undefined ? {} : { url }),
    candidates: candidates.map(({ backend: server, standing, text, wouldUnload, slots, isStale }) => ({
      ...{ server, standing, text, isStale },
      ...(slots === undefined ? {} : { slots }),
      unload: wouldUnload.map(({ model }) => model),
      wouldUnload: wouldUnload.map((use) => ({ ...useBody(use), text: modelUseText(use, nowMs) })),
    })),
  };
}

function serverBody(backend: Backend, isServing: boolean): RoutedServerBody {
  const { name, url, reach, witness, isStale, facts, slowedSinceMs } = backend;
  const loaded = presentSubjects(facts.subjects, "ollama_loaded_model");
  return {
    ...{ name, reach: reach.kind, witness, isStale, isServing },
    ...(url === undefined ? {} : { url }),
    ...(reach.kind === "unknown" ? {} : { since: isoTime(reach.sinceMs) }),
    ...(reach.kind === "up" ? {} : { problem: reach.problem }),
    kinds: roles.filter((role) => backend.roles[role].word === "yes"),
    unknownKinds: roles.filter((role) => backend.roles[role].word === "undecided"),
    text: stateText(backend),
    ...(slowedSinceMs === undefined ? {} : { slowedSince: isoTime(slowedSinceMs) }),
    loadedModels: loaded.map(({ id }) => id),
    loaded: loaded.map((model) => loadedBody(model, facts)),
  };
}

function loadedBody(loaded: SubjectBody, facts: MachineFacts): LoadedOnServerBody {
  const [server] = presentSubjects(facts.subjects, "ollama_server");
  const model = modelOf(facts, loaded.id);
  const slots = model && requestSlots(model, server);
  const contextLengthTokens = numberField(loaded, "contextLengthTokens");
  return {
    ...useBody(modelUse(loaded, server)),
    ...(contextLengthTokens === undefined ? {} : { contextLengthTokens }),
    ...(slots === undefined ? {} : { slots }),
  };
}

function useBody({ model, isKept, isInUse, keptUntilMs, lastUsedAtMs }: ModelUse): Omit<LoadedOnServerBody, "slots"> {
  return {
    ...{ model, isKept, isInUse },
    ...(keptUntilMs === undefined ? {} : { keptUntil: isoTime(keptUntilMs) }),
    ...(lastUsedAtMs === undefined ? {} : { lastUsedAt: isoTime(lastUsedAtMs) }),
  };
}

function stateText({ reach, url, roles: words, reservation, isStale, witness }: Backend): string {
  if (roles.every((role) => words[role].word === "no")) return "the policy has no requests for it";
  const undecided = roles.find((role) => words[role].word === "undecided");
  const isUsed = roles.some((role) => words[role].word === "yes");
  if (undecided !== undefined && !isUsed) return `what it is for is not known: ${words[undecided].because}`;
  if (url === undefined) return "nobody said where others reach its Ollama";
  if (reservation !== undefined) return `its GPU is kept for ${reservation.by}`;
  if (reach.kind !== "up") return reach.kind === "down" ? `it does not answer: ${reach.problem}` : reach.problem;
  return isStale
    ? `it answers; its agent is silent, and ${witness === "ollama" ? "Ollama itself says what it has" : "what it has is old"}`
    : "it answers";
}
