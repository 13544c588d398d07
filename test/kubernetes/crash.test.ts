/**
 * A whole collector that is killed again and again while it writes labels on a real API server, among people who edit them: at no moment is there half
 * a state, nothing foreign is touched, and what is ours stays known as ours, also without its database or with an old one. Eight kills, or
 * $NODEKEEPER_CRASHES (RESULTS.md has a hundred).
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditList } from "../../packages/shared/src/api/audit.ts";
import { type ClusterFleet, startClusterFleet, untilAll } from "../cluster-fleet/cluster-fleet.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { createRandom } from "../durability/random.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { inTime } from "../support/in-time.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { KubernetesObject } from "./cluster-api.ts";
import { followNodes, type NodeFollower, type NodeVersion } from "./follow-nodes.ts";
import { halfStateOf } from "./half-state.ts";
import { names } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";
import { bare, domain, type LabelBench, labelBench } from "./label-bench.ts";

const crashes = Number(process.env["NODEKEEPER_CRASHES"] ?? 5);
/** For a machine that does much else. */
const patienceMs = 60_000;
const policy = `version: 1
modes: { describe: enforce, restrict: enforce, move: plan }
dwell: { change: 1s, remove: 1s }
labels:
  storage-class: system_disk.type
  gpu.product: 'gpus.size() == 0 ? null : gpus[0].product'
  data-disk: 'disks.exists(d, d.transport == "sata") ? true : null'
`;
const missing = (existsSync(collectorBundle) ? undefined : "not built: pnpm run build") ?? (await missingForKubernetes());
const nodes = Array.from({ length: 20 }, (_, index) => `node-${String(index).padStart(2, "0")}`);
const ours = { "storage-class": "nvme", "gpu.product": "rtx-3050-ti", "data-disk": "true" };
/** As people label each of them when it is registered: two of our keys, one of our domain that nobody asks for, and one of their own. */
const theirs = { [`${domain}/storage-class`]: "floppy", [`${domain}/rack`]: "7", "example.com/team": "lions" };
const note = { "example.com/note": "of people" };
const random = createRandom();

