/**
 * A fleet whose nodes in Longhorn are not as they should be, all at once: without their tags, with tags of others, overwritten from pages of the user
 * interface that were open since before, closed by hand, and some with a disk that fails; and a collector that is killed meanwhile. On a real API
 * server with the rules of Longhorn 1.12.1. Fifty nodes, or $NODEKEEPER_FLEET_NODES (RESULTS.md has a thousand).
 */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectorBundle } from "../durability/collector-process.ts";
import { waitUntil } from "../durability/wait-until.ts";
import type { AuditedRequest } from "../kubernetes/cluster.ts";
import { followNodes, type NodeFollower } from "../kubernetes/follow-nodes.ts";
import { names } from "../kubernetes/house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { longhornPath, missingForLonghorn } from "./longhorn-crds.ts";
import { type LonghornFleet, startLonghornFleet } from "./longhorn-fleet.ts";
import { longhornHalfStateOf } from "./longhorn-half-state.ts";
import { firstDisk } from "./longhorn-house.ts";
import type { Disks, LonghornNode } from "./longhorn-objects.ts";

const nodeCount = Number(process.env["NODEKEEPER_FLEET_NODES"] ?? 50);
const nodes = Array.from({ length: nodeCount }, (_, index) => `node-${String(index).padStart(4, "0")}`);
const failing = nodes.filter((_, index) => index % 10 === 3);
/** As the brake has it, with the two nodes of the house. */
const allowedCount = Math.max(1, Math.floor((nodeCount + 2) / 50));
/** The collector makes some twenty writes a second. */
const patienceMs = 30_000 + nodeCount * 150;
const atATime = 32;
const isLarge = nodeCount > 100;
/** SIGKILL among the first writes, in which object and ledger change together, and among repairs. */
const kills = { first: isLarge ? 3 : 1, repairs: isLarge ? 3 : 0 };
/** Lists, watches and what was under way when it was killed. */
const requestsOfAStart = 100;
const domain = "nodekeeper.axiomlayer.com";
const policy = `version: 1
modes: { describe: enforce, restrict: enforce, move: plan }
dwell: { change: 1s, remove: 1s }
labels: {}
conditions: []
storage:
  diskTags: { nvme: disk.type == "nvme", hdd: disk.type == "hdd" }
  nodeTags: { core: machine.board == "" }
`;
const missing =
  (existsSync(collectorBundle) ? undefined : "not built: pnpm run build") ??
  missingForLonghorn() ??
  (await missingForKubernetes());

