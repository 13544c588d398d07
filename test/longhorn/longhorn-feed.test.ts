/**
 * The feed of Longhorn from a real API server with the kinds of its releases, under the collector's own rights: it comes, changes and goes while it is
 * followed, and whatever happens to lists and watches, the holder comes to what the server has.
 */
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KubernetesClient, openKubernetesClient } from "../../collector/src/clients/kubernetes/kubernetes-client.ts";
import { longhornKinds } from "../../collector/src/clients/kubernetes/longhorn-kinds.ts";
import type { JsonPatchOperation } from "../../collector/src/clients/kubernetes/object-kind.ts";
import { createLonghornFeed, type LonghornFeed } from "../../collector/src/ingest/cluster/longhorn-feed.ts";
import { createLonghornHolder, type LonghornHolder } from "../../collector/src/state/longhorn/create-longhorn-holder.ts";
import { longhornNodeOf } from "../../collector/src/state/longhorn/longhorn-node-of.ts";
import { longhornReplicaOf } from "../../collector/src/state/longhorn/longhorn-replica-of.ts";
import { longhornVolumeOf } from "../../collector/src/state/longhorn/longhorn-volume-of.ts";
import { createLogger, type Fields } from "../../packages/shared/src/index.ts";
import { type Meddling, type MeddlingApiServer, startMeddlingApiServer } from "../fakes/meddling-api-server.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { requestAccountToken } from "../kubernetes/cluster-objects.ts";
import { type House, names, startHouse } from "../kubernetes/house.ts";
import { hurriedClock } from "../kubernetes/hurried-clock.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { until as untilFound } from "../ollama/until.ts";
import { inTime } from "../support/in-time.ts";
import { longhornNamespace, longhornPath, missingForLonghorn } from "./longhorn-crds.ts";
import { installLonghorn, isSynced, type LonghornInstallation } from "./longhorn-house.ts";
import { writeSetting } from "./longhorn-settings.ts";

const missing = missingForLonghorn() ?? (await missingForKubernetes());
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const kinds = longhornKinds(longhornNamespace);
const pageSize = 3;
const isSecondPage = (path: string): boolean => path.includes("/volumes") && path.includes("continue=");
const isWatch = (path: string): boolean => path.includes("watch=true");

