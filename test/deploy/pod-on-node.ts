/** A pod of deploy/ on a test's node: volumes as the kubelet prepares them, containers as their runtime starts them. */
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "./images.ts";
import type { Container, PodSpec, Volume } from "./pod-spec.ts";
import { apiAccessVolume, type KubeletSide, runtimeSpec } from "./runtime-spec.ts";
import type { RunningContainer, TestNode } from "./test-node.ts";

/** What is in a pod's volumes and what the downward API says. */
export interface PodContents {
  readonly fields: Readonly<Record<string, string>>;
  /** Files of ConfigMaps and projected volumes, by volume and name. */
  readonly files?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Claims of a StatefulSet. */
  readonly claims?: readonly string[];
  /** Where the cluster's API is, for containers. */
  readonly api?: KubeletSide["api"];
  /** Names that the cluster's DNS would know, all at 127.0.0.1. */
  readonly names?: readonly string[];
}

/** A pod whose volumes are there. */
export interface PreparedPod {
  /** Starts one of its containers. `argv` in place of the image's entry point and the container's arguments. */
  start(container: Container, image: Image, argv?: readonly string[]): Promise<RunningContainer>;
  /** Folder of a volume that is no hostPath. */
  volume(name: string): string;
}

/** Prepares its volumes. */
export async function preparePod(node: TestNode, pod: PodSpec, contents: PodContents): Promise<PreparedPod> {
  const name = contents.fields["metadata.name"] ?? "pod";
  const volumeFolders: Record<string, string> = {};
  const hosts = join(node.folder, `${name}-hosts`);
  await writeFile(hosts, `${["localhost", ...(contents.names ?? [])].map((each) => `127.0.0.1 ${each}`).join("\n")}\n`);
  const claims = (contents.claims ?? []).map((claim) => ({ name: claim, emptyDir: {} }));
  const access = pod.automountServiceAccountToken === false ? [] : [{ name: apiAccessVolume, projected: {} }];
  for (const volume of [...pod.volumes, ...claims, ...access]) {
    const hostPath = hostPathOf(volume);
    if (hostPath !== undefined) {
      if (hostPath.type === "DirectoryOrCreate") await mkdir(join(node.root, hostPath.path), { recursive: true, mode: 0o755 });
      continue;
    }
    const folder = join(node.folder, name, volume.name);
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777); // an emptyDir is everybody's
    volumeFolders[volume.name] = folder;
    await writeFiles(folder, volume, contents.files?.[volume.name] ?? {}, groupOf(pod));
  }
  return {
    volume: (volume) => volumeFolders[volume] ?? "",
    start(container, image, argv) {
      const given = argv === undefined ? image.config : { ...image.config, Entrypoint: [] };
      const side = {
        ...{ rootfs: image.rootfs, image: given, nodeRoot: node.root, volumeFolders, fields: contents.fields },
        ...{
          networkNamespace: node.networkNamespace,
          kubelet: { hosts, api: contents.api },
          cgroupsPath: `/nodekeeper-test-${name}-${container.name}-${process.pid}`,
        },
      };
      return node.start(`${name}-${container.name}`, runtimeSpec(pod, container, side, argv));
    },
  };
}

function hostPathOf(volume: Volume): { readonly path: string; readonly type?: string } | undefined {
  return volume["hostPath"] as { readonly path: string; readonly type?: string } | undefined; // core/v1
}

/** The group by which the kubelet lets a container that is not root read its token: that of the pod, else of its container that is not root. */
function groupOf(pod: PodSpec): number {
  const users = pod.containers.map(({ securityContext }) => securityContext.runAsGroup ?? pod.securityContext?.runAsGroup ?? 0);
  return users.find((group) => group !== 0) ?? 0;
}

async function writeFiles(folder: string, volume: object, files: Readonly<Record<string, string>>, group: number): Promise<void> {
  const isProjected = "projected" in volume;
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), isProjected ? 0o440 : 0o644);
    await chown(join(folder, name), 0, group);
  }
}
