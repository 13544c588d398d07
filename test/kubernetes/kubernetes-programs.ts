/**
 * kube-apiserver and its etcd: from the folder that KUBEBUILDER_ASSETS names, as envtest has it, else built from their Go modules in the versions
 * that Kubernetes pins (programs/go.mod).
 */
import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { builtGoProgram, goOutput } from "../support/go-program.ts";
import { findTool } from "../vm/tool.ts";

/** Where the programs lie. */
export interface KubernetesPrograms {
  readonly apiServer: string;
  readonly etcd: string;
}

/** Time for `beforeAll`: five and a half minutes of two busy cores where nothing was built before, and the start. */
export const kubernetesBuildLimitMs: number = 15 * 60_000;

/** Time for a test in which the API server is restarted; it takes three seconds where the machine does nothing else. */
export const restartLimitMs: number = 60_000;

/** Why there is no API server here; undefined where there is one, or where one can be built. Downloads the modules where they are not there. */
export async function missingForKubernetes(): Promise<string | undefined> {
  const given = givenPrograms();
  if (given !== undefined) {
    const missing = [given.apiServer, given.etcd].filter((path) => !isExecutable(path));
    return missing.length === 0 ? undefined : `KUBEBUILDER_ASSETS is set, and it lacks ${missing.join(", ")}`;
  }
  if (findTool("go") === undefined)
    return "not installed: go, and KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd";
  try {
    await goOutput(["list", "-deps", ".", apiServerPackage], moduleFolder);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Builds what is neither given nor built. */
export async function kubernetesPrograms(): Promise<KubernetesPrograms> {
  const given = givenPrograms();
  if (given !== undefined) return given;
  const version = await kubernetesVersion();
  const [major, minor] = version.split(".");
  const stamps = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const stamped = Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  // One after the other: the compiler uses all cores for either.
  const apiServer = await builtGoProgram({
    ...{ name: "kube-apiserver", moduleFolder, package: apiServerPackage },
    flags: ["-ldflags", ["-s", "-w", ...stamped].join(" ")],
  });
  const etcd = await builtGoProgram({ name: "etcd", moduleFolder, package: ".", flags: ["-ldflags", "-s -w"] });
  return { apiServer, etcd };
}

const moduleFolder = join(import.meta.dirname, "programs");
const apiServerPackage = "k8s.io/kubernetes/cmd/kube-apiserver";

/** Of the API server that is built, e.g. 1.33.13. */
async function kubernetesVersion(): Promise<string> {
  const version = /^\s*k8s\.io\/kubernetes v(\S+)$/m.exec(await readFile(join(moduleFolder, "go.mod"), "utf8"))?.[1];
  if (version === undefined) throw new Error("programs/go.mod does not name a version of Kubernetes");
  return version;
}

function givenPrograms(): KubernetesPrograms | undefined {
  const folder = process.env["KUBEBUILDER_ASSETS"] ?? "";
  return folder === "" ? undefined : { apiServer: join(folder, "kube-apiserver"), etcd: join(folder, "etcd") };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or no program
  }
}