describe.skipIf(missing !== undefined)(
  `drift on ${nodeCount} nodes of Longhorn${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    let fleet: LonghornFleet;
    let follower: NodeFollower;
    const wrong: string[] = [];
    /** How often a disk got our tag. */
    let tagged = 0;
    /** Disks of each node before our first write, as a page of the user interface has them. */
    const pages = new Map<string, Disks>();

    beforeAll(async () => {
      fleet = await startLonghornFleet({ nodes, policy, version: "1.12.1", bumpEveryMs: Math.max(2_000, nodeCount * 30) });
      await eachOf(nodes, async (name, index) => {
        const [disk, fields] = firstDisk(await fleet.longhorn.untilNode(name, () => true));
        const allowScheduling = index % 4 !== 1;
        const page = { [disk]: { ...fields, allowScheduling, tags: ["of-people", `team-${index % 3}`] } };
        pages.set(name, page);
        expect((await fleet.longhorn.manager.userInterfaceSave(name, page)).status).toBe(200);
      });
      follower = await followNodes(
        fleet.house.cluster.admin,
        (version) => {
          const problem = longhornHalfStateOf(version, domain, { disk: ["nvme", "hdd"], node: ["core"] });
          if (problem !== undefined && wrong.length < 3) wrong.push(problem);
          if (version.before !== undefined && hasOurTag(version.node) && !hasOurTag(version.before)) tagged += 1;
        },
        longhornPath("nodes"),
      );
    }, kubernetesBuildLimitMs + patienceMs);

    afterAll(async () => {
      follower?.[Symbol.dispose]();
      await fleet?.[Symbol.asyncDispose]();
    }, 60_000);

    it(
      `is repaired when the first plan is approved, by one write for each node also through ${kills.first} kills, and keeps what is of people`,
      async () => {
        const isPlanned = async (): Promise<boolean> => {
          const { operations } = (await fleet.ask("GET", "/api/v1/plan")) as { readonly operations: readonly unknown[] }; // Plan
          return operations.length >= 2 * nodeCount;
        };
        await waitUntil("the plan to be complete", patienceMs, isPlanned);
        expect(writesOf(await fleet.requests())).toEqual([]);
        const beganAtMs = performance.now();
        await fleet.approve();
        for (let kill = 0; kill < kills.first; kill++) await killAfter(nodeCount / 10);

        await untilAll("every node to be tagged", isRepaired);

        // The API server writes down what it has answered, some time after that.
        const { asked, done } = await waitUntil("every write to be in the audit", patienceMs, async () => {
          const asked = await fleet.requests();
          const done = writesOf(asked).filter(({ status }) => status === 200);
          return done.length >= nodeCount && { asked, done };
        });
        report(`tags on nodes that had none, with ${kills.first} kills`, beganAtMs, asked);
        expect(new Set(done.map(({ name }) => name)).size).toBe(nodeCount);
        expect(done.length).toBe(nodeCount);
        expect(asked.length).toBeLessThan(2 * nodeCount + (1 + kills.first) * requestsOfAStart);
      },
      3 * patienceMs,
    );

    it(
      `is repaired again after pages of the user interface overwrote it all, through ${kills.repairs} kills`,
      async () => {
        const before = (await fleet.requests()).length;
        const beganAtMs = performance.now();
        const saving = eachOf(nodes, async (name, index) => {
          const { manager } = fleet.longhorn;
          await manager.userInterfaceSave(name, pages.get(name) ?? {});
          const copy = { allowScheduling: index % 5 !== 2, evictionRequested: false, tags: ["rack-7"] };
          await manager.userInterfaceSaveNode(name, copy);
        });
        for (let kill = 0; kill < kills.repairs; kill++) await killAfter(nodeCount / 10);
        await saving;

        await untilAll("every node to be as it was", (node) => isRepaired(node) && node.spec?.tags?.includes("rack-7") === true);

        const asked = (await fleet.requests()).slice(before);
        report(`overwritten tags, with ${kills.repairs} kills`, beganAtMs, asked);
        // A page may be saved after the first repair of its node; then there is another one.
        expect(asked.length).toBeLessThan(4 * nodeCount + (1 + kills.repairs) * requestsOfAStart);
        const closed = (await fleet.longhornNodes()).filter(({ spec }) => spec?.allowScheduling === false);
        expect(closed.length).toBe(nodes.filter((_, index) => index % 5 === 2).length);
      },
      2 * patienceMs,
    );

    it(
      "has disks that fail closed within the brake, and all others as they were",
      async () => {
        const before = await disksBefore();
        await fleet.crowd.greeted(patienceMs);
        const beganAtMs = performance.now();
        await fleet.crowd.equip(failing, { isDiskFailing: true });
        const open = failing.filter((name) => before.get(name) !== false);
        const expected = Math.min(open.length, allowedCount);
        await waitUntil("disks to be closed", patienceMs, async () => (await closedByUs()).length >= expected);
        await waitUntil("the others to wait for the brake", patienceMs, async () => {
          const plan = (await fleet.ask("GET", "/api/v1/plan")) as { readonly operations: readonly Planned[] }; // Plan
          const waiting = plan.operations.filter(({ waiting }) => waiting?.for === "brake");
          return waiting.length === open.length - expected;
        });
        await sleep(1_000);

        process.stdout.write(
          `${nodeCount} nodes, ${open.length} with an open disk that fails: ${expected} closed after ${seconds(beganAtMs)} s, the rest waits for the brake\n`,
        );
        const closed = await closedByUs();
        expect(closed.length).toBe(expected);
        expect(closed.every((name) => open.includes(name))).toBe(true);
        const after = await disksBefore();
        for (const name of nodes) if (!closed.includes(name)) expect(after.get(name)).toBe(before.get(name));
      },
      3 * patienceMs,
    );

    it("costs nothing while nothing changes but Longhorn's status, and was never half done", async () => {
      const before = (await fleet.requests()).length;

      await sleep(3_000);

      const asked = (await fleet.requests()).slice(before);
      expect(writesOf(asked)).toEqual([]);
      expect(asked.length).toBeLessThan(20);
      expect([wrong, follower.problem, fleet.longhorn.manager.problems]).toEqual([[], undefined, []]);
    });

    const disksBefore = async (): Promise<ReadonlyMap<string, boolean | undefined>> =>
      new Map((await fleet.longhornNodes()).map((node) => [node.metadata.name, firstDisk(node)[1].allowScheduling]));

    /** Whose ledger says that the disk was open before us. */
    async function closedByUs(): Promise<readonly string[]> {
      const all = (await fleet.longhornNodes()).filter(({ metadata }) =>
        /allowScheduling/.test(metadata.annotations?.[`${domain}/owned`] ?? ""),
      );
      return all.map(({ metadata }) => metadata.name);
    }

    async function untilAll(what: string, holds: (node: LonghornNode) => boolean): Promise<void> {
      let lacking: readonly string[] = [];
      await waitUntil(what, patienceMs, async () => {
        const askedAtMs = performance.now();
        lacking = (await fleet.longhornNodes()).filter((node) => !holds(node)).map(({ metadata }) => metadata.name);
        if (lacking.length === 0) return true;
        await sleep(4 * (performance.now() - askedAtMs)); // to list a thousand is work for the API server
        return false;
      }).catch((thrown) => {
        const example = lacking.slice(0, 5).join(", ");
        throw new Error(`${thrown}: not so of ${lacking.length}, e.g. ${example}\n${fleet.collectorLog().slice(-3_000)}`);
      });
    }

    /** SIGKILL among writes: when so many disks more got our tag. */
    async function killAfter(writes: number): Promise<void> {
      const from = tagged;
      await waitUntil("the collector to write", patienceMs, () => tagged >= from + writes);
      await fleet.killCollector(giveLeaseBack);
    }

    /** The process is dead; nobody need wait until its Lease has run out. */
    async function giveLeaseBack(): Promise<void> {
      const path = `/apis/coordination.k8s.io/v1/namespaces/${names.namespace}/leases/${names.lease.name}`;
      const lease = await fleet.house.cluster.admin.get(path);
      await fleet.house.cluster.admin.replace(path, { ...lease, spec: {} });
    }
  },
);

interface Planned {
  readonly waiting?: { readonly for: string };
}

function hasOurTag(node: LonghornNode): boolean {
  return firstDisk(node)[1].tags?.includes("nvme") === true;
}

/** Our tags and those of people. */
function isRepaired(node: LonghornNode): boolean {
  const tags = firstDisk(node)[1].tags ?? [];
  return tags.includes("nvme") && tags.includes("of-people") && node.spec?.tags?.includes("core") === true;
}

function writesOf(asked: readonly AuditedRequest[]): readonly AuditedRequest[] {
  return asked.filter(({ verb, resource }) => verb === "patch" && resource === "nodes.longhorn.io");
}

function report(what: string, beganAtMs: number, asked: readonly AuditedRequest[]): void {
  const counts = Map.groupBy(asked, ({ verb, resource, status }) => `${verb} ${resource.split(".")[0]} ${status}`);
  const told = [...counts].map(([kind, each]) => `${kind}: ${each.length}`).sort();
  process.stdout.write(`${nodeCount} nodes: ${what}: ${seconds(beganAtMs)} s; requests ${told.join(", ")}\n`);
}

function seconds(beganAtMs: number): string {
  return ((performance.now() - beganAtMs) / 1000).toFixed(1);
}

async function eachOf<Each>(all: readonly Each[], act: (each: Each, index: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < all.length; first += atATime)
    await Promise.all(all.slice(first, first + atATime).map((each, index) => act(each, first + index)));
}