describe.skipIf(missing !== undefined)(
  `${crashes} crashes of a collector${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    let fleet: ClusterFleet;
    let bench: LabelBench;
    let follower: NodeFollower;
    /** What was wrong, of the first versions of which something was. */
    const wrong: string[] = [];
    /** Versions that we made. */
    let writes = 0;
    const registered = new Map<string, KubernetesObject>();

    function look(version: NodeVersion): void {
      const { kind, node, before } = version;
      if (!registered.has(node.metadata.name)) return;
      const problem = halfStateOf(version, domain) ?? (kind === "put" ? foreignChange(node) : undefined);
      if (problem !== undefined && wrong.length < 3) wrong.push(problem);
      if (before !== undefined && ledgerOf(node) !== ledgerOf(before)) writes += 1;
    }

    beforeAll(async () => {
      fleet = await startClusterFleet({
        ...{ nodes, policy },
        equipmentOf: () => ({ hasGpu: true, hasDataDisk: true, isDiskFailing: false }),
      });
      bench = labelBench(fleet.house);
      for (const name of nodes) registered.set(name, await bench.register(name, theirs, note));
      follower = await followNodes(fleet.house.cluster.admin, look);
      await fleet.approve();
      await untilLabelled();
    }, kubernetesBuildLimitMs);

    afterAll(async () => {
      follower?.[Symbol.dispose]();
      await fleet?.[Symbol.asyncDispose]();
    });

    const untilLabelled = (): Promise<void> =>
      untilAll(fleet, "the labels to be there", patienceMs, (node) => {
        const live = node.metadata.labels ?? {};
        return (
          !registered.has(node.metadata.name) || Object.entries(ours).every(([key, value]) => live[`${domain}/${key}`] === value)
        );
      });
    const untilNothingToDo = (): Promise<unknown> =>
      waitUntil(
        "the plan to be empty",
        patienceMs,
        async () => Object(await fleet.ask("GET", "/api/v1/plan"))["operations"].length === 0,
      );
    /** The process is dead; nobody need wait until its Lease has run out. */
    const giveLeaseBack = async (): Promise<void> => {
      const path = `/apis/coordination.k8s.io/v1/namespaces/${names.namespace}/leases/${names.lease.name}`;
      const lease = await fleet.house.cluster.admin.get(path);
      await fleet.house.cluster.admin.replace(path, { ...lease, spec: {} });
    };
    const crash = (meanwhile: (dataDir: string) => Promise<void> = async () => undefined): Promise<void> =>
      fleet.killCollector(async (dataDir) => {
        await meanwhile(dataDir);
        await giveLeaseBack();
      });

    it("the look at each version finds what it is to find", async () => {
      const { metadata, ...rest } = await bench.node("node-00");
      const with_ = (change: object): KubernetesObject => ({ ...rest, metadata: { ...metadata, ...change } });
      const before = with_({});
      const at = (node: KubernetesObject): string | undefined => halfStateOf({ kind: "put", node, before }, domain);
      const ledger = (entries: object): object => ({
        annotations: { ...note, [`${domain}/owned`]: JSON.stringify({ nodekeeper: 1, "node-labels": entries }) },
      });
      const wrote = {
        "storage-class": { wrote: "nvme", was: "floppy" },
        "gpu.product": { wrote: "rtx-3050-ti" },
        "data-disk": { wrote: "true" },
      };

      expect(at(before)).toBeUndefined();
      expect(at(with_(ledger(wrote)))).toBeUndefined();
      expect(at(with_(ledger({})))).toContain("the ledger does not tell of it");
      expect(at(with_(ledger({ ...wrote, "gpu.product": { wrote: "other" } })))).toContain("tells of another value");
      expect(at(with_(ledger({ ...wrote, "storage-class": { wrote: "nvme" } })))).toContain(
        "what was there before us is another",
      );
      expect(at(with_(ledger({ ...wrote, board: { wrote: "pi" } })))).toContain("is not written");
      expect(at(with_({ annotations: { [`${domain}/owned`]: "{" } }))).toContain("not in a form that we know");
      expect(foreignChange(with_({ labels: {} }))).toContain("somebody's label");
    });

    it(
      `leave no half state at any moment, with people who edit meanwhile (seed ${random.seed})`,
      async () => {
        const stop = new AbortController();
        const people = edit(stop.signal);
        try {
          for (let crashed = 0; crashed < crashes; crashed++) {
            const from = writes;
            await waitUntil("the collector to write", patienceMs, () => writes > from + 1);
            await sleep(random.between(0, 600));
            await crash();
          }
        } finally {
          stop.abort();
          await people;
        }

        await untilLabelled();
        await untilNothingToDo();
        const { begun, ended } = await auditedWrites();
        expect([wrong, follower.problem]).toEqual([[], undefined]);
        expect(begun).toBeGreaterThanOrEqual(writes);
        if (process.env["NODEKEEPER_CRASHES"] !== undefined)
          process.stdout.write(
            `${crashes} crashes, ${writes} writes of labels, ${begun} begun, ${begun - ended} cut off, ${follower.count} versions\n`,
          );
      },
      4 * patienceMs + crashes * 15_000,
    );

    describe.each([
      { name: "without its database", files: "none" },
      { name: "with an old database", files: "old" },
    ] as const)("a collector $name", ({ files }) => {
      it(
        "takes nothing away, writes nothing, and knows what is its own",
        async () => {
          await using old = await temporaryFolder();
          if (files === "old") await crash((dataDir) => copyDatabase(dataDir, old.path));
          if (files === "old") await relabelOne();
          await fleet.crowd.greeted(patienceMs);
          const before = await labelsOf();
          const writesBefore = writes;

          await crash(async (dataDir) => {
            await removeDatabase(dataDir);
            if (files === "old") await copyDatabase(old.path, dataDir);
          });
          await fleet.crowd.greeted(patienceMs);
          await untilNothingToDo();
          await sleep(2_500);

          expect(await labelsOf()).toEqual(before);
          expect(writes).toBe(writesBefore);
          await relabelOne();
          expect([wrong, follower.problem]).toEqual([[], undefined]);
        },
        4 * patienceMs,
      );
    });

    it(
      "a Node that is registered anew under its name has its labels within ten seconds",
      async () => {
        const tookMs = await inTime(
          (ms) => ms < 10_000,
          async () => {
            const startedAtMs = performance.now();
            registered.set("node-03", await bench.register("node-03", theirs, note));
            await untilLabelled();
            return performance.now() - startedAtMs;
          },
        );

        expect(tookMs).toBeLessThan(10_000);
      },
      4 * patienceMs,
    );

    it(
      "a prune that is killed in its middle is done by the next one, and every Node is as it was",
      async () => {
        for (const name of nodes) registered.set(name, await bench.register(name, theirs, note));
        await untilLabelled();
        const pruned = fleet.ask("POST", "/api/v1/prune", { keepLabels: false }).catch(() => undefined);
        await sleep(random.between(0, 150));
        await crash();
        await pruned;
        await waitUntil("a prune to be done", patienceMs, async () => {
          const result = await fleet.ask("POST", "/api/v1/prune", { keepLabels: false }).catch(() => undefined);
          return Object(result).failed?.length === 0;
        });

        for (const [name, node] of registered) expect(bare(await bench.node(name))).toEqual(bare(node));
        expect(wrong).toEqual([]);
      },
      4 * patienceMs,
    );

    /** Of labels, as the audit has them. */
    async function auditedWrites(): Promise<{ readonly begun: number; readonly ended: number }> {
      const outcomes: string[] = [];
      for (let cursor: string | undefined = ""; cursor !== undefined; ) {
        const page: unknown = await fleet.ask("GET", `/api/v1/audit?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`);
        const { records, nextCursor } = page as AuditList; // of our own API
        outcomes.push(
          ...records.filter(({ action }) => action.startsWith("reconcile.node-labels.")).map(({ outcome }) => outcome),
        );
        cursor = nextCursor;
      }
      const begun = outcomes.filter((outcome) => outcome === "begun").length;
      return { begun, ended: outcomes.length - begun };
    }

    async function labelsOf(): Promise<unknown> {
      return (await fleet.nodes()).map(({ metadata }) => [metadata.name, metadata.labels, ledgerOf({ metadata })]);
    }

    /** A person changes one of ours, and it is put back. */
    async function relabelOne(): Promise<void> {
      await bench.label("node-01", { [`${domain}/gpu.product`]: "none" });
      await untilLabelled();
      await untilNothingToDo();
    }

    /** Machines that are set up anew, and people who change and remove labels of ours, also by asking us to. */
    async function edit(signal: AbortSignal): Promise<void> {
      const hidden = new Map<string, readonly [string, keyof typeof ours]>();
      const want = async (node: string, item: keyof typeof ours, value: string | undefined): Promise<void> => {
        const override = { node, item, forSeconds: 3_600, reason: "a test", ...(value === undefined ? {} : { value }) };
        if (value === undefined) hidden.set(`${node} ${item}`, [node, item]); // also where the answer is lost
        await fleet.ask("POST", "/api/v1/overrides", override);
        if (value !== undefined) hidden.delete(`${node} ${item}`);
      };
      while (!signal.aborted) {
        const name = nodes[Math.floor(random.between(0, nodes.length))] ?? "";
        const item = random.between(0, 2) < 1 ? "gpu.product" : "storage-class";
        const dice = random.between(0, 1);
        if (dice < 0.4) registered.set(name, await bench.register(name, theirs, note));
        else if (dice < 0.5) await bench.label(name, { [`${domain}/gpu.product`]: "none" });
        else if (dice < 0.6) await bench.label(name, { [`${domain}/data-disk`]: null });
        else if (dice < 0.65) await bench.wipeManagers(name);
        else await want(name, item, hidden.has(`${name} ${item}`) ? ours[item] : undefined).catch(() => undefined); // it is dead just now
        await sleep(60);
      }
      for (const [node, item] of hidden.values()) {
        // It may just have come back, and not know yet which Nodes there are.
        const isWanted = (): Promise<true | undefined> =>
          want(node, item, ours[item]).then(
            () => true,
            () => undefined,
          );
        await waitUntil("what was hidden to be wanted again", patienceMs, isWanted);
      }
    }
  },
);

function foreignChange({ metadata }: KubernetesObject): string | undefined {
  const { labels = {}, annotations = {}, name } = metadata;
  const kept =
    labels[`${domain}/rack`] === "7" && labels["example.com/team"] === "lions" && labels["kubernetes.io/hostname"] === name;
  return kept && annotations["example.com/note"] === "of people"
    ? undefined
    : `${name}: somebody's label or annotation was touched`;
}

function ledgerOf({ metadata }: Pick<KubernetesObject, "metadata">): string | undefined {
  return metadata.annotations?.[`${domain}/owned`];
}

async function databaseFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((file) => file.startsWith("nodekeeper.db"));
}

async function copyDatabase(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of await databaseFiles(from)) await copyFile(join(from, file), join(to, file));
}

async function removeDatabase(folder: string): Promise<void> {
  for (const file of await databaseFiles(folder)) await rm(join(folder, file));
}
