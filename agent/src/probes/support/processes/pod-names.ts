/**
 * Names of pods and containers, by the names of their logs: the kubelet makes them for every container runtime, so nobody has to be asked.
 * Sources: /var/log/containers/<pod>_<namespace>_<container>-<container id>.log, /var/log/pods/<namespace>_<pod>_<uid>.
 */

/** Whose log it is. */
export interface PodNames {
  readonly podNamespace: string;
  readonly podName: string;
  /** Empty where only the pod is known. */
  readonly containerName: string;
}

/** Where logs lie. */
export const containerLogs: string = "/var/log/containers";
/** The same, by pod. */
export const podLogs: string = "/var/log/pods";

/** By the container's id, out of the names in /var/log/containers. */
export function namesOfContainer(names: readonly string[], containerId: string): PodNames | undefined {
  if (containerId === "") return undefined;
  const name = names.find((each) => each.endsWith(`-${containerId}.log`));
  const [, podName, podNamespace, containerName] = /^([^_]+)_([^_]+)_(.+)-[0-9a-f]{64}\.log$/.exec(name ?? "") ?? [];
  if (podName === undefined || podNamespace === undefined || containerName === undefined) return undefined;
  return { podNamespace, podName, containerName };
}

/** By the pod's uid, out of the names in /var/log/pods. */
export function namesOfPod(names: readonly string[], podUid: string): PodNames | undefined {
  if (podUid === "") return undefined;
  const name = names.find((each) => each.endsWith(`_${podUid}`));
  const [, podNamespace, podName] = /^([^_]+)_([^_]+)_[^_]+$/.exec(name ?? "") ?? [];
  if (podName === undefined || podNamespace === undefined) return undefined;
  return { podNamespace, podName, containerName: "" };
}
