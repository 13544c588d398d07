/** The distribution of Kubernetes on a node, as far as its commands differ. */

/** By the version of its kubelet; undefined for another distribution, or where it does not say. */
export function programOf(kubeletVersion: string | undefined): "k3s" | "rke2" | undefined {
  return kubeletVersion?.includes("+k3s") === true ? "k3s" : kubeletVersion?.includes("+rke2") === true ? "rke2" : undefined;
}