describe.skipIf(missing !== undefined)(`the feed of Longhorn, on a real API server${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let longhorn: LonghornInstallation;
  let meddler: MeddlingApiServer;
  let client: KubernetesClient;
  let holder: LonghornHolder;
  let feed: LonghornFeed;
  /** Volumes that were taken away and are there at the server. */
  let lost: readonly string[] = [];
  const volumes = ["v1", "v2", "v3", "v4", "v5"];

  beforeAll(async () => {
    house = await startHouse();
    const { cluster } = house;
    meddler = await startMeddlingApiServer({ url: cluster.url, folder: dirname(cluster.authorityFile), pageSize });
    const folder = await cluster.podFolder(await requestAccountToken(cluster.admin, names.collector), names.namespace);
    client = await openKubernetesClient({ kind: "pod", server: meddler.url, folder }, hurriedClock(10));
    holder = createLonghornHolder();
    holder.subscribe(() => {
      if (holder.volumes().length > 0) lost = volumes.filter((name) => holder.volume(name) === undefined);
    });
    const options = { clock: hurriedClock(60), random: Math.random, logger: createLogger("test", "silent") };
    feed = createLonghornFeed({ client, namespace: longhornNamespace, holder, ...options });
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await feed?.[Symbol.asyncDispose]();
    await client?.[Symbol.asyncDispose]();
    await meddler?.[Symbol.asyncDispose]();
    await longhorn?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  /** The holder has what the server has, to the last write. */
  async function isAsTheServer(): Promise<void> {
    const { admin } = house.cluster;
    await until(async () => {
      const [nodes, volumes, replicas] = await Promise.all(
        ["nodes", "volumes", "replicas"].map((plural) => itemsOf(admin, plural)),
      );
      return (
        holder.knowledge.kind === "known" &&
        feed.problems().length === 0 &&
        isDeepStrictEqual(sorted(holder.nodes()), sorted(nodes?.map(longhornNodeOf))) &&
        isDeepStrictEqual(sorted(holder.volumes()), sorted(volumes?.map(longhornVolumeOf))) &&
        isDeepStrictEqual(sorted(holder.replicas()), sorted(replicas?.map(longhornReplicaOf)))
      );
    });
  }

  it("knows that Longhorn is not there, and finds it when it is installed", async () => {
    await until(async () => holder.knowledge.kind === "absent");
    expect(feed.problems()).toEqual([]);

    longhorn = await installLonghorn(house.cluster.admin, "1.7.2");
    for (const name of volumes) await longhorn.createVolume(name, { numberOfReplicas: 2 });

    await isAsTheServer();
    await until(async () => holder.replicas().length === 10 && holder.storageClasses().length === 1);
    expect([holder.version, holder.storageClasses().map(({ name, isDefault }) => [name, isDefault])]).toEqual([
      ...["v1.7.2", [["longhorn", true]]],
    ]);
    const [disk] = holder.node("badger")?.disks.values() ?? [];
    expect(holder.replicasOnDisk(disk?.status?.uuid ?? "")).toHaveLength(5);
  });

  it("hears by its watches alone of what is made, written and deleted", async () => {
    const lists = (): number => meddler.passedOn.filter(({ path }) => path.includes("limit=500")).length;
    const listed = await inTime(
      (count) => count === 0,
      async (round) => {
        const before = lists();
        await longhorn.createVolume("passing", { numberOfReplicas: 1, size: "21474836480" });
        await until(async () => holder.replicasOfVolume("passing").length === 1);
        await until(async () => holder.volume("passing")?.sizeBytes === 21_474_836_480); // by another watch
        const value = String(round % 2 === 1);
        await writeSetting(house.cluster.admin, "allow-empty-disk-selector-volume", value);
        await until(async () => holder.setting("allow-empty-disk-selector-volume") === value);

        await house.cluster.admin.delete(longhornPath("volumes", "passing"));
        await until(async () => {
          // Longhorn's manager may have placed one anew in between.
          for (const { name } of holder.replicasOfVolume("passing"))
            await house.cluster.admin.ask("DELETE", longhornPath("replicas", name));
          return holder.volume("passing") === undefined && holder.replicasOfVolume("passing").length === 0;
        });

        await isAsTheServer();
        return lists() - before;
      },
    );
    expect(listed).toBe(0);
  });

  const troubles: readonly { readonly name: string; readonly is: (path: string) => boolean; readonly meddling: Meddling }[] = [
    { name: "a list breaks off in its second page", is: isSecondPage, meddling: { kind: "break" } },
    { name: "the second page of a list ends half way", is: isSecondPage, meddling: { kind: "shorten" } },
    { name: "a watch begins too far back", is: isWatch, meddling: { kind: "answer", status: 410, body: "{}" } },
    { name: "a watch never begins", is: isWatch, meddling: { kind: "hang" } },
    {
      name: "no kind is listed at all",
      is: (path) => path.endsWith("/v1beta2"),
      meddling: { kind: "answer", status: 404, body: "" },
    },
  ];

  it.each(troubles)("loses nothing when $name, and finds what happened meanwhile", async ({ is, meddling }) => {
    lost = [];
    meddler.meddle((path) => (is(path) ? meddling : undefined));
    meddler.cut();
    await until(async () => feed.problems().length > 0);
    const meanwhile = `tag-${meddler.passedOn.length}`;
    await tag("badger", meanwhile);
    meddler.meddle(undefined);

    await until(async () => holder.node("badger")?.tags[0] === meanwhile);
    await isAsTheServer();
    expect(lost).toEqual([]);
  });

  it("begins a list anew that the real server gives up between two pages", async () => {
    let compacted = 0;
    const before = meddler.passedOn.length;
    meddler.meddle(async (path) => {
      if (!isSecondPage(path) || compacted++ > 0) return;
      await tag("badger", "compacted");
      await house.cluster.compact();
    });
    meddler.cut();

    await until(async () => compacted > 1);
    meddler.meddle(undefined);
    await isAsTheServer();

    const statuses = meddler.passedOn.slice(before).flatMap(({ path, status }) => (isSecondPage(path) ? [status] : []));
    expect([statuses[0], statuses.at(-1), lost]).toEqual([410, 200, []]);
  });

  it("writes on a node of Longhorn as it was seen, and tells what passes from what is refused", async () => {
    const path = `/spec/disks/${[...(holder.node("otter")?.disks.keys() ?? [])][0]}/tags`;
    const patch = (...operations: readonly JsonPatchOperation[]): Promise<Fields> =>
      client.patchOne(kinds.nodes, "otter", operations, { fieldManager: "nodekeeper" }, never);
    const add = { op: "replace", path, value: ["nvme"] } as const;

    await expect(patch({ op: "test", path, value: ["another"] }, add)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(patch({ op: "replace", path: "/spec/disks/none/tags", value: [] })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(patch({ ...add, value: ["no tag"] })).rejects.toMatchObject({ code: "PEER_REFUSED", context: { status: 422 } });
    longhorn.webhook.refuseFor(60_000, ["otter"]);
    await expect(patch(add)).rejects.toMatchObject({ code: "PEER_BUSY", context: { status: 403 } });
    longhorn.webhook.refuseFor(0);
    await longhorn.webhook.goAway();
    await expect(patch(add)).rejects.toMatchObject({ code: "PEER_UNREACHABLE", context: { status: 500 } });
    await longhorn.webhook.comeBack();

    const written = await patch({ op: "test", path, value: [] }, add);

    expect(longhornNodeOf((await client.readOne(kinds.nodes, "otter", never)) ?? {})).toEqual(longhornNodeOf(written));
    await expect(client.patchOne(kinds.volumes, "v1", [], { fieldManager: "nodekeeper" }, never)).rejects.toMatchObject({
      ...{ code: "PEER_REFUSED", context: { status: 403 } },
    });
    expect(await client.readOne(kinds.nodes, "nobody", never)).toBeUndefined();
  });

  it("tells a kind that is not there from one of which there is nothing, and from one that we may not read", async () => {
    const none = { ...kinds.nodes, path: kinds.nodes.path.replace("nodes", "nonsense") };
    const engines = { path: "/apis/longhorn.io/v1beta2/namespaces/kube-system/nodes", kind: "Node" };
    await house.cluster.admin.delete(longhornPath("backuptargets", "default"));

    expect((await client.listObjects(kinds.backuptargets, () => 1, never)).items).toEqual([]);
    await expect(client.listObjects(engines, () => 1, never)).rejects.toMatchObject({ code: "PEER_REFUSED" });
    await expect(house.client.listObjects(none, () => 1, never)).rejects.toMatchObject({ context: { status: 403 } });
    const byFields = await client.listObjects(kinds.volumes, longhornVolumeOf, never, { fields: "metadata.name=v2" });
    expect(byFields.items.map((volume) => volume?.name)).toEqual(["v2"]);
  });

  it("lets go of a kind that is gone, and of all when Longhorn is", async () => {
    const { admin } = house.cluster;
    const remove = (plural: string): Promise<void> =>
      admin.delete(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.longhorn.io`);
    await remove("backuptargets");
    await until(async () => meddler.passedOn.filter(({ path }) => path.endsWith("/v1beta2")).length > 5);
    await until(async () => holder.knowledge.kind === "known" && feed.problems().length === 0);

    await longhorn[Symbol.asyncDispose]();
    for (const kind of ["validating", "mutating"])
      for (const { metadata } of await itemsAt(admin, `${webhooksPath}/${kind}webhookconfigurations`))
        await admin.delete(`${webhooksPath}/${kind}webhookconfigurations/${Object(metadata).name}`);
    for (const plural of ["volumes", "replicas", "settings", "nodes"]) {
      for (const { metadata } of await itemsOf(admin, plural))
        await admin.ask("PATCH", longhornPath(plural, Object(metadata).name), { metadata: { finalizers: null } }, mergePatch);
      await remove(plural);
    }

    await until(async () => holder.knowledge.kind === "absent" && feed.problems().length === 0);
    expect([holder.nodes(), holder.replicas()]).toEqual([[], []]);
    await expect(client.listObjects(kinds.volumes, () => 1, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("finds it again in another release, which says of the disks' health what it reads itself", async () => {
    await house.cluster.admin.delete("/apis/storage.k8s.io/v1/storageclasses/longhorn");
    longhorn = await installLonghorn(house.cluster.admin, "1.12.1");
    const [disk = ""] = Object.keys((await longhorn.untilNode("badger", isSynced)).spec?.disks ?? {});
    const health = { source: "SMART", modelName: "SN770", serialNumber: "22", healthStatus: "FAILED" } as const;
    longhorn.manager.setHealth("badger", disk, { "/dev/nvme0": health });
    const seen = (): readonly unknown[] => holder.node("badger")?.disks.get(disk)?.status?.health ?? [];

    await until(async () => seen().length === 1 && holder.knowledge.kind === "known" && feed.problems().length === 0);
    await until(async () => holder.version === "v1.12.1" && holder.storageClasses().length === 1); // each has a watch of its own

    expect(seen()).toMatchObject([{ device: "/dev/nvme0", serial: "22", model: "SN770", status: "FAILED" }]);
    expect(holder.storageClasses()).toMatchObject([{ replicaCount: 3 }]);
  });

  async function tag(node: string, tag: string): Promise<void> {
    const answer = await house.cluster.admin.ask("PATCH", longhornPath("nodes", node), { spec: { tags: [tag] } }, mergePatch);
    expect(answer.status).toBe(200);
  }
});

const mergePatch = "application/merge-patch+json";
const webhooksPath = "/apis/admissionregistration.k8s.io/v1";

function until<Found>(look: () => Promise<Found | undefined | false>): Promise<Found> {
  return untilFound(look, 10);
}

function itemsOf(api: ClusterApi, plural: string): Promise<readonly Fields[]> {
  return itemsAt(api, longhornPath(plural));
}

async function itemsAt(api: ClusterApi, path: string): Promise<readonly Fields[]> {
  return (await api.get(path))["items"] as readonly Fields[]; // a list of the API server
}

function sorted(items: readonly ({ readonly name: string } | undefined)[] = []): readonly unknown[] {
  return items.toSorted((a, b) => (a?.name ?? "").localeCompare(b?.name ?? ""));
}
