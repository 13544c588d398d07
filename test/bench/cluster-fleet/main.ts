/**
 * What a fleet costs that is well: node test/bench/cluster-fleet/main.ts --nodes 5000 --minutes 5 [--labels]
 * With --labels no conditions are written, which halves the time until all is there.
 * A real API server with so many Nodes, an agent on each, the collector under exactly the rights of the manifests. Everything is labelled first; then
 * nothing changes, and what is asked of the API server, written, and used of memory and processor is counted.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type ClusterFleet, startClusterFleet, untilAll } from "../../cluster-fleet/cluster-fleet.ts";
import type { AuditedRequest } from "../../kubernetes/cluster.ts";
import { names } from "../../kubernetes/house.ts";
import { usageOf } from "../fleet/collector-process.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "5000" },
    minutes: { type: "string", default: "5" },
    labels: { type: "boolean", default: false },
  },
});
const nodeCount = Number(values.nodes);
const minutes = Number(values.minutes);
const domain = "nodekeeper.axiomlayer.com";
const nodes = Array.from({ length: nodeCount }, (_, index) => `node-${String(index).padStart(5, "0")}`);

await using fleet = await startClusterFleet({
  nodes,
  equipmentOf: (node) => ({ hasGpu: node.endsWith("7"), hasDataDisk: true, isDiskFailing: false }),
  policy: `version: 1\n${values.labels ? "conditions: []\n" : ""}`,
});
say(`${nodeCount} agents are greeted: ${memory(fleet)}`);

const approvedAtMs = Date.now();
await fleet.approve();
await untilAll(fleet, "every node to have its label and its condition", nodeCount * 500 + 120_000, ({ metadata, ...node }) => {
  const { conditions = [] } = node["status"] as { readonly conditions?: readonly { readonly type: string }[] }; // NodeStatus
  const isConditioned = values.labels || conditions.some(({ type }) => type === "DiskHealthy");
  return metadata.labels?.[`${domain}/storage-class`] === "nvme" && isConditioned;
});
say(`all are labelled after ${Math.round((Date.now() - approvedAtMs) / 1000)} s: ${memory(fleet)}`);
await sleep(30_000);

const fromMs = Date.now();
const before = usageOf(fleet.collectorPid());
await sleep(minutes * 60_000);
const after = usageOf(fleet.collectorPid());
const seconds = (Date.now() - fromMs) / 1000;
const asked = (await requestsOfCollector(fleet)).filter(({ answeredAtMs }) => answeredAtMs >= fromMs);
const writes = asked.filter(({ verb, resource }) => resource === "nodes" && verb === "patch");
say(
  `${Math.round(seconds)} s of steady state: ${((100 * (after.cpuSeconds - before.cpuSeconds)) / seconds).toFixed(1)} % of a core, ${memory(fleet)}`,
);
say(`${writes.length} writes on nodes; ${((asked.length / seconds) * 60).toFixed(1)} requests a minute:`);
for (const [what, each] of Map.groupBy(asked, ({ verb, resource }) => `${verb} ${resource}`)) say(`  ${what}: ${each.length}`);

async function requestsOfCollector({ house }: ClusterFleet): Promise<readonly AuditedRequest[]> {
  const user = `system:serviceaccount:${names.collector.namespace}:${names.collector.name}`;
  return (await house.cluster.requests()).filter((each) => each.user === user);
}

function memory({ collectorPid }: ClusterFleet): string {
  const { residentBytes, anonymousBytes } = usageOf(collectorPid());
  return `${Math.round(residentBytes / 2 ** 20)} MiB resident, ${Math.round(anonymousBytes / 2 ** 20)} of them anonymous`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
