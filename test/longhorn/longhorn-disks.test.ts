/**
 * Tags and scheduling of Longhorn's disks as a whole collector keeps them, beside people who work in Longhorn's user interface, its webhook that
 * refuses, and its manager that makes and deletes nodes: on a real API server with the kinds and the rules of Longhorn 1.7.2.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../durability/wait-until.ts";
import { createNode } from "../kubernetes/cluster-objects.ts";
import { followNodes, type NodeFollower } from "../kubernetes/follow-nodes.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { inTime } from "../support/in-time.ts";
import { longhornPath, missingForLonghorn } from "./longhorn-crds.ts";
import { longhornHalfStateOf } from "./longhorn-half-state.ts";
import { firstDisk, isFound } from "./longhorn-house.ts";
import type { LonghornNode } from "./longhorn-objects.ts";
import { type LonghornScene, startLonghornScene } from "./longhorn-scene.ts";

const missing = missingForLonghorn() ?? (await missingForKubernetes());
const domain = "nodekeeper.axiomlayer.com";
const never = new AbortController().signal;
const nodes = ["wolf", "lynx", "puma", "civet"];
const promisedMs = 2_000;
const patienceMs = 40_000;
const policyOf = (restrict: "plan" | "enforce"): string => `version: 1
modes: { describe: enforce, restrict: ${restrict}, move: plan }
dwell: { change: 1s, remove: 1s }
labels: {}
conditions: []
storage:
  diskTags:
    nvme: disk.type == "nvme"
    example.com/Gen-4.0: disk.type == "nvme"
    hdd: disk.type == "hdd"
  nodeTags:
    core: machine.board == ""
    bulk: 'disks.exists(d, d.transport == "sata")'
`;
const ours = { disk: ["example.com/Gen-4.0"], node: ["core", "bulk"] };

describe.skipIf(missing !== undefined)(
  `Longhorn's disks${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    let scene: LonghornScene;
    let follower: NodeFollower;
    const wrong: string[] = [];

    beforeAll(async () => {
      scene = await startLonghornScene({ version: "1.7.2", nodes, policy: policyOf("plan") });
      follower = await followNodes(
        scene.house.cluster.admin,
        (version) => {
          const problem = longhornHalfStateOf(version, domain, ours);
          if (problem !== undefined && wrong.length < 3) wrong.push(problem);
        },
        longhornPath("nodes"),
      );
    }, kubernetesBuildLimitMs);

    afterAll(async () => {
      follower?.[Symbol.dispose]();
      await scene?.[Symbol.asyncDispose]();
    });

    const untilNode = (name: string, holds: (node: LonghornNode) => boolean, withinMs?: number): Promise<LonghornNode> =>
      scene.house.longhorn.untilNode(name, holds, withinMs);
    const patch = async (name: string, ...steps: readonly object[]): Promise<void> => {
      const path = longhornPath("nodes", name);
      const { status, body } = await scene.house.cluster.admin.ask("PATCH", path, steps, "application/json-patch+json");
      if (status !== 200) throw new Error(JSON.stringify(body));
    };
    const diskPath = async (name: string): Promise<string> => `/spec/disks/${firstDisk(await untilNode(name, isFound))[0]}`;

    it("are written upon only when the first plan is approved, and then bear their tags", async () => {
      await patch("lynx", { op: "replace", path: `${await diskPath("lynx")}/tags`, value: ["mine", "nvme"] });
      await patch("puma", { op: "replace", path: `${await diskPath("puma")}/allowScheduling`, value: false });
      await patch("puma", { op: "replace", path: "/spec/tags", value: ["rack-7"] });
      const isPlanned = (items: readonly string[]): boolean => nodes.every((node) => items.includes(`${node} tags/core`));
      await scene.approve((items) => isPlanned(items) && items.filter((item) => /\/tags\/nvme$/.test(item)).length >= 3);

      for (const node of nodes) await untilNode(node, isTagged);

      const [wolf, lynx, puma] = await Promise.all(["wolf", "lynx", "puma"].map((name) => untilNode(name, isTagged)));
      expect(firstDisk(wolf as LonghornNode)[1].tags).toEqual(["example.com/Gen-4.0", "nvme"]);
      expect(firstDisk(lynx as LonghornNode)[1].tags).toEqual(["example.com/Gen-4.0", "mine", "nvme"]);
      expect(puma?.spec?.tags).toEqual(["core", "rack-7"]);
      expect((await scene.house.longhorn.node("badger"))?.spec?.tags).toEqual([]);
      const written = await waitUntil("the writes to be in the audit", patienceMs, async () => {
        const done = (await scene.writes()).filter(({ status }) => status === 200);
        return done.length >= nodes.length && done;
      });
      expect(written.length).toBe(nodes.length);
    });

    it("keep what people set: their tags are nobody else's, and their closed disks stay closed", async () => {
      const [lynx, puma] = await Promise.all([untilNode("lynx", isTagged), untilNode("puma", isTagged)]);

      expect(Object.keys(ledgerOf(lynx)).filter((item) => /mine|\/nvme$/.test(item))).toEqual([]);
      expect(Object.keys(ledgerOf(puma)).filter((item) => /allowScheduling|rack-7/.test(item))).toEqual([]);
      expect(firstDisk(puma)[1].allowScheduling).toBe(false);
      expect((await untilNode("wolf", isTagged)).spec).toMatchObject({ allowScheduling: true, evictionRequested: false });
    });

    it("have their tags back within two seconds of a page of the user interface that was open since before", async () => {
      const { manager } = scene.house.longhorn;
      const [disk, fields] = firstDisk(await untilNode("wolf", isTagged));

      const { saved, wolf, tookMs } = await inTime(
        (measure) => measure.tookMs < promisedMs,
        async () => {
          const saved = await manager.userInterfaceSave("wolf", { [disk]: { ...fields, tags: ["of-people"] } });
          const savedAtMs = performance.now();
          const wolf = await untilNode("wolf", isTagged);
          return { saved, wolf, tookMs: performance.now() - savedAtMs };
        },
      );

      expect(saved.status).toBe(200);
      expect(tookMs).toBeLessThan(promisedMs);
      expect(firstDisk(wolf)[1].tags).toEqual(["example.com/Gen-4.0", "nvme", "of-people"]);
    });

    it("are left alone while Longhorn looks at a disk that somebody added, and are tagged within two seconds of that", async () => {
      const { manager } = scene.house.longhorn;
      manager.setSyncAfter(1_500);
      manager.folders.mount("wolf", "/mnt/data");
      const [disk, fields] = firstDisk(await untilNode("wolf", isTagged));
      const writesBefore = (await scene.writes("wolf")).length;
      const second = { ...fields, path: "/mnt/data", tags: [] };
      await manager.userInterfaceSave("wolf", { [disk]: { ...fields, tags: ["of-people"] }, second });

      await untilNode("wolf", isFound);
      const syncedAtMs = performance.now();
      manager.setSyncAfter(100);
      const wolf = await untilNode("wolf", isTagged);

      expect(performance.now() - syncedAtMs).toBeLessThan(promisedMs);
      expect(wolf.spec?.disks?.["second"]?.tags).toEqual([]); // its agent knows of no such folder
      expect((await scene.writes("wolf")).length - writesBefore).toBeLessThan(5);
    });

    it("are tagged within two seconds of the end of a webhook that refused, on a node that was deleted and is back", async () => {
      const { webhook } = scene.house.longhorn;
      const { admin } = scene.house.cluster;
      const tookMs = await inTime(
        (ms) => ms < promisedMs,
        async () => {
          const { uid } = (await untilNode("civet", isTagged)).metadata;
          await admin.delete("/api/v1/nodes/civet");
          await waitUntil(
            "the node to be gone",
            patienceMs,
            async () => (await scene.house.longhorn.node("civet")) === undefined,
          );
          webhook.refuseFor(1_500, ["civet"]);
          const acceptsAtMs = performance.now() + 1_500;
          await createNode(admin, "civet");
          const civet = await untilNode("civet", isTagged);
          expect(civet.metadata.uid).not.toBe(uid);
          return performance.now() - acceptsAtMs;
        },
      );

      expect(tookMs).toBeLessThan(promisedMs);
      expect(webhook.refusals.filter(({ node, refusal }) => node === "civet" && refusal.code === 403).length).toBeGreaterThan(0);
    });

    it("are tagged soon after a webhook that was away is back", async () => {
      const { webhook } = scene.house.longhorn;
      await webhook.goAway();
      await scene.crowd.equip(["puma"], { hasDataDisk: true });
      const refused = async (): Promise<boolean> => (await scene.writes("puma")).some(({ status }) => status === 500);
      await waitUntil("a write to fail", patienceMs, refused);
      await webhook.comeBack();

      const puma = await untilNode("puma", ({ spec }) => spec?.tags?.includes("bulk") === true);

      expect(puma.spec?.tags).toEqual(["bulk", "core", "rack-7"]);
    });

    it("are closed by a fault that their device declares only where that is enforced; else a plan says so", async () => {
      await scene.crowd.equip(["wolf"], { hasFailedSelfTest: true });
      await waitUntil("the plan to say it", patienceMs, async () => {
        const { operations } = await scene.people.plan(never);
        return operations.some(
          ({ node, item, after, class: its, waiting }) =>
            node === "wolf" &&
            /^disks\/.*\/allowScheduling$/.test(item) &&
            after === "false" &&
            its === "restrict" &&
            waiting?.for === "mode",
        );
      });
      expect(firstDisk(await untilNode("wolf", isTagged))[1].allowScheduling).toBe(true);

      await scene.setPolicy(policyOf("enforce"));

      const wolf = await untilNode("wolf", isClosed);
      expect(ledgerOf(wolf)).toMatchObject({ [`disks/${firstDisk(wolf)[0]}/allowScheduling`]: { wrote: "false", was: "true" } });
    });

    it("are open again when the fault is gone, and closed within two seconds of the next one", async () => {
      await scene.crowd.equip(["wolf"], { hasFailedSelfTest: false });
      const { written, tookMs } = await inTime(
        (measure) => measure.tookMs < promisedMs,
        async () => {
          await scene.crowd.equip(["wolf"], { isDiskFailing: false });
          const open = await untilNode("wolf", (node) => !isClosed(node));
          expect(Object.keys(ledgerOf(open)).filter((item) => /allowScheduling/.test(item))).toEqual([]);
          const beganAtMs = Date.now();
          const acknowledgedAtMs = (await scene.crowd.equip(["wolf"], { isDiskFailing: true })).get("wolf") ?? 0;
          await untilNode("wolf", isClosed);
          // The API server writes down what it has answered, some time after that.
          const written = await waitUntil("the write to be in the audit", patienceMs, async () =>
            (await scene.writes("wolf")).find(({ answeredAtMs }) => answeredAtMs >= beganAtMs),
          );
          return { written, tookMs: written.answeredAtMs - acknowledgedAtMs };
        },
      );

      expect(written.status).toBe(200);
      expect(tookMs).toBeLessThan(promisedMs);
    });

    it("that people closed are theirs, also through a fault", async () => {
      await scene.crowd.equip(["puma"], { hasFailedSelfTest: true });
      await waitUntil("the fault to be known", patienceMs, async () => {
        const findings = await scene.collector.findings();
        return findings.some(({ node, rule }) => node === "puma" && rule === "disk-self-test-failed");
      });
      await scene.crowd.equip(["puma"], { hasFailedSelfTest: false });
      await waitUntil("the fault to be gone", patienceMs, async () => {
        const findings = await scene.collector.findings();
        return !findings.some(
          ({ node, rule, state }) => node === "puma" && rule === "disk-self-test-failed" && state === "firing",
        );
      });
      await new Promise((resolve) => setTimeout(resolve, 1_500));

      const puma = await untilNode("puma", isTagged);
      expect(firstDisk(puma)[1].allowScheduling).toBe(false);
      expect(Object.keys(ledgerOf(puma)).filter((item) => /allowScheduling/.test(item))).toEqual([]);
    });

    it("stay open, with the name of the volume, where one could not be placed without them", async () => {
      await scene.house.longhorn.createVolume("archive", { numberOfReplicas: 1, diskSelector: ["mine"] });
      await waitUntil("its replica to be placed", patienceMs, async () => {
        return (await scene.house.longhorn.replicasOf("archive")).length === 1;
      });
      await scene.crowd.equip(["lynx"], { hasFailedSelfTest: true });
      await waitUntil("the plan to say why", patienceMs, async () => {
        const { held } = await scene.people.plan(never);
        return held.some(
          ({ node, item, reason }) => node === "lynx" && /\/allowScheduling$/.test(item) && reason.includes("archive"),
        );
      });

      expect(isClosed(await untilNode("lynx", isTagged))).toBe(false);
      await scene.crowd.equip(["lynx"], { hasFailedSelfTest: false });
    });

    it("that fail are not opened by a prune unless it is told to, and all else of ours goes", async () => {
      const kept = await scene.people.prune({ keepLabels: false }, never);
      const wolf = await untilNode("wolf", ({ spec }) => !(spec?.tags ?? []).includes("core"));
      const lynx = await untilNode("lynx", ({ spec }) => !(spec?.tags ?? []).includes("core"));
      const puma = await untilNode("puma", ({ spec }) => !(spec?.tags ?? []).includes("core"));

      expect(kept).toMatchObject({ failed: [], left: [{ node: "wolf", item: expect.stringMatching(/\/allowScheduling$/) }] });
      expect(firstDisk(wolf)[1]).toMatchObject({ allowScheduling: false, tags: ["of-people"] });
      expect(firstDisk(lynx)[1].tags).toEqual(["mine", "nvme"]);
      expect(puma.spec?.tags).toEqual(["rack-7"]);
      await scene.people.prune({ keepLabels: false, force: true }, never);
      const forced = await untilNode("wolf", (node) => !isClosed(node));
      expect(ledgerOf(forced)).toEqual({});
      expect([wrong, follower.problem, scene.house.longhorn.manager.problems]).toEqual([[], undefined, []]);
    });
  },
);

function isTagged(node: LonghornNode): boolean {
  const tags = firstDisk(node)[1].tags ?? [];
  return tags.includes("nvme") && tags.includes("example.com/Gen-4.0") && node.spec?.tags?.includes("core") === true;
}

function isClosed(node: LonghornNode): boolean {
  return firstDisk(node)[1].allowScheduling === false;
}

function ledgerOf({ metadata }: LonghornNode): Readonly<Record<string, unknown>> {
  const text = metadata.annotations?.[`${domain}/owned`];
  return text === undefined ? {} : Object(Object(JSON.parse(text))["longhorn-disks"]);
}
