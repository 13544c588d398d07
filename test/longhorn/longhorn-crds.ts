/**
 * Longhorn's kinds in a real API server: the CRDs of its releases as they were recorded, and a small one of our own for backup targets, which the
 * recordings lack.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { repositoryRoot } from "../architecture/sources.ts";
import type { ClusterApi, KubernetesObject } from "../kubernetes/cluster-api.ts";

/** A release whose CRDs there are. */
export type LonghornVersion = "1.7.2" | "1.12.1";

/** Both of them. */
export const longhornVersions: readonly LonghornVersion[] = ["1.7.2", "1.12.1"];

/** The one that a run is about where both would take too long: the newer, or $NODEKEEPER_LONGHORN. */
export const triedVersion: LonghornVersion = process.env["NODEKEEPER_LONGHORN"] === "1.7.2" ? "1.7.2" : "1.12.1";

/** Where its objects are. */
export const longhornNamespace = "longhorn-system";

/** Of a collection of it, or an object in one. */
export function longhornPath(plural: string, name?: string): string {
  const collection = `/apis/longhorn.io/v1beta2/namespaces/${longhornNamespace}/${plural}`;
  return name === undefined ? collection : `${collection}/${name}`;
}

/** Why there are no CRDs here; undefined where there are. */
export function missingForLonghorn(): string | undefined {
  const lacking = longhornVersions.map(fileOf).find((path) => !existsSync(path));
  return lacking === undefined ? undefined : `not there: ${lacking}, with the CRDs of Longhorn`;
}

/** Makes the namespace and the kinds, and waits until the API server serves them. */
export async function createLonghornKinds(admin: ClusterApi, version: LonghornVersion): Promise<void> {
  const documents = parseAllDocuments(await readFile(fileOf(version), "utf8"));
  const kinds = documents.map((document) => document.toJS() as KubernetesObject | null).filter((each) => each !== null); // of the recording
  await admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: longhornNamespace } });
  await admin.apply(...kinds.map(withoutConversion), backupTargetKind);
  const plurals = [...kinds, backupTargetKind].map(({ metadata }) => metadata.name.split(".")[0] ?? "");
  for (const plural of plurals) {
    for (let waitedMs = 0; (await admin.ask("GET", longhornPath(plural))).status !== 200; waitedMs += pollMs) {
      if (waitedMs > servedLimitMs) throw new Error(`the API server does not serve ${plural}.longhorn.io`);
      await sleep(pollMs);
    }
  }
}

const pollMs = 50;
const servedLimitMs = 30_000;

function fileOf(version: LonghornVersion): string {
  return join(repositoryRoot, "../shared/fixtures/longhorn", `crds-${version}.yaml`);
}

/** Nobody converts here: all is stored and asked for in v1beta2. */
function withoutConversion(kind: KubernetesObject): KubernetesObject {
  const { status: _, ...made } = kind; // the API server writes it
  return { ...made, spec: { ...Object(kind["spec"]), conversion: { strategy: "None" } } };
}

const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const backupTargetKind: KubernetesObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "backuptargets.longhorn.io" },
  spec: {
    group: "longhorn.io",
    names: { kind: "BackupTarget", listKind: "BackupTargetList", plural: "backuptargets", singular: "backuptarget" },
    scope: "Namespaced",
    versions: [
      {
        ...{ name: "v1beta2", served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } },
      },
    ],
  },
};
