/**
 * The collector, as it is put together. It reads in the direction of the data, and is taken down the other way round: agents are the last
 * to be let in and the first to be sent away, the store is the first to be there and the last to go.
 */
import { join } from "node:path";
import { type Address, type AppError, type Clock, type Logger, runEvery, version } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { DoorKind } from "./api/doors/door.ts";
import type { DoorPlan } from "./api/doors/open-doors.ts";
import { createApiServer } from "./api/server.ts";
import type { KubernetesAccess } from "./clients/kubernetes/kubernetes-access.ts";
import type { CollectorConfig } from "./config.ts";
import { createEngine } from "./evaluate/engine.ts";
import { noNode } from "./evaluate/evaluate-cluster.ts";
import { createAuthenticator } from "./identity/authenticator.ts";
import { createRegistry } from "./identity/create-registry.ts";
import { createIngest, type Ingest, type IngestLimits } from "./ingest/server.ts";
import { wantedIntervals } from "./ingest/wanted-intervals.ts";
import { longhornFacts } from "./longhorn-facts.ts";
import { measureCollector } from "./measure.ts";
import { createMetrics } from "./metrics.ts";
import type { Onboardings } from "./onboarding/onboarding.ts";
import { createOnboardingMetrics } from "./onboarding-metrics.ts";
import { openAttention } from "./open-attention.ts";
import { openBlastRadius } from "./open-blast-radius.ts";
import { openCluster } from "./open-cluster.ts";
import { openClusterAdvice } from "./open-cluster-advice.ts";
import { openNotifications } from "./open-notifications.ts";
import { openOnboarding } from "./open-onboarding.ts";
import { openReconciliation, type RunningReconciliation } from "./open-reconciliation.ts";
import { openRouting } from "./open-routing.ts";
import { openVault } from "./open-vault.ts";
import { openPolicy } from "./policy/open-policy.ts";
import { createRebaseDisk } from "./rebase-disk.ts";
import { createRetireNode } from "./retire-node.ts";
import { rules } from "./rules/index.ts";
import { watchClock } from "./state/clock-watch.ts";
import { createClusterHolder } from "./state/cluster/create-cluster-holder.ts";
import { createStateHolder } from "./state/holder.ts";
import { createListening } from "./state/listening.ts";
import { createLonghornHolder } from "./state/longhorn/create-longhorn-holder.ts";
import { restoreNodes } from "./state/restore.ts";
import { createTurnedAway } from "./state/turned-away.ts";
import type { Store } from "./store/store.ts";
import { openTls } from "./tls/open-tls.ts";
import type { AuthoritySource } from "./tls/tls-source.ts";
import { createTrustSource, silentTrust } from "./tls/trust-source.ts";

/** What the collector is given besides its settings. */
export interface CollectorDependencies {
  /** Opens the database of a folder. `failed` resolves when it is lost while nobody closed it. */
  openStore(dataDir: string): Promise<Store & { readonly failed: Promise<AppError> }>;
  /** Folder of the built dashboard. */
  readonly dashboardDir: string;
  /** Folder of the documentation. */
  readonly docsDir: string;
  /** How a pod reaches its cluster; undefined: this is no pod. */
  readonly pod?: KubernetesAccess | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly limits?: Partial<IngestLimits>;
  /** Ends a start that waits for the cluster. */
  readonly signal?: AbortSignal;
}

/** A collector that runs. Disposing it stops it. */
export interface Collector extends AsyncDisposable {
  /** Where API and dashboard are, e.g. http://127.0.0.1:7060; without a local door the first of the others. */
  readonly url: string;
  /** Where they are at each door that is open. */
  readonly urls: Readonly<Partial<Record<DoorKind, string>>>;
  /** Where an agent of this machine reports; undefined: nowhere. */
  readonly grpcAddress: Address | undefined;
  /** Where agents report by TLS; undefined: nowhere. */
  readonly publicGrpcAddress: Address | undefined;
  /** Our own authority; undefined: there is no public listener, or somebody else's certificate is served. */
  readonly authority: AuthoritySource | undefined;
  /** Resolves when it cannot go on: it must be stopped and started anew. */
  readonly failed: Promise<AppError>;
}

/** Chunks are compressed and old history is dropped in short steps, this often. */
const maintenanceMs = 60_000;
/** How many resolved findings are looked at to know since when nodes are well. */
const resolvedFindings = 1_000;

