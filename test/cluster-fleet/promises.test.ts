/**
 * What is promised of labels and conditions, asked of a whole fleet on a real API server: they are there soon, nothing is lost by restarts, silence
 * or an API server that goes away, and what is truly gone goes alone. A hundred nodes, or $NODEKEEPER_FLEET_NODES (RESULTS.md has a thousand).
 */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectorBundle } from "../durability/collector-process.ts";
import { waitUntil } from "../durability/wait-until.ts";
import type { Meddle } from "../fakes/meddling-api-server.ts";
import type { AuditedRequest } from "../kubernetes/cluster.ts";
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { type ClusterFleet, startClusterFleet, untilAll } from "./cluster-fleet.ts";

const nodeCount = Number(process.env["NODEKEEPER_FLEET_NODES"] ?? 100);
const trialCount = 100;
/** Each is two writes, and the collector makes no more than some twenty a second. */
const trialPauseMs = 150;
/** As many as the brake lets go within ten minutes: 2 %. */
const lostCount = Math.floor(nodeCount / 50);
const removeAfterMs = 5_000;
/** The first labels and conditions of a fleet come at some twenty writes a second. */
const patienceMs = 60_000 + nodeCount * 200;

const domain = "nodekeeper.axiomlayer.com";
const policy = `version: 1
modes: { describe: enforce, restrict: enforce, move: plan }
dwell: { change: 2s, remove: ${removeAfterMs / 1000}s }
labels:
  storage-class: system_disk.type
  gpu.product: 'gpus.size() == 0 ? null : gpus[0].product'
  data-disk: 'disks.exists(d, d.transport == "sata") ? true : null'
`;

const missing = (existsSync(collectorBundle) ? undefined : "not built: pnpm run build") ?? (await missingForKubernetes());
const nodes = Array.from({ length: nodeCount }, (_, index) => `node-${String(index).padStart(4, "0")}`);
/** They begin without a GPU, and get one in a trial. */
const tried = nodes.slice(0, trialCount);

const expired = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410 });
const isList = (path: string): boolean => path.startsWith("/api/v1/nodes?limit=");
const isWatch = (path: string): boolean => path.startsWith("/api/v1/nodes?") && path.includes("watch=");

/** Of the API server, one after the other: a list that ends with its first page, in order or not, one that is too old, a watch that is. */
const troubles: readonly Meddle[] = [
  (path) => (isList(path) && path.includes("continue=") ? { kind: "shorten" } : undefined),
  (path) => (isList(path) && path.includes("continue=") ? { kind: "answer", status: 410, body: expired } : undefined),
  (path) => (isWatch(path) ? { kind: "answer", status: 410, body: expired } : undefined),
  (path) => (isWatch(path) ? { kind: "hang" } : undefined),
];

