/** Keeps the servers and the table of routes up to date: whenever a node with an Ollama, the policy, or an answer of a server changed. */

import { isDeepStrictEqual } from "node:util";
import { type Clock, createListeners, createMutex, createTurns, type Logger, runEvery } from "@nodekeeper/shared";
import type { Findings } from "../evaluate/findings.ts";
import type { PolicySource, RoutedServer } from "../policy/policy.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import { internalAddresses } from "../state/cluster/node-addresses.ts";
import type { StateHolder } from "../state/holder.ts";
import type { NodeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { subjectKey } from "../state/subject-state.ts";
import { type Backend, type Role, roles } from "./backend.ts";
import { backendOfNode } from "./backend-of-node.ts";
import { backendOfServer } from "./backend-of-server.ts";
import type { CheckedServer, ServerChecks } from "./check-servers.ts";
import { distinctUrls } from "./distinct-urls.ts";
import { createJudge } from "./judge-once.ts";
import type { Reservations } from "./reservations.ts";
import { createRoleWords } from "./role-words.ts";
import { routeOf } from "./route.ts";
import { type MadeRouteTable, routeTableSteps } from "./route-table.ts";
import type { ModelStandings, RouteTable, Routing } from "./routing.ts";

/** What routing needs. */
export interface RoutingOptions {
  readonly state: StateHolder;
  /** Undefined: there is no cluster. */
  readonly cluster: Pick<ClusterView, "node"> | undefined;
  readonly policy: PolicySource;
  readonly findings: Pick<Findings, "ofNode">;
  readonly reservations: Pick<Reservations, "of" | "onChanged">;
  /** Makes what asks the servers; it calls back when something changed. */
  openChecks(onChanged: () => void): ServerChecks;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What changes within this time is one change. */
const restMs = 250;
/** In a large fleet something changes always: at most a fifth of our time goes into routes. */
const shareOfTime = 4;
/** Silence and ages pass without any change. */
const tickMs = 5_000;
/** Rules that say that heat holds a GPU back. */
const slowRules: ReadonlySet<string> = new Set(["gpu-clocks-limited", "gpu-hot-for-long"]);

/** Ages pass without any other change: a server is looked at this often at least. */
const keptMs = 30_000;

/** A node's server, and what it was made of. */
interface KeptBackend {
  readonly backend: Backend | undefined;
  readonly atMs: number;
  readonly sources: readonly unknown[];
}

/** Starts it. */
export function createRouting(options: RoutingOptions): Routing {
  const { state, policy, clock, random, logger } = options;
  const startedAtMs = clock.wallMs();
  const listeners = createListeners<void>();
  const stopping = new AbortController();
  const roleWords = createRoleWords(policy, startedAtMs);
  const kept = new Map<string, KeptBackend>();
  const judgeOf = createJudge();
  const withOllama = new Set(
    state
      .nodes()
      .filter(mayHaveOllama)
      .map(({ name }) => name),
  );
  const checks = options.openChecks(schedule);
  let current: readonly Backend[] = [];
  let table: RouteTable = { version: 0, madeAtMs: startedAtMs, serving: { generation: [], embeddings: [] }, models: [] };
  let standings: readonly ModelStandings[] = [];
  let isScheduled = false;
  let costMs = 0;
  const inOrder = createMutex();

  const subscriptions = [
    state.subscribe((names) => {
      let isOfRoutes = false;
      for (const name of names) {
        const node = state.node(name);
        if (node !== undefined && mayHaveOllama(node)) withOllama.add(name);
        else if (!withOllama.delete(name)) continue;
        else forget(name);
        isOfRoutes = true;
      }
      if (isOfRoutes) schedule();
    }),
    policy.onChanged(schedule),
    options.reservations.onChanged(schedule),
  ];
  const ticking = runEvery({ clock, random, signal: stopping.signal, intervalMs: () => tickMs }, refresh);

  function forget(name: string): void {
    roleWords.forget(name);
    kept.delete(name);
  }

  function schedule(): void {
    if (isScheduled || stopping.signal.aborted) return;
    isScheduled = true;
    void clock.sleep(Math.max(restMs, costMs * shareOfTime), stopping.signal).then(refresh, () => undefined);
  }

  /** One after the other: what changes meanwhile is seen by the next. */
  async function refresh(): Promise<void> {
    isScheduled = false;
    await inOrder(lookAgain);
  }

  /** In slices: requests are answered meanwhile, by what was. */
  async function lookAgain(): Promise<void> {
    const turns = createTurns(clock);
    const nowMs = clock.wallMs();
    const ofNodes: Backend[] = [];
    for (const name of withOllama) {
      if (turns.isOver()) await turns.next();
      const node = state.node(name);
      const backend = node === undefined ? undefined : keptBackend(node, nowMs);
      if (backend !== undefined) ofNodes.push(backend);
    }
    const found = [...distinctUrls(ofNodes, current), ...serverBackends(ofNodes)];
    const backends = found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const steps = routeTableSteps(backends, nowMs, judgeOf);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) if (turns.isOver()) await turns.next();
    costMs = turns.workedMs();
    if (!stopping.signal.aborted) take(backends, step.value, nowMs);
  }

  function take(backends: readonly Backend[], { content, standings: ofNow }: MadeRouteTable, nowMs: number): void {
    current = backends;
    checks.watch(new Map(current.flatMap(checkOf)));
    standings = ofNow;
    if (isDeepStrictEqual(content, { serving: table.serving, models: table.models })) return;
    table = { version: table.version + 1, madeAtMs: nowMs, ...content };
    logger.info(
      { version: table.version, generation: namesOf(table, "generation"), embeddings: namesOf(table, "embeddings") },
      "the routes changed",
    );
    listeners.tell();
  }

  /** Made anew when something that it is made of is another one: in a large fleet a few nodes of all changed. */
  function keptBackend(node: NodeState, nowMs: number): Backend | undefined {
    const { name } = node;
    const known = kept.get(name);
    const clusterNode = options.cluster?.node(name);
    const reservation = options.reservations.of(name);
    const slowedSinceMs = slowedSince(name);
    const sourcesWith = (url = ""): KeptBackend["sources"] => [
      ...[node, clusterNode, policy.current, slowedSinceMs, reservation?.by, reservation?.reason],
      ...[checks.reachOf(url), checks.wordOf(url)],
    ];
    const sources = sourcesWith(known?.backend?.url);
    const isOfNow = known !== undefined && nowMs >= known.atMs && nowMs - known.atMs < keptMs;
    if (isOfNow && sources.every((source, at) => source === known.sources[at])) return known.backend;
    const backend = backendOfNode({
      view: viewNode(node, nowMs),
      clusterAddresses: clusterNode === undefined ? [] : internalAddresses(clusterNode),
      roles: roleWords.of(node, clusterNode, nowMs),
      ...{ reachOf: checks.reachOf, wordOf: checks.wordOf, slowedSinceMs, reservation },
    });
    kept.set(name, { backend, atMs: nowMs, sources: sourcesWith(backend?.url) });
    return backend;
  }

  function slowedSince(node: string): number | undefined {
    const since = options.findings
      .ofNode(node)
      .flatMap(({ rule, state: is, firingSince }) =>
        slowRules.has(rule) && is === "firing" && firingSince !== undefined ? [Date.parse(firingSince)] : [],
      );
    return since.length === 0 ? undefined : Math.min(...since);
  }

  /** One that is a node's Ollama too is that. */
  function serverBackends(ofNodes: readonly Backend[]): readonly Backend[] {
    const urls = new Set(ofNodes.map(({ url }) => url));
    return policy.current.routing.servers
      .filter(({ name, url }) => !withOllama.has(name) && !urls.has(url))
      .map((server: RoutedServer) =>
        backendOfServer(server, {
          ...{ reach: checks.reachOf(server.url), word: checks.wordOf(server.url) },
          reservation: options.reservations.of(server.name), // its GPU may be known where its Ollama is not
        }),
      );
  }

  /** Who just kept a GPU reads that they do: the table follows a moment later. */
  function asKeptNow(backend: Backend): Backend {
    const { reservation: before, ...rest } = backend;
    const reservation = options.reservations.of(backend.name);
    if (reservation?.by === before?.by && reservation?.reason === before?.reason) return backend;
    return reservation === undefined ? rest : { ...rest, reservation };
  }

  return {
    backends: () => current,
    get table() {
      return table;
    },
    standings: () => standings,
    explain: (request) => routeOf(request, current.map(asKeptNow), clock.wallMs(), judgeOf),
    onChanged: (listener) => listeners.add(listener),
    async [Symbol.asyncDispose]() {
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      stopping.abort();
      await ticking;
      await checks[Symbol.asyncDispose]();
    },
  };
}

/** Nodes without one cost nothing here. */
function mayHaveOllama({ probes }: NodeState): boolean {
  return probes.get("ollama")?.subjects.has(subjectKey("ollama_server", "")) ?? false;
}

/** Only one that the policy has a use for is asked: what any other agent says of addresses is nobody's business. */
function checkOf({ url, witness, isStale, roles: words }: Backend): readonly (readonly [string, CheckedServer])[] {
  const isUsed = roles.some((role) => words[role].word === "yes");
  return url === undefined || !isUsed ? [] : [[url, { isAskedForModels: isStale || witness !== "agent" }]];
}

function namesOf({ serving }: RouteTable, role: Role): readonly string[] {
  return serving[role].map(({ name }) => name);
}
