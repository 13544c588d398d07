/** The manifests of deploy/ as kustomize makes them, read as what they are used as here. */
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { parseAllDocuments } from "yaml";
import { repositoryPath } from "../e2e/installation.ts";
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { findTool, runTool } from "../vm/tool.ts";
import type { PodSpec } from "./pod-spec.ts";

/** Why no manifests can be made here; undefined where they can. */
export function missingForManifests(): string | undefined {
  return findTool("kubectl") === undefined
    ? "not installed: kubectl 1.21 or newer (Debian 12 has 1.20, whose kustomize knows no components)"
    : undefined;
}

/** All objects that `kubectl apply -k` of a folder would send. */
export async function manifests(folder: string): Promise<readonly KubernetesObject[]> {
  return objectsOf(await runTool("kubectl", ["kustomize", folder]));
}

/** The same with components of deploy/, as a kustomization of one's own would have it. */
export async function withComponents(...components: readonly string[]): Promise<readonly KubernetesObject[]> {
  await using folder = await temporaryFolder();
  const relation = (path: string): string => relative(realpathSync(folder.path), join(deployFolder, path));
  await writeFile(
    join(folder.path, "kustomization.yaml"),
    JSON.stringify({
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      resources: [relation(".")],
      components: components.map(relation),
    }),
  );
  return await manifests(folder.path);
}

/** The objects in a text of YAML documents. */
export function objectsOf(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    return document.toJS() as KubernetesObject; // the API server's strict answer is a test of its own
  });
}

/** The folders below deploy/ that hold a kustomization, relative to it. */
export function kustomizations(kind: "Kustomization" | "Component"): readonly string[] {
  return readdirSync(deployFolder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("kustomization.yaml"))
    .filter((path) => new RegExp(`^kind: ${kind}$`, "m").test(readFileSync(join(deployFolder, path), "utf8")))
    .map((path) => dirname(path))
    .sort();
}

/** Absolute. */
export const deployFolder: string = repositoryPath("deploy");

/** The one object of a kind and name. */
export function objectOf(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`expected one ${kind} ${name}, found ${found.length}`);
  return found[0];
}

/** The pods that a DaemonSet or StatefulSet makes. */
export function podSpecOf(workload: KubernetesObject): PodSpec {
  const { template } = workload["spec"] as { readonly template: { readonly spec: PodSpec } }; // apps/v1
  return template.spec;
}
