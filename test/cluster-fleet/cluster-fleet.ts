/**
 * A cluster of many nodes with its API server, the collector as a process of its own under exactly the rights of the manifests, and an agent on
 * every node: what is promised of labels and conditions is asked of all of it together.
 */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createCollectorProcess } from "../durability/collector-process.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts } from "../e2e/installation.ts";
import { type MeddlingApiServer, startMeddlingApiServer } from "../fakes/meddling-api-server.ts";
import type { AuditedRequest } from "../kubernetes/cluster.ts";
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import { createNodes, requestAccountToken } from "../kubernetes/cluster-objects.ts";
import { type House, names, startHouse } from "../kubernetes/house.ts";
import { askSocket } from "../support/ask-socket.ts";
import { authoritiesOf, prepareVault } from "../support/prepared-vault.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Crowd, startCrowd } from "./crowd.ts";
import type { Equipment } from "./machine-facts.ts";

/** How it is made. */
export interface FleetOptions {
  readonly nodes: readonly string[];
  equipmentOf(node: string): Equipment;
  /** YAML. */
  readonly policy: string;
  /** What else is to be in the cluster, when the Nodes are there and before the collector starts and machines are asked for their equipment. */
  readonly prepare?: (house: House) => Promise<AsyncDisposable>;
}

/** It runs. */
export interface ClusterFleet extends AsyncDisposable {
  readonly house: House;
  /** Stands between the collector and the API server; lists come in pages of a third of the fleet. */
  readonly meddler: MeddlingApiServer;
  readonly crowd: Crowd;
  /** The collector's admin socket. */
  readonly socketPath: string;
  /** The collector's API by its admin socket. */
  ask(method: "GET" | "POST", path: string, body?: object): Promise<unknown>;
  /** Approves the plan as it is now. */
  approve(): Promise<void>;
  /** SIGKILL, and started again with what is on its disk; `meanwhile` is given its data folder. */
  killCollector(meanwhile?: (dataDir: string) => Promise<void>): Promise<void>;
  /** Those that have an agent. */
  nodes(): Promise<readonly KubernetesObject[]>;
  /** What the collector wrote on nodes, in order. */
  writes(): Promise<readonly AuditedRequest[]>;
  collectorPid(): number;
  collectorLog(): string;
}

const startTimeoutMs = 60_000;
const createdAtATime = 100;
const restFactor = 9;

/** Starts it; resolves when every agent is greeted. */
export async function startClusterFleet({ nodes, equipmentOf, policy, prepare }: FleetOptions): Promise<ClusterFleet> {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(await temporaryFolder());
  const house = parts.use(await startHouse());
  const { admin } = house.cluster;
  for (let first = 0; first < nodes.length; first += createdAtATime)
    await createNodes(admin, nodes.slice(first, first + createdAtATime));
  if (prepare !== undefined) parts.use(await prepare(house));
  const before = { url: house.cluster.url, folder: dirname(house.cluster.authorityFile), pageSize: Math.ceil(nodes.length / 3) };
  const meddler = parts.use(await startMeddlingApiServer(before));
  const token = await requestAccountToken(admin, names.collector, { lifetimeSeconds: 7200 });
  const kubeconfig = await house.cluster.kubeconfig(token, meddler.url);
  const dataDir = join(folder, "collector");
  const socketPath = join(dataDir, "admin.sock");
  const machines = await prepareVault(dataDir, nodes);
  const policyFile = join(folder, "policy.yaml");
  await writeFile(policyFile, policy);
  const [port = 0] = await freePorts(1);
  const collector = parts.use(
    createCollectorProcess(
      dataDir,
      join(folder, "collector.log"),
      [],
      [
        ...["--kubernetes", "on", "--kubeconfig", kubeconfig, "--policy", policyFile],
        ...["--public-grpc-listen", `127.0.0.1:${port}`, "--public-name", "127.0.0.1"],
      ],
    ),
  );
  await collector.startListening();
  const authorities = (await authoritiesOf(dataDir)).join("\n");
  const equipped = machines.map((machine) => ({ ...machine, equipment: equipmentOf(machine.node) }));
  const crowd = parts.use(await startCrowd({ address: `127.0.0.1:${port}`, authorities }, equipped));
  await crowd.greeted(startTimeoutMs + nodes.length * 100);
  const lasting = parts.move();

  const known = new Set(nodes);
  const ask = (method: string, path: string, body?: object): Promise<unknown> => askSocket(socketPath, method, path, body);
  return {
    ...{ house, meddler, crowd, ask, socketPath },
    async approve() {
      // A plan that changed in between is refused.
      await waitUntil("the plan to be approved", startTimeoutMs, async () => {
        const { hash } = (await ask("GET", "/api/v1/plan")) as { readonly hash: string }; // Plan of the API
        return await ask("POST", "/api/v1/plan/approve", { hash }).then(
          () => true,
          () => false,
        );
      });
    },
    async killCollector(meanwhile) {
      await collector.kill();
      await meanwhile?.(dataDir);
      await collector.startListening();
    },
    async nodes() {
      const all = (await admin.get("/api/v1/nodes"))["items"] as readonly KubernetesObject[]; // NodeList
      return all.filter(({ metadata }) => known.has(metadata.name)); // the house has two more
    },
    async writes() {
      const user = `system:serviceaccount:${names.collector.namespace}:${names.collector.name}`;
      const written = (await house.cluster.requests()).filter(({ resource, verb }) => resource === "nodes" && verb === "patch");
      return written.filter((each) => each.user === user && known.has(each.name ?? ""));
    },
    collectorPid: () => collector.pid() ?? 0,
    collectorLog: () => collector.log(),
    [Symbol.asyncDispose]: () => lasting.disposeAsync(),
  };
}

/** Waits until it holds of every node; says of which it does not. */
export async function untilAll(
  fleet: ClusterFleet,
  what: string,
  withinMs: number,
  holds: (node: KubernetesObject) => boolean,
): Promise<void> {
  let lacking: readonly string[] = [];
  await waitUntil(what, withinMs, async () => {
    const askedAtMs = performance.now();
    lacking = (await fleet.nodes()).filter((node) => !holds(node)).map(({ metadata }) => metadata.name);
    if (lacking.length === 0) return true;
    await sleep(restFactor * (performance.now() - askedAtMs)); // to list thousands of nodes is work for the API server
    return false;
  }).catch((thrown) => {
    throw new Error(
      `${thrown}: not so on ${lacking.length} nodes, e.g. ${lacking.slice(0, 5).join(", ")}\n${fleet.collectorLog().slice(-3_000)}`,
    );
  });
}
