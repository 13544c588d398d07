/** What the collector may change of Longhorn, asked of a real API server by raw requests as the collector's account, under the manifests' rights and fence. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer, KubernetesObject } from "../kubernetes/cluster-api.ts";
import { grant } from "../kubernetes/cluster-objects.ts";
import { clusterRights } from "../kubernetes/collector-rights.ts";
import { type House, names, startHouse } from "../kubernetes/house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { domain, json, merge } from "../kubernetes/node-attempts.ts";
import { until } from "../ollama/until.ts";
import { allowed, otter, refused } from "./longhorn-attempts.ts";
import { createLonghornKinds, longhornNamespace, longhornPath, missingForLonghorn, triedVersion } from "./longhorn-crds.ts";
import { longhornFence, setUpLonghornFence } from "./longhorn-fence.ts";
import { longhornRights, storageClassRights } from "./longhorn-rights.ts";

const missing = (await missingForKubernetes()) ?? missingForLonghorn();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const version = triedVersion;
const path = longhornPath("nodes", "otter");

describe.skipIf(missing !== undefined)(
  `of a node of Longhorn ${version} the collector may change tags and switches of disks, and a real API server sees to it${whyNot}`,
  { timeout: 90_000 },
  () => {
    let house: House;

    beforeAll(async () => {
      house = await startHouse();
      const { admin } = house.cluster;
      await createLonghornKinds(admin, version);
      await grant(admin, names.collector, { rules: longhornRights, namespace: longhornNamespace });
      await grant(admin, names.collector, { rules: [...clusterRights, storageClassRights] });
      await admin.create(longhornPath("nodes"), {
        ...{ apiVersion: "longhorn.io/v1beta2", kind: "Node", spec: otter.spec },
        metadata: { name: "otter", ...otter.metadata },
      });
      await setUpLonghornFence(admin, house.collector, "otter");
    }, kubernetesBuildLimitMs);

    afterAll(async () => {
      await house?.[Symbol.asyncDispose]();
    });

    /** Each is tried alone: nothing of it is kept. */
    const attempt = (
      { patch, type }: { readonly patch: object; readonly type: string },
      api = house.collector,
    ): Promise<Answer> => api.ask("PATCH", `${path}?dryRun=All`, patch, type);

    it.each(allowed)("is let through: $name", async (each) => {
      const { status, body } = await attempt(each);

      expect(status, JSON.stringify(body)).toBe(200);
    });

    it.each(refused)("is refused in words that help: $name", async ({ says, ...each }) => {
      const { status, body } = await attempt(each);

      expect({ status, body }).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining("nodekeeper-longhorn-fence") },
      });
      expect((body as { readonly message: string }).message).toContain(says);
    });

    it("lets everybody else do what they could before", async () => {
      for (const { says, ...each } of refused) {
        const { status } = await attempt(each, house.cluster.admin);
        expect(`${status} ${says}`).toBe(`200 ${says}`);
      }
    });

    it("lets Longhorn's webhook fill in what was empty, and add its finalizer", async () => {
      const { admin } = house.cluster;
      const bare = { path: "/mnt/bare", allowScheduling: true, diskDriver: "" };
      await admin.create(longhornPath("nodes"), {
        ...{ apiVersion: "longhorn.io/v1beta2", kind: "Node", metadata: { name: "bare" } },
        spec: { name: "bare", disks: { bare } },
      });
      const filled = [
        { op: "add", path: "/metadata/finalizers", value: ["longhorn.io"] },
        { op: "add", path: "/metadata/annotations", value: { [`${domain}/owned`]: "{}" } },
        { op: "add", path: "/spec/tags", value: ["core"] },
        { op: "add", path: "/spec/disks/bare/diskType", value: "filesystem" },
        { op: "add", path: "/spec/disks/bare/tags", value: ["nvme"] },
      ];

      const answer = await house.collector.ask("PATCH", longhornPath("nodes", "bare"), filled, json);

      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    });

    it("is not too dear for a node with as many disks as there can be", async () => {
      const { admin } = house.cluster;
      const disks = Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [
          `disk-${index}`,
          { path: `/mnt/${index}`, allowScheduling: true, tags: ["a", "b"] },
        ]),
      );
      await admin.create(longhornPath("nodes"), {
        ...{ apiVersion: "longhorn.io/v1beta2", kind: "Node", metadata: { name: "huge" } },
        spec: { name: "huge", disks },
      });

      const patch = [{ op: "replace", path: "/spec/disks/disk-59/tags", value: ["c"] }];
      const answer = await house.collector.ask("PATCH", longhornPath("nodes", "huge"), patch, json);

      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    });

    it("may make and delete nothing of Longhorn, nor write any of its other objects", async () => {
      const { collector } = house;
      const body = { apiVersion: "longhorn.io/v1beta2", kind: "Node", metadata: { name: "new" }, spec: {} };
      const answers = [
        await collector.ask("POST", longhornPath("nodes"), body),
        await collector.ask("DELETE", path),
        await collector.ask("PATCH", `${path}/status`, { status: {} }, merge),
        ...(await Promise.all(
          ["volumes", "replicas", "settings"].map((plural) =>
            collector.ask("PATCH", longhornPath(plural, "any"), { spec: {} }, merge),
          ),
        )),
      ];

      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
      expect((await collector.ask("GET", longhornPath("volumes"))).status).toBe(200);
    });

    it("reads what replicas are placed by and what would break, and no more", async () => {
      const { collector } = house;
      const readable = [
        "/api/v1/pods",
        "/api/v1/persistentvolumes",
        "/apis/storage.k8s.io/v1/storageclasses",
        longhornPath("settings"),
      ];
      const other = [
        "/api/v1/persistentvolumeclaims",
        "/api/v1/secrets",
        "/api/v1/namespaces/default/pods/any",
        "/apis/apps/v1/deployments",
      ];
      const statuses = (paths: readonly string[]): Promise<readonly number[]> =>
        Promise.all(paths.map(async (each) => (await collector.ask("GET", each)).status));

      expect(await statuses(readable)).toEqual(readable.map(() => 200));
      expect(await statuses(other)).toEqual(other.map(() => 403));
    });

    it("takes another domain beside the one it had, as the page says", async () => {
      const { admin } = house.cluster;
      const [policy] = await longhornFence();
      const at = await admin.pathOf(policy as KubernetesObject);
      const patch = { metadata: { annotations: { "new.example/owned": "{}", [`${domain}/owned`]: null } } };
      expect((await attempt({ patch, type: merge })).status).toBe(422);

      const names = JSON.stringify(["new.example", domain]);
      expect(
        await admin.ask("PATCH", at, [{ op: "replace", path: "/spec/variables/0/expression", value: names }], json),
      ).toMatchObject({
        status: 200,
      });

      await until(async () => (await attempt({ patch, type: merge })).status === 200);
    });
  },
);