/** Starts the collector; what was started is stopped again when something fails. */
export async function startCollector(config: CollectorConfig, given: CollectorDependencies): Promise<Collector> {
  const { clock, random, logger } = given;
  await using stack = new AsyncDisposableStack();
  const metrics = createMetrics();

  const policy = stack.use(await openPolicy({ file: config.policyFile, clock, random, logger }));

  const store = stack.use(await given.openStore(config.dataDir));
  const restored = await store.restore();
  const past = await store.listFindings({ node: undefined, includeResolved: true, limit: resolvedFindings });
  stack.use(every(maintenanceMs, () => store.maintain(clock.wallMs())));

  const cluster = await openCluster({ config: config.kubernetes, pod: given.pod, clock, random, logger });
  if (cluster !== undefined) stack.use(cluster);
  const vault = stack.use(await openVault(config, cluster, given));
  const outside = config.public;
  const tls = outside === undefined ? undefined : await openTls({ ...outside, vault, clock, random, logger });
  if (tls !== undefined) stack.use(tls.source);
  const trust = outside === undefined || tls === undefined ? silentTrust : stack.use(createTrustSource(tls.source, outside));

  const { caConfigMap } = config.kubernetes;
  const publication =
    cluster === undefined || tls === undefined || caConfigMap === undefined
      ? undefined
      : stack.use(cluster.publish(tls.source, caConfigMap));

  const authorities = () => (outside?.grpcListen === undefined ? [] : (trust.current?.caCertificates ?? []));
  const registry = createRegistry({ vault, clock, authorities });
  const pods = cluster === undefined ? undefined : stack.use(cluster.createVerifier());
  const verifiers = pods === undefined ? [registry.verifier] : [registry.verifier, pods];
  const authenticator = createAuthenticator({ registry, verifiers });

  const state = createStateHolder(restoreNodes(restored.nodes, restored.observations, restored.inventories));
  const clusterNodes = createClusterHolder();
  const nodeFeed = cluster === undefined ? undefined : stack.use(cluster.followNodes(clusterNodes));
  const longhorn = createLonghornHolder();
  const longhornFeed = cluster === undefined ? undefined : stack.use(cluster.followLonghorn(longhorn));
  const backups = cluster === undefined ? undefined : stack.use(cluster.followBackups(() => policy.current.backups));
  const listening = createListening();
  const turnedAway = createTurnedAway();
  stack.use(watchClock({ clock, random, listening, logger }));

  const isOfCluster = (finding: Finding): boolean => finding.node === noNode;
  const engine = stack.use(
    createEngine({
      ...{ rules, state, listening, store, clock, random, logger },
      restored: restored.findings.filter((finding) => !isOfCluster(finding)),
      resolved: past.filter((finding) => finding.state === "resolved"),
      metrics: metrics.evaluation,
    }),
  );
  const advice = stack.use(
    openClusterAdvice({
      ...{ state, store, clock, random, logger, cluster: clusterNodes, metrics: metrics.evaluation },
      hasCluster: cluster !== undefined,
      wildcardName: () => policy.current.advice.wildcardName,
      storage: () => ({
        longhorn: longhornFacts(longhorn, clock.wallMs()),
        ...{ backups: backups?.current, maximumBackupAgeMs: policy.current.backups.maximumAgeMs },
      }),
      restored: restored.findings.filter(isOfCluster),
    }),
  );
  const attention = stack.use(
    await openAttention({ engine, advice, state, cluster: clusterNodes, store, clock, random, logger }),
  );
  const { findings } = attention;

  const { routing, reservations, gpuUsage } = stack.use(
    await openRouting({
      ...{ state, policy, findings: engine, store, registry: metrics.registry, clock, random, logger },
      cluster: cluster === undefined ? undefined : clusterNodes,
    }),
  );

  let ingest: Ingest | undefined;
  let reconciling: RunningReconciliation | undefined;
  const onboardings: Onboardings = stack.use(
    await openOnboarding({
      ...{ state, longhorn, turnedAway, policy, store, clock, random, logger },
      cluster: cluster === undefined ? undefined : clusterNodes,
      reconciliation: () => reconciling?.reconciliation,
      probeNow: (node, probes) => ingest?.probeNow(node, probes),
      metrics: createOnboardingMetrics(metrics.registry, () => onboardings.all()),
    }),
  );
  reconciling =
    cluster === undefined
      ? undefined
      : stack.use(
          openReconciliation({
            ...{ client: cluster.client, namespace: config.kubernetes.namespace, policy, cluster: clusterNodes },
            ...{ longhorn, longhornNamespace: config.kubernetes.longhornNamespace, onboardings, attention, routing },
            ...{ state, findings: engine, store, metrics: metrics.reconcile, clock, random, logger },
          }),
        );

  const blastRadius =
    cluster === undefined
      ? undefined
      : openBlastRadius({
          ...{ client: cluster.client, cluster: clusterNodes, longhorn, state, policy, registry, clock },
          longhornNamespace: config.kubernetes.longhornNamespace,
        });

  const obstacles = () => ingest?.problems() ?? ["agents are not heard yet"];
  const notifications = stack.use(
    await openNotifications({
      ...{ file: config.notificationsFile, findings, past, store, obstacles, clock, random, logger },
      registry: metrics.registry,
    }),
  );

  const watched = [
    policy,
    vault,
    tls?.source,
    pods,
    publication,
    nodeFeed,
    longhornFeed,
    backups,
    reconciling?.reconciliation,
    notifications,
  ].filter((part) => part !== undefined);
  const troubles = () => watched.flatMap((part) => part.problems());

  const api = stack.use(
    await createApiServer({
      ...{ state, findings, attention, store, registry, trust, clock, random, logger },
      doors: doorsOf(config),
      login: config.login,
      proxy: config.proxy,
      tls: tls?.source,
      authority: tls?.authority,
      retireNode: createRetireNode({ state, registry, store }),
      rebaseDisk: createRebaseDisk({ state, clock, ingest: () => ingest }),
      reconciliation: reconciling?.reconciliation,
      ...{ onboardings, notifications },
      ...{ routing, reservations, gpuUsage },
      blastRadius,
      backupDir: join(config.dataDir, "backups-being-sent"),
      metrics: metrics.registry,
      readiness: async () => ({ obstacles: obstacles(), troubles: troubles() }),
      dashboardDir: given.dashboardDir,
      docsDir: given.docsDir,
    }),
  );

  ingest = stack.use(
    await createIngest({
      ...{ state, store, listening, turnedAway, trust, registry, authenticator, clock, random, logger },
      doors: {
        local: config.grpcListen,
        public:
          outside?.grpcListen === undefined || tls === undefined ? undefined : { listen: outside.grpcListen, tls: tls.source },
      },
      restored: restored.observations,
      services: (door, keep) => [api.serveHealth(door, keep)],
      intervals: wantedIntervals(config.intervals, restored.nodes, clock.wallMs()),
      metrics: metrics.ingest,
      ...(given.limits === undefined ? {} : { limits: given.limits }),
    }),
  );
  stack.use(api.healthWatch);
  const { controller } = reconciling ?? {};
  measureCollector(metrics, {
    ...{ state, findings, ingest, listening, store, clock, tls: tls?.source, controller, troubles },
    cluster: cluster === undefined ? undefined : clusterNodes,
    longhorn: cluster === undefined ? undefined : longhorn,
  });

  const { local: grpcAddress, public: publicGrpcAddress } = ingest.addresses;
  const url = api.doors.all[0]?.url ?? "";
  const urls = Object.fromEntries(api.doors.all.map(({ kind, url }) => [kind, url]));
  logger.info({ version, url, urls, grpcAddress, publicGrpcAddress, nodes: restored.nodes.length }, "the collector is listening");
  const running = stack.move();
  return {
    ...{ url, urls, grpcAddress, publicGrpcAddress, authority: tls?.authority, failed: store.failed },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };

  function every(intervalMs: number, work: () => Promise<void>): AsyncDisposable {
    const stopping = new AbortController();
    const options = { clock, random, signal: stopping.signal, intervalMs: () => intervalMs, firstDelayMs: intervalMs };
    const running = runEvery(options, () => work().catch((err) => logger.error({ err }, "maintenance of the store failed")));
    return {
      async [Symbol.asyncDispose]() {
        stopping.abort();
        await running;
      },
    };
  }
}

function doorsOf({ listen, public: outside, proxy, adminSocket }: CollectorConfig): DoorPlan {
  return {
    local: listen,
    public: outside?.listen === undefined ? undefined : { listen: outside.listen, names: outside.names },
    proxy: proxy?.listen,
    adminSocket,
  };
}
