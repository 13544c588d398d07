/**
 * A whole collector beside Longhorn: in this process, under exactly its own rights, at a real API server; machines with an NVMe disk on which Longhorn's
 * disk lies and whose agents come over TLS; and people at the collector's admin socket.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiClient, createApiClient } from "@nodekeeper/shared/api";
import { createTransport } from "../../packages/cli/src/connection/transport.ts";
import { type Crowd, startCrowd } from "../cluster-fleet/crowd.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import type { AuditedRequest } from "../kubernetes/cluster.ts";
import { createNodes, requestAccountToken } from "../kubernetes/cluster-objects.ts";
import { names } from "../kubernetes/house.ts";
import { authoritiesOf, prepareVault } from "../support/prepared-vault.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { LonghornVersion } from "./longhorn-crds.ts";
import { type InstallationOptions, isFound, type LonghornHouse, startLonghornHouse } from "./longhorn-house.ts";

/** How it begins. */
export interface SceneOptions extends InstallationOptions {
  readonly version: LonghornVersion;
  /** Besides badger and otter, which have no agent. */
  readonly nodes: readonly string[];
  /** YAML. */
  readonly policy: string;
}

/** It runs. */
export interface LonghornScene extends AsyncDisposable {
  readonly house: LonghornHouse;
  readonly collector: CollectorUnderTest;
  readonly crowd: Crowd;
  readonly people: ApiClient;
  /** Resolves when it is in force: the collector looks at the file every two seconds. */
  setPolicy(text: string): Promise<void>;
  /** Approves the plan as it is, as soon as it holds what is asked of it. */
  approve(isPlanned: (items: readonly string[]) => boolean): Promise<void>;
  /** What the collector asked to write on those of Longhorn's nodes that have an agent, in order. */
  writes(node?: string): Promise<readonly AuditedRequest[]>;
}

const never = new AbortController().signal;
const patienceMs = 40_000;

/** Starts it; resolves when every agent is greeted. */
export async function startLonghornScene({ nodes, version, policy, ...options }: SceneOptions): Promise<LonghornScene> {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(await temporaryFolder());
  const house = parts.use(await startLonghornHouse(version, options));
  const { admin } = house.cluster;
  await createNodes(admin, nodes);
  const longhornNodes = await Promise.all(nodes.map((name) => house.longhorn.untilNode(name, isFound)));
  const dataDir = join(folder, "collector");
  const machines = await prepareVault(dataDir, nodes);
  const policyFile = join(folder, "policy.yaml");
  await writeFile(policyFile, policy);
  const token = await requestAccountToken(admin, names.collector, { lifetimeSeconds: 3600 });
  const socket = join(folder, "admin.sock");
  const collector = parts.use(
    await aCollector({
      args: [
        ...[`--data-dir=${dataDir}`, `--policy=${policyFile}`, `--admin-socket=${socket}`],
        ...["--kubernetes=on", `--kubeconfig=${await house.cluster.kubeconfig(token)}`],
        ...["--public-grpc-listen=127.0.0.1:0", "--public-name=127.0.0.1"],
      ],
    }),
  );
  const { host = "", port = 0 } = collector.publicGrpcAddress ?? {};
  const equipped = machines.map((machine, index) => {
    const [status] = Object.values(longhornNodes[index]?.status?.diskStatus ?? {});
    const equipment = { hasGpu: false, hasDataDisk: false, isDiskFailing: false };
    return { ...machine, equipment: { ...equipment, longhornDiskUuid: status?.diskUUID ?? "" } };
  });
  const door = { address: `${host}:${port}`, authorities: (await authoritiesOf(dataDir)).join("\n") };
  const crowd = parts.use(await startCrowd(door, equipped));
  await crowd.greeted(60_000);
  const people = createApiClient(createTransport({ kind: "socket", path: socket }, 10_000));
  const lasting = parts.move();

  return {
    ...{ house, collector, crowd, people },
    async setPolicy(text) {
      const before = await people.reconcile(never);
      await writeFile(policyFile, text);
      await waitUntil("the policy to be in force", patienceMs, async () => {
        const now = await people.reconcile(never);
        return now.isConfigured && before.isConfigured && now.policy.hash !== before.policy.hash;
      });
    },
    async approve(isPlanned) {
      await waitUntil("the plan to be approved", patienceMs, async () => {
        const { hash, operations } = await people.plan(never);
        if (!isPlanned(operations.map(({ node, item }) => `${node} ${item}`))) return false;
        return (await people.approvePlan(hash, never).catch(() => undefined)) !== undefined; // it may change in between
      });
    },
    async writes(node) {
      const user = `system:serviceaccount:${names.collector.namespace}:${names.collector.name}`;
      const written = (await house.cluster.requests()).filter(
        (each) => each.user === user && each.resource === "nodes.longhorn.io" && each.verb === "patch",
      );
      // On others the fence was tried.
      return written.filter(({ name = "" }) => nodes.includes(name) && (node === undefined || name === node));
    },
    [Symbol.asyncDispose]: () => lasting.disposeAsync(),
  };
}
