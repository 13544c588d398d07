/** The collector's client of Kubernetes on a real API server, with the collector's own rights. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openKubernetesClient } from "../../collector/src/clients/kubernetes/kubernetes-client.ts";
import type { JsonPatchOperation } from "../../collector/src/clients/kubernetes/object-kind.ts";
import { clusterNodeOf } from "../../collector/src/state/cluster/cluster-node-of.ts";
import { type Fields, systemClock } from "../../packages/shared/src/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { ObjectMetadata } from "./cluster-api.ts";
import { requestAccountToken } from "./cluster-objects.ts";
import { type House, names, startHouse } from "./house.ts";
import { publicJwk } from "./issuer-key.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const secretPath = "/api/v1/namespaces/nodekeeper/secrets";

describe.skipIf(missing !== undefined)(`the client of Kubernetes on a real API server${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;

  beforeAll(async () => {
    house = await startHouse();
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  it("reads its version, its own namespace, who issues tokens, and the keys", async () => {
    const { issuer, issuerKey } = house.cluster;
    const { metadata } = (await house.client.readNamespace(names.namespace, never)) ?? {};

    expect([await house.client.readVersion(never), metadata]).toMatchObject([
      expect.stringMatching(/^v1\.\d+\.\d+/),
      { name: names.namespace },
    ]);
    expect(await house.client.issuer(never)).toEqual({ issuer, keys: [publicJwk(issuerKey)] });
  });

  it("has a token of an agent reviewed, which names the node", async () => {
    const token = await house.agentToken(await house.agentPod("reviewed", "badger"));

    expect(await house.client.reviewToken(token, "nodekeeper", never)).toEqual({
      ...{ kind: "confirmed", username: "system:serviceaccount:nodekeeper:nodekeeper-agent", node: "badger" },
    });
    expect(await house.client.reviewToken(token, "another", never)).toMatchObject({ kind: "refused" });
    expect(await house.client.reviewToken("nonsense", "nodekeeper", never)).toMatchObject({ kind: "refused" });
  });

  it("changes a Secret only as it was read, and leaves what others have in it", async () => {
    await house.cluster.admin.create(secretPath, {
      metadata: { name: names.vaultSecret.name, annotations: { theirs: "stays" }, labels: { theirs: "stays" } },
      data: { binary: "//79" },
    });
    const read = await house.client.read("Secret", names.vaultSecret, never);
    if (read === undefined) throw new Error("it was just made");

    const written = await house.client.replace(read, { texts: { "a.json": "{}" }, labels: { ours: "too" } }, never);

    expect(written.resourceVersion).not.toBe(read.resourceVersion);
    expect(await house.cluster.admin.get(`${secretPath}/${names.vaultSecret.name}`)).toMatchObject({
      metadata: { annotations: { theirs: "stays" }, labels: { theirs: "stays", ours: "too" } },
      data: { binary: "//79", "a.json": "e30=" },
    });
    await expect(house.client.replace(read, { texts: {}, labels: {} }, never)).rejects.toMatchObject({ code: "CONFLICT" });
    await house.cluster.admin.delete(`${secretPath}/${names.vaultSecret.name}`);
    await expect(house.client.replace(written, { texts: {}, labels: {} }, never)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await house.client.read("Secret", names.vaultSecret, never)).toBeUndefined();
  });

  it("may do nothing else, and says what it may not", async () => {
    const another = { namespace: "nodekeeper", name: "another" };
    const { client } = house;

    await expect(client.read("Secret", another, never)).rejects.toMatchObject({
      code: "PEER_REFUSED",
      message: expect.stringContaining(
        'User "system:serviceaccount:nodekeeper:nodekeeper-collector" cannot get resource "secrets" in API group "" in the namespace "nodekeeper"',
      ),
    });
    await expect(client.read("ConfigMap", { ...names.caConfigMap, namespace: "kube-system" }, never)).rejects.toMatchObject({
      code: "PEER_REFUSED",
    });
    await expect(client.create({ kind: "Secret", at: another, labels: {}, texts: {} }, never)).rejects.toMatchObject({
      code: "PEER_REFUSED",
    });
  });

  describe("Nodes", () => {
    const badger = "/api/v1/nodes/badger";
    const owner = { fieldManager: "nodekeeper" };
    const metadataOf = async (): Promise<ObjectMetadata> => (await house.cluster.admin.get(badger)).metadata;

    it("are applied with force, and others' fields stay", async () => {
      const gpu = "nodekeeper.axiomlayer.com/gpu";
      const labels = { [gpu]: "true", "kubernetes.io/hostname": "badger" };

      const written = await house.client.applyNode("badger", { metadata: { labels } }, owner, never);

      const { labels: present, managedFields } = await metadataOf();
      expect([present, Object(written["metadata"]).labels]).toEqual([labels, labels]);
      expect(managedFields).toContainEqual(
        expect.objectContaining({
          ...{ manager: "nodekeeper", operation: "Apply" },
          fieldsV1: { "f:metadata": { "f:labels": { "f:kubernetes.io/hostname": {}, [`f:${gpu}`]: {} } } },
        }),
      );
    });

    it("are applied only as they were seen, where that is said", async () => {
      const { resourceVersion, uid, labels } = await metadataOf();
      const apply = (seen: object): Promise<unknown> =>
        house.client.applyNode(
          "badger",
          { metadata: { labels: { "nodekeeper.axiomlayer.com/late": "true" }, ...seen } },
          owner,
          never,
        );

      await expect(apply({ uid, resourceVersion: "1" })).rejects.toMatchObject({ code: "CONFLICT", context: { status: 409 } });
      await expect(apply({ uid: "11111111-1111-1111-1111-111111111111" })).rejects.toMatchObject({ code: "CONFLICT" });
      await expect(apply({ uid, labels: { "no label": "x" } })).rejects.toMatchObject({
        ...{ code: "PEER_REFUSED", context: { status: 422 }, message: expect.stringContaining("metadata.labels: Invalid value") },
      });
      expect(await metadataOf()).toMatchObject({ resourceVersion, labels });
    });

    it("are not made by an apply: there is no right to create one", async () => {
      const { client, cluster } = house;

      await expect(client.applyNode("ghost", { metadata: { labels: {} } }, owner, never)).rejects.toMatchObject({
        ...{ code: "PEER_REFUSED", context: { status: 403 }, message: expect.stringContaining('cannot create resource "nodes"') },
      });
      expect(await client.readNode("ghost", never)).toBeUndefined();
      expect((await cluster.admin.ask("GET", "/api/v1/nodes/ghost")).status).toBe(404);
    });

    it("are patched whole or not at all", async () => {
      const { client } = house;
      const { uid, resourceVersion } = await metadataOf();
      const path = "/metadata/labels/nodekeeper.axiomlayer.com~1patched";
      const add = { op: "add", path, value: "true" } as const;
      const patch = (...operations: readonly JsonPatchOperation[]): Promise<Fields> =>
        client.patchNode("badger", operations, owner, never);

      for (const operations of [
        [{ op: "test", path: "/metadata/uid", value: "another" }, add],
        [{ op: "test", path: "/metadata/resourceVersion", value: "1" }, add],
        [{ op: "test", path: "/metadata/labels/nowhere", value: "x" }, add],
        [add, { op: "remove", path: "/metadata/labels/nowhere" }],
        [{ op: "add", path: "/metadata/annotations/nodekeeper.axiomlayer.com~1owned", value: "{}" }, add],
      ] satisfies readonly (readonly JsonPatchOperation[])[])
        await expect(patch(...operations)).rejects.toMatchObject({ code: "CONFLICT", context: { status: 422 } });
      await expect(patch({ ...add, value: "not a label value" })).rejects.toMatchObject({
        ...{ code: "PEER_REFUSED", context: { status: 422 } },
      });
      await expect(client.patchNode("ghost", [add], owner, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect((await metadataOf()).resourceVersion).toBe(resourceVersion);

      const patched = await patch({ op: "test", path: "/metadata/uid", value: uid }, { op: "test", path, value: null }, add);

      expect((await metadataOf()).labels).toMatchObject({ "nodekeeper.axiomlayer.com/patched": "true" });
      expect(await client.readNode("badger", never)).toEqual(patched);
    });

    it("have their status written by another owner, and only that", async () => {
      const at = new Date(1_764_000_000_000).toISOString();
      const condition = { type: "DiskHealthy", status: "True", reason: "DisksHealthy", message: "all are well" };
      const status = { conditions: [{ ...condition, lastHeartbeatTime: at, lastTransitionTime: at }] };

      const write = { fieldManager: "nodekeeper-conditions", subresource: "status" } as const;
      await house.client.applyNode("badger", { status }, write, never);

      const node = clusterNodeOf(await house.cluster.admin.get(badger));
      const manager = { name: "nodekeeper-conditions", subresource: "status", conditions: ["DiskHealthy"] };
      expect(node?.conditions).toMatchObject([condition]);
      expect(node?.managers).toContainEqual(expect.objectContaining(manager));
    });
  });

  it("puts an Event where Events of Nodes lie, and nowhere else", async () => {
    const { client, cluster } = house;
    const message = "it has a GPU";
    const involvedObject = { kind: "Node", name: "badger" };
    const event = { metadata: { generateName: "badger." }, involvedObject, type: "Normal", reason: "NodeLabelled", message };

    await client.createEvent("default", event, never);

    const { items } = Object(await cluster.admin.get("/api/v1/namespaces/default/events"));
    expect(items).toContainEqual(expect.objectContaining({ reason: "NodeLabelled", message }));
    await expect(client.createEvent("kube-system", event, never)).rejects.toMatchObject({ context: { status: 403 } });
  });

  it("replaces a Lease only as it was read", async () => {
    const { client } = house;
    const read = (await client.readLease(names.lease, never)) ?? {};
    const held = (holderIdentity: string): Fields => ({ ...read, spec: { holderIdentity, leaseDurationSeconds: 10 } });

    const written = await client.replaceLease(names.lease, held("first"), never);

    await expect(client.replaceLease(names.lease, held("second"), never)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await client.readLease(names.lease, never)).toEqual(written);
    expect(written["spec"]).toMatchObject({ holderIdentity: "first" });
    const another = { ...names.lease, name: "another" };
    await expect(client.readLease(another, never)).rejects.toMatchObject({ context: { status: 403 } });
    await expect(client.createLease(names.lease, {}, never)).rejects.toMatchObject({ context: { status: 403 } });
  });

  it("uses its connections again", async () => {
    const token = await house.agentToken(await house.agentPod("counted", "badger"));
    let connected = 0;
    const count = (): void => void connected++;
    subscribe("undici:client:connected", count); // the client's HTTP library tells it of each

    for (let asked = 0; asked < 20; asked++) await house.client.reviewToken(token, "nodekeeper", never);

    unsubscribe("undici:client:connected", count);
    expect(connected).toBeLessThanOrEqual(1);
  });

  it("says when its token is not known, and takes another within a minute after the kubelet has renewed it", async () => {
    const folder = await house.cluster.podFolder("gone-with-the-old-cluster", names.namespace);
    await using client = await openKubernetesClient({ kind: "pod", server: house.cluster.url, folder }, systemClock);
    await expect(client.issuer(never)).rejects.toMatchObject({ code: "PEER_REFUSED", message: expect.stringContaining("401") });

    await writeFile(join(folder, "token"), await requestAccountToken(house.cluster.admin, names.collector));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 }); // Kubernetes' client looks at the clock by itself
    try {
      expect(await client.issuer(never)).toMatchObject({ issuer: house.cluster.issuer });
    } finally {
      vi.useRealTimers();
    }
  });

  it("works by a kubeconfig, and refuses one that it cannot use in one sentence", async () => {
    await using folder = await temporaryFolder();
    const file = await house.cluster.kubeconfig(await requestAccountToken(house.cluster.admin, names.collector));
    await using byFile = await openKubernetesClient({ kind: "kubeconfig", file }, systemClock);
    expect(await byFile.issuer(never)).toMatchObject({ issuer: house.cluster.issuer });

    const good = await readFile(file, "utf8");
    const broken: readonly (readonly [string, string])[] = [
      ["{", "cannot be used"],
      ["{}", "names no cluster and user"],
      [good.replace("https:", "http:"), "must be an https:// address"],
      [good.replace(/"user":\{"token":"[^"]*"\}/, '"user":{"exec":{"command":"aws"}}'), "is proven by a program"],
    ];
    for (const [text, why] of broken) {
      const path = join(folder.path, "config");
      await writeFile(path, text);
      await expect(openKubernetesClient({ kind: "kubeconfig", file: path }, systemClock)).rejects.toMatchObject({
        ...{ code: "CONFIG_INVALID", message: expect.stringContaining(why) },
      });
    }
    await expect(openKubernetesClient({ kind: "kubeconfig", file: "/nowhere/config" }, systemClock)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("ENOENT"),
    });
  });

  it("does not trust an API server whose authority is another", async () => {
    const token = await requestAccountToken(house.cluster.admin, names.collector);
    const folder = await house.cluster.podFolder(token, names.namespace);
    await writeFile(join(folder, "ca.crt"), "");
    await using careful = await openKubernetesClient({ kind: "pod", server: house.cluster.url, folder }, systemClock);

    await expect(careful.issuer(never)).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
  });

  it(
    "ends a call when the API server stands still, is away, or nobody waits any more",
    async () => {
      const { client, cluster } = house;
      await cluster.freeze();
      const stopping = new AbortController();
      const abandoned = expect(client.issuer(stopping.signal)).rejects.toMatchObject({ code: "ABORTED" });
      stopping.abort();
      await abandoned;
      await expect(client.issuer(never)).rejects.toMatchObject({ message: expect.stringContaining("within 10 s") });
      cluster.thaw();
      expect(await client.issuer(never)).toMatchObject({ issuer: cluster.issuer });

      await cluster.stop();
      await expect(client.issuer(never)).rejects.toMatchObject({
        ...{ code: "PEER_UNREACHABLE", message: expect.stringContaining("ECONNREFUSED") },
      });
      await cluster.start();

      expect(await client.issuer(never)).toMatchObject({ issuer: cluster.issuer });
    },
    restartLimitMs,
  );
});