describe.skipIf(missing !== undefined)(
  `feature 60: nothing is taken away by silence: a fleet of ${nodeCount} nodes${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    let fleet: ClusterFleet;

    beforeAll(async () => {
      fleet = await startClusterFleet({
        nodes,
        policy,
        equipmentOf: (node) => ({ hasGpu: !tried.includes(node), hasDataDisk: true, isDiskFailing: false }),
      });
    }, kubernetesBuildLimitMs + patienceMs);

    afterAll(() => fleet?.[Symbol.asyncDispose](), 60_000);

    it(
      "is written upon only when its owner has approved the plan, and then all of it",
      async () => {
        expect(await fleet.writes()).toEqual([]);

        await fleet.approve();

        await untilAll(fleet, "every node to have its labels", patienceMs, (node) => {
          return label(node, "storage-class") === "nvme" && label(node, "data-disk") === "true" && ledgerOf(node) !== undefined;
        });
        await untilAll(
          fleet,
          "every node to have its conditions",
          patienceMs,
          (node) => condition(node, "DiskHealthy") === "True",
        );
      },
      2 * patienceMs,
    );

    it(
      "has what an agent saw on the Node within two seconds of its acknowledgement, a hundred times",
      async () => {
        const acknowledged = new Map<string, Moment>();
        for (const node of tried) {
          const beganAtMs = Date.now();
          const atMs = (await fleet.crowd.equip([node], { hasGpu: true, isDiskFailing: true })).get(node) ?? Number.NaN;
          acknowledged.set(node, { beganAtMs, atMs });
          await sleep(trialPauseMs);
        }
        await untilAll(fleet, "the trials to be there", 60_000, (node) => {
          const isTried = tried.includes(node.metadata.name);
          return label(node, "gpu.product") === "rtx-3050-ti" && condition(node, "DiskHealthy") === (isTried ? "False" : "True");
        });

        // The API server writes down what it has answered, some time after that.
        const { labels, conditions } = await waitUntil("the trials to be in the audit", patienceMs, async () => {
          const writes = await fleet.writes();
          const labels = latencies(writes, acknowledged, undefined);
          const conditions = latencies(writes, acknowledged, "status");
          return labels.length === trialCount && conditions.length === trialCount && { labels, conditions };
        });
        process.stdout.write(
          `${nodeCount} nodes. From acknowledgement: labels ${summary(labels)}; conditions ${summary(conditions)}\n`,
        );
        expect(Math.max(...labels, ...conditions)).toBeLessThanOrEqual(2_000);
      },
      180_000 + patienceMs,
    );

    it(
      "has its labels back within two seconds of somebody's edit, and keeps foreign ones",
      async () => {
        const { admin } = fleet.house.cluster;
        const edited = new Map<string, Moment>();
        for (const node of nodes.slice(0, 20)) {
          const beganAtMs = Date.now();
          const labels = { [`${domain}/storage-class`]: "hdd", "example.com/rack": "7" };
          const path = `/api/v1/nodes/${node}?fieldManager=kubectl-label`;
          await admin.ask("PATCH", path, { metadata: { labels } }, "application/merge-patch+json");
          edited.set(node, { beganAtMs, atMs: Date.now() });
          await sleep(100);
        }
        await untilAll(fleet, "the labels to be as before", 40_000, (node) => label(node, "storage-class") === "nvme");

        const repairs = await waitUntil("the repairs to be in the audit", patienceMs, async () => {
          const found = latencies(await fleet.writes(), edited, undefined);
          return found.length === edited.size && found;
        });
        process.stdout.write(`${nodeCount} nodes. Repaired after ${summary(repairs)}\n`);
        expect(Math.max(...repairs)).toBeLessThanOrEqual(2_000);
        expect((await fleet.nodes()).filter((node) => node.metadata.labels?.["example.com/rack"] === "7").length).toBe(20);
      },
      60_000 + patienceMs,
    );

    it(
      "loses nothing while agents, collector and API server are restarted, and lists and watches are cut short",
      async () => {
        const before = new Map((await fleet.nodes()).map((node) => [node.metadata.name, ownLabels(node)]));
        const writesBefore = (await fleet.writes()).length;

        for (let part = 0; part < 4; part += 1) await fleet.crowd.restart(nodes.filter((_, index) => index % 4 === part));
        await fleet.killCollector();
        for (const meddle of troubles) {
          fleet.meddler.meddle(meddle);
          fleet.meddler.cut();
          await sleep(3_000);
        }
        await fleet.house.cluster.compact();
        fleet.meddler.meddle(undefined);
        fleet.meddler.cut();
        await fleet.house.cluster.stop();
        await fleet.killCollector();
        await sleep(3_000);
        await fleet.house.cluster.start();
        await fleet.crowd.greeted(patienceMs);
        await sleep(removeAfterMs + 10_000);

        expect(new Map((await fleet.nodes()).map((node) => [node.metadata.name, ownLabels(node)]))).toEqual(before);
        expect((await fleet.writes()).slice(writesBefore)).toEqual([]);
      },
      2 * patienceMs,
    );

    it("takes exactly the labels of what is truly gone, after the dwell", async () => {
      const before = new Map((await fleet.nodes()).map((node) => [node.metadata.name, ownLabels(node)]));
      const writesBefore = (await fleet.writes()).length;
      const withoutGpu = nodes.slice(0, Math.ceil(lostCount / 2));
      const withoutDisk = nodes.slice(nodeCount - Math.floor(lostCount / 2));

      const lostAtMs = Date.now();
      await fleet.crowd.equip(withoutGpu, { hasGpu: false });
      await fleet.crowd.equip(withoutDisk, { hasDataDisk: false });
      const expected = new Map(
        [...before].map(([node, labels]) => {
          const gone = new Set<string>();
          if (withoutGpu.includes(node)) gone.add(`${domain}/gpu.product`);
          if (withoutDisk.includes(node)) gone.add(`${domain}/data-disk`);
          return [node, Object.fromEntries(Object.entries(labels).filter(([key]) => !gone.has(key)))];
        }),
      );
      await untilAll(fleet, "their labels to go", removeAfterMs + 60_000, (node) => {
        return JSON.stringify(ownLabels(node)) === JSON.stringify(expected.get(node.metadata.name));
      });
      await sleep(2_000);

      expect(new Map((await fleet.nodes()).map((node) => [node.metadata.name, ownLabels(node)]))).toEqual(expected);
      const removals = (await fleet.writes()).slice(writesBefore).filter(({ subresource }) => subresource === undefined);
      expect(new Set(removals.map(({ name }) => name))).toEqual(new Set([...withoutGpu, ...withoutDisk]));
      expect(Math.min(...removals.map(({ answeredAtMs }) => answeredAtMs)) - lostAtMs).toBeGreaterThanOrEqual(removeAfterMs);
    }, 120_000);
  },
);

function label({ metadata }: KubernetesObject, key: string): string | undefined {
  return metadata.labels?.[`${domain}/${key}`];
}

function ownLabels({ metadata }: KubernetesObject): Readonly<Record<string, string>> {
  const own = Object.entries(metadata.labels ?? {}).filter(([key]) => key.startsWith(`${domain}/`));
  return Object.fromEntries(own.sort(([a], [b]) => a.localeCompare(b)));
}

function ledgerOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.[`${domain}/owned`];
}

function condition(node: KubernetesObject, type: string): string | undefined {
  const status = node["status"] as { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }; // NodeStatus
  return status.conditions?.find((each) => each.type === type)?.status;
}

/** Something that happened to a node, and from when on the clock runs. What is known is acted upon before it is on the disk and acknowledged. */
interface Moment {
  readonly beganAtMs: number;
  readonly atMs: number;
}

/** From these to the API server's answer to the first write on each node after it began; one that was there before is 0. */
function latencies(
  writes: readonly AuditedRequest[],
  moments: ReadonlyMap<string, Moment>,
  subresource: string | undefined,
): readonly number[] {
  return [...moments].flatMap(([node, { beganAtMs, atMs }]) => {
    const own = writes.filter((each) => each.name === node && each.subresource === subresource && each.status === 200);
    const write = own.find(({ answeredAtMs }) => answeredAtMs >= beganAtMs);
    return write === undefined ? [] : [Math.max(0, write.answeredAtMs - atMs)];
  });
}

function summary(all: readonly number[]): string {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share: number): string => `${Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN)} ms`;
  return `median ${at(0.5)}, slowest ${at(1)}`;
}
