/** What the collector may change of a Node, asked of a real API server by raw requests as the collector's account, under the manifests' rights and fence. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../ollama/until.ts";
import type { Answer, ClusterApi, KubernetesObject } from "./cluster-api.ts";
import { createNode, createServiceAccount, grant, requestAccountToken } from "./cluster-objects.ts";
import { type House, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";
import {
  type Attempt,
  allowed,
  apply,
  domain,
  json,
  merge,
  meta,
  otter,
  otterStatus,
  ourCondition,
  refused,
  strategic,
} from "./node-attempts.ts";
import { nodeFence } from "./node-fence.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(
  `of a Node the collector may change what is its own, and a real API server sees to it${whyNot}`,
  { timeout: 90_000 },
  () => {
    let house: House;

    beforeAll(async () => {
      house = await startHouse();
      await house.cluster.admin.delete("/api/v1/nodes/otter");
      const { admin } = house.cluster;
      await createNode(admin, "otter", { metadata: { name: "otter", ...otter.metadata } });
      await admin.ask("PATCH", "/api/v1/nodes/otter", { spec: otter.spec }, merge); // it is born with not-ready
      await admin.ask("PATCH", "/api/v1/nodes/otter/status", { status: otterStatus }, strategic);
    }, kubernetesBuildLimitMs);

    afterAll(async () => {
      await house?.[Symbol.asyncDispose]();
    });

    /** Each is tried alone: nothing of it is kept. */
    const attempt = ({ patch, type = merge, at = "" }: Attempt): Promise<Answer> => {
      const [contentType = "", query = ""] = type.split("?");
      const body = contentType === apply ? { apiVersion: "v1", kind: "Node", ...withName(patch) } : patch;
      return house.collector.ask("PATCH", `/api/v1/nodes/otter${at}?dryRun=All&${query}`, body, contentType);
    };

    it.each(allowed)("is let through: $name", async (each) => {
      const before = await house.cluster.admin.get("/api/v1/nodes/otter");

      const { status, body } = await attempt(each);

      expect(status, JSON.stringify(body)).toBe(200);
      expect(substanceOf(body as KubernetesObject)).not.toEqual(substanceOf(before)); // a success is answered with the object
    });

    it("lets everybody else do what they could before", async () => {
      const { admin } = house.cluster;
      const kubelet = { namespace: "nodekeeper", name: "as-a-kubelet" };
      await createServiceAccount(admin, kubelet);
      await grant(admin, kubelet, { rules: [{ apiGroups: [""], resources: ["nodes", "nodes/status"], verbs: ["patch"] }] });
      const other = admin.as(await requestAccountToken(admin, kubelet));

      for (const { patch, type = merge, at = "", says } of refused) {
        if (type.startsWith(apply)) continue;
        const answer = await other.ask("PATCH", `/api/v1/nodes/otter${at}?dryRun=All`, patch, type);
        expect(`${answer.status} ${says}`).toBe(`200 ${says}`);
      }
      other.close();
    });

    it("writes beside others: what they manage stays theirs", async () => {
      const before = await house.cluster.admin.get("/api/v1/nodes/otter");
      const managersOf = ({ metadata }: KubernetesObject): readonly { readonly manager: string }[] =>
        metadata["managedFields"] as readonly { readonly manager: string }[];

      const { body } = await attempt({
        ...{ name: "", type: `${apply}?fieldManager=nodekeeper&force=true` },
        patch: meta("labels", { [`${domain}/board`]: "raspberry-pi-5" }),
      });

      const after = managersOf(body as KubernetesObject); // a success is answered with the object
      expect(after.filter(({ manager }) => manager !== "nodekeeper")).toEqual(managersOf(before));
      expect(after.map(({ manager }) => manager)).toContain("nodekeeper");
    });

    it("is not too dear for a Node as large as they come", async () => {
      const { collector } = house;
      const { admin } = house.cluster;
      const many = (count: number, of: string, value: string): object =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`example.com/${of}-${index}`, value]));
      const metadata = {
        name: "huge",
        labels: many(300, "label", "v".repeat(60)),
        annotations: many(200, "annotation", "v".repeat(1000)),
      };
      await createNode(admin, "huge", { metadata });
      const taints = Array.from({ length: 50 }, (_, index) => ({ key: `example.com/taint-${index}`, effect: "NoSchedule" }));
      await admin.ask("PATCH", "/api/v1/nodes/huge", { spec: { taints } }, merge);
      const images = Array.from({ length: 200 }, (_, index) => ({
        names: Array.from(
          { length: 10 },
          (_each, name) => `registry.example.com/team/image-${index}-${name}@sha256:${"0".repeat(64)}`,
        ),
        sizeBytes: index,
      }));
      const conditions = Array.from({ length: 40 }, (_, index) => ({ ...ourCondition, type: `Their${index}` }));
      const made = await admin.ask("PATCH", "/api/v1/nodes/huge/status", { status: { images, conditions } }, strategic);
      expect(made).toMatchObject({ status: 200 });

      for (const { patch, at = "" } of [
        { patch: meta("labels", { [`${domain}/storage-class`]: "nvme" }) },
        { at: "/status", patch: { status: { conditions: [ourCondition] } } },
      ]) {
        const answer = await collector.ask("PATCH", `/api/v1/nodes/huge${at}`, patch, strategic);
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      }
      expect(await collector.ask("PATCH", "/api/v1/nodes/huge", meta("labels", { rack: "4" }), merge)).toMatchObject({
        body: { message: expect.stringContaining("not rack") },
      });
    });

    it("takes another domain beside the one it had, as the page says", async () => {
      const { admin } = house.cluster;
      const [policy] = await nodeFence();
      const path = await admin.pathOf(policy as KubernetesObject);
      const domains = (...names: readonly string[]): Promise<Answer> =>
        admin.ask("PATCH", path, [{ op: "replace", path: "/spec/variables/0/expression", value: JSON.stringify(names) }], json);
      const change = {
        name: "",
        patch: meta("labels", { "new.example/storage-class": "nvme", [`${domain}/storage-class`]: null }),
      };
      expect(await attempt(change)).toMatchObject({ status: 422 });

      expect(await domains("new.example", domain)).toMatchObject({ status: 200 });

      await until(async () => (await attempt(change)).status === 200);
      expect(await attempt({ ...change, patch: meta("labels", { rack: "4" }) })).toMatchObject({
        body: { message: expect.stringContaining(`only labels of new.example, ${domain}, not rack`) },
      });
      await domains(domain);
      await until(async () => (await attempt(change)).status === 422);
    });

    describe("by its rights alone", () => {
      const node = { apiVersion: "v1", kind: "Node", metadata: { name: "ghost" } };
      const objects = "/api/v1/namespaces/nodekeeper";
      const leases = "/apis/coordination.k8s.io/v1/namespaces/nodekeeper/leases";
      const event = {
        ...{ metadata: { generateName: "otter.", namespace: "default" }, type: "Normal", reason: "NodekeeperLabelled" },
        ...{ involvedObject: { apiVersion: "v1", kind: "Node", name: "otter" }, message: "labels were set" },
      };

      it.each<Forbidden>([
        {
          name: "makes no Node that is gone by applying to it",
          ask: ["PATCH", "/api/v1/nodes/ghost?fieldManager=nodekeeper&force=true", node, apply],
        },
        { name: "makes no Node", ask: ["POST", "/api/v1/nodes", node] },
        { name: "replaces no Node", ask: ["PUT", "/api/v1/nodes/otter", node] },
        { name: "replaces the status of none", ask: ["PUT", "/api/v1/nodes/otter/status", node] },
        { name: "deletes no Node", ask: ["DELETE", "/api/v1/nodes/otter"] },
        { name: "deletes not all of them", ask: ["DELETE", "/api/v1/nodes"] },
        { name: "reaches no kubelet", ask: ["GET", "/api/v1/nodes/otter/proxy/metrics"] },
        { name: "writes no Event elsewhere", ask: ["POST", `${objects}/events`, { ...event, metadata: { name: "x" } }] },
        { name: "reads no Events", ask: ["GET", "/api/v1/namespaces/default/events"] },
        { name: "makes no other Lease", ask: ["POST", leases, { metadata: { name: "another" } }] },
        { name: "lists no Leases", ask: ["GET", leases] },
        { name: "deletes its Lease as little", ask: ["DELETE", `${leases}/nodekeeper-collector`] },
        { name: "lists no ConfigMaps", ask: ["GET", `${objects}/configmaps`] },
        { name: "reads no other namespace", ask: ["GET", "/api/v1/namespaces/default"] },
        { name: "lists no namespaces", ask: ["GET", "/api/v1/namespaces"] },
        { name: "ends no pause of its own", ask: ["PATCH", objects, { metadata: { annotations: {} } }, merge] },
        { name: "watches no pods", ask: ["GET", `${objects}/pods?watch=true`] },
        { name: "reads no claims", ask: ["GET", `${objects}/persistentvolumeclaims`] },
        {
          name: "changes not its own rights",
          ask: ["PATCH", "/apis/rbac.authorization.k8s.io/v1/clusterroles/nodekeeper-collector", {}, merge],
        },
        {
          name: "changes not the fence",
          ask: ["PATCH", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/nodekeeper-node-fence", {}, merge],
        },
      ])("it $name", async ({ ask }) => {
        const answer = await house.collector.ask(...ask);

        expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining("cannot ") } });
      });

      it("reads nodes and its namespace, writes its own objects and Events", async () => {
        const { collector } = house;
        for (const path of ["/api/v1/nodes", "/api/v1/nodes/otter", objects, "/version"]) {
          expect(await collector.ask("GET", path)).toMatchObject({ status: 200 });
        }
        for (const path of [`${leases}/nodekeeper-collector`, `${objects}/configmaps/nodekeeper-decisions`]) {
          expect(await collector.replace(path, await collector.get(path))).toMatchObject({
            metadata: { uid: expect.any(String) },
          });
        }
        expect(await collector.ask("POST", "/api/v1/namespaces/default/events", event)).toMatchObject({ status: 201 });
      });
    });

    it.each(refused)("is refused in words that help: $name", async (each) => {
      expect(await attempt(each)).toMatchObject({
        status: 422,
        body: {
          message: expect.stringMatching(/^nodes "otter" is forbidden: ValidatingAdmissionPolicy 'nodekeeper-node-fence'/),
          details: { causes: expect.arrayContaining([{ message: expect.stringContaining(each.says) }]) },
        },
      });
    });
  },
);

/** What rights alone refuse. */
interface Forbidden {
  readonly name: string;
  readonly ask: Parameters<ClusterApi["ask"]>;
}

function withName(patch: object): object {
  return { ...patch, metadata: { name: "otter", ...("metadata" in patch ? Object(patch.metadata) : {}) } };
}

/** All that is not changed by every write. */
function substanceOf({ metadata, ...rest }: KubernetesObject): object {
  return { ...rest, metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined } };
}
