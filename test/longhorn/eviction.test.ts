/**
 * What is moved, and what is not begun: a disk that fails is emptied where its owner has the class move enforced and its replicas have a home, and filled
 * again when it is well; and no first tag where it would shut volumes without a selector out. On a real API server with the rules of Longhorn 1.12.1.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../durability/wait-until.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { missingForLonghorn } from "./longhorn-crds.ts";
import { firstDisk } from "./longhorn-house.ts";
import type { LonghornNode } from "./longhorn-objects.ts";
import { type LonghornScene, startLonghornScene } from "./longhorn-scene.ts";
import { writeSetting } from "./longhorn-settings.ts";

const missing = missingForLonghorn() ?? (await missingForKubernetes());
const never = new AbortController().signal;
const nodes = ["wolf", "lynx", "puma", "civet"];
const patienceMs = 40_000;
const mayBeEmpty = "allow-empty-disk-selector-volume";
const policy = `version: 1
modes: { describe: enforce, restrict: enforce, move: enforce }
dwell: { change: 1s, remove: 1s }
labels: {}
conditions: []
storage:
  diskTags: { nvme: disk.type == "nvme" }
  nodeTags: { core: machine.board == "" }
`;

describe.skipIf(missing !== undefined)(
  `Longhorn's replicas${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    let scene: LonghornScene;

    beforeAll(async () => {
      scene = await startLonghornScene({ version: "1.12.1", nodes, policy, settings: { [mayBeEmpty]: "false" } });
      await scene.approve((items) => nodes.every((node) => items.includes(`${node} tags/core`)));
    }, kubernetesBuildLimitMs);

    afterAll(() => scene?.[Symbol.asyncDispose]());

    const untilNode = (name: string, holds: (node: LonghornNode) => boolean): Promise<LonghornNode> =>
      scene.house.longhorn.untilNode(name, holds, patienceMs);
    const replicasOn = async (volume: string, node: string): Promise<number> =>
      (await scene.house.longhorn.replicasOf(volume)).filter(({ spec }) => spec.nodeID === node).length;
    const heldReason = async (node: string, item: RegExp): Promise<string> =>
      (await scene.people.plan(never)).held.find((each) => each.node === node && item.test(each.item))?.reason ?? "";

    it("are not shut out by a first tag: it is held with the name of the setting, and comes when that allows it", async () => {
      await untilNode("wolf", ({ spec }) => spec?.tags?.includes("core") === true);

      expect(await heldReason("wolf", /\/tags\/nvme$/)).toContain(mayBeEmpty);
      expect(firstDisk(await untilNode("wolf", () => true))[1].tags).toEqual([]);
      await writeSetting(scene.house.cluster.admin, mayBeEmpty, "true");
      for (const node of nodes) await untilNode(node, (each) => firstDisk(each)[1].tags?.includes("nvme") === true);
    });

    it("leave a disk that fails, and may come back when it is well", async () => {
      await scene.house.longhorn.createVolume("photos", { numberOfReplicas: 2, nodeSelector: ["core"] });
      await waitUntil(
        "its replicas to be placed",
        patienceMs,
        async () => (await scene.house.longhorn.replicasOf("photos")).length === 2,
      );
      const [replica] = await scene.house.longhorn.replicasOf("photos");
      const failing = replica?.spec.nodeID ?? "";
      await scene.crowd.equip([failing], { hasFailedSelfTest: true });

      await untilNode(failing, (node) => firstDisk(node)[1].evictionRequested === true);
      await waitUntil("the disk to be empty", patienceMs, async () => (await replicasOn("photos", failing)) === 0);

      expect(firstDisk(await untilNode(failing, () => true))[1].allowScheduling).toBe(false);
      expect((await scene.house.longhorn.replicasOf("photos")).length).toBe(2);
      await scene.crowd.equip([failing], { hasFailedSelfTest: false });
      const well = await untilNode(failing, (node) => firstDisk(node)[1].allowScheduling === true);
      expect(firstDisk(well)[1].evictionRequested).toBe(false);
    }, 60_000);

    it("stay on a disk that fails where nobody else has room for them, with the name of the volume", async () => {
      await scene.house.longhorn.createVolume("everywhere", { numberOfReplicas: nodes.length, nodeSelector: ["core"] });
      await waitUntil("its replicas to be placed", patienceMs, async () => {
        return (await scene.house.longhorn.replicasOf("everywhere")).length === nodes.length;
      });
      await scene.crowd.equip(["puma"], { hasFailedSelfTest: true });

      await waitUntil("the plan to say why", patienceMs, async () => (await heldReason("puma", /\//)).includes("everywhere"));

      expect(firstDisk(await untilNode("puma", () => true))[1]).toMatchObject({
        allowScheduling: true,
        evictionRequested: false,
      });
      expect(await replicasOn("everywhere", "puma")).toBe(1);
    });
  },
);
