/**
 * What an API server would answer, made beforehand: pages of 500 objects as text, with the metadata that a server adds. The client's own code reads it; what
 * is measured of this process is then its reading alone.
 */
import type { Api } from "../../../collector/src/clients/kubernetes/api.ts";
import { longhornKinds } from "../../../collector/src/clients/kubernetes/longhorn-kinds.ts";
import { watchObjects } from "../../../collector/src/clients/kubernetes/object-watch.ts";
import { listObjects } from "../../../collector/src/clients/kubernetes/objects.ts";
import type { Fields } from "../../../packages/shared/src/index.ts";
import type { LonghornCluster, LonghornSize } from "./cluster.ts";
import { nodeObject, replicaObject, volumeObject } from "./objects.ts";

const pageSize = 500;

/** Makes all answers. */
export function memoryCluster(size: LonghornSize): LonghornCluster {
  const { nodes, volumes, replicas, settings, backuptargets, storageclasses } = longhornKinds("longhorn-system");
  const setting = { metadata: { name: "current-longhorn-version" }, value: "v1.12.1" };
  const pages = new Map<string, readonly string[]>([
    [nodes.path, paged(size.nodes, (index) => nodeObject(index))],
    [volumes.path, paged(size.volumes, volumeObject)],
    [replicas.path, paged(size.replicas, (index) => replicaObject(index, size.nodes))],
    [settings.path, paged(1, () => setting)],
    [backuptargets.path, paged(0, () => ({}))],
    [storageclasses.path, paged(0, () => ({}))],
  ]);
  const asked: { readonly atMs: number; readonly what: string }[] = [];
  let tellNode: (line: Fields) => void = () => undefined;

  const api: Api = {
    async ask({ path }) {
      const url = new URL(path, "http://memory");
      asked.push({ atMs: Date.now(), what: `list ${url.pathname.split("/").at(-1)}` });
      await new Promise(setImmediate); // an answer comes in a turn of its own
      const text = pages.get(url.pathname)?.[Number(url.searchParams.get("continue") ?? 0)] ?? "{}";
      return JSON.parse(text) as Fields; // made above
    },
    follow({ path }, _, onLine, signal) {
      asked.push({ atMs: Date.now(), what: `watch ${path.split("?")[0]?.split("/").at(-1)}` });
      if (path.startsWith(nodes.path)) tellNode = onLine;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    },
  };
  return {
    client: {
      async listKinds() {
        asked.push({ atMs: Date.now(), what: "get kinds" });
        return new Set(["nodes", "volumes", "replicas", "settings", "backuptargets"]);
      },
      listObjects: (kind, of, signal, selector) => listObjects(api, kind, of, signal, selector),
      watchObjects: (kind, resourceVersion, onEvent, signal) =>
        watchObjects(api, kind, { resourceVersion, random: Math.random }, onEvent, signal),
    },
    async setAvailable(index, bytes) {
      const object = served(nodeObject(index, bytes), index, "2");
      const line = JSON.stringify({ type: "MODIFIED", object });
      tellNode(JSON.parse(line) as Fields); // made above
    },
    requestsSince: async (atMs) => asked.filter((each) => each.atMs >= atMs).map(({ what }) => what),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function paged(count: number, object: (index: number) => object): readonly string[] {
  const pageCount = Math.max(1, Math.ceil(count / pageSize));
  return Array.from({ length: pageCount }, (_, page) => {
    const length = Math.min(pageSize, count - page * pageSize);
    const items = Array.from({ length }, (__, index) => served(object(page * pageSize + index), page * pageSize + index, "1"));
    return JSON.stringify({ items, metadata: { resourceVersion: "1", continue: page + 1 < pageCount ? String(page + 1) : "" } });
  });
}

/** With what an API server writes into each. */
function served(object: object, index: number, resourceVersion: string): object {
  const { metadata, ...rest } = object as { readonly metadata: object }; // made by objects.ts
  const uid = `749b004f-2412-4f7f-833e-${String(index).padStart(12, "0")}`;
  const managedFields = [
    {
      manager: "longhorn-manager",
      operation: "Update",
      time: "2026-11-23T08:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: fieldsOf(rest),
    },
  ];
  const more = { uid, resourceVersion, creationTimestamp: "2026-11-23T08:00:00Z", generation: 1, managedFields };
  return { ...rest, metadata: { ...metadata, ...more, namespace: "longhorn-system" } };
}

function fieldsOf(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [`f:${key}`, typeof each === "object" && each !== null ? fieldsOf(each) : {}]),
  );
}
