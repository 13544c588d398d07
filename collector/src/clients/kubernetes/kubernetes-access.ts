/** How the API of a cluster is reached: as a pod of it, or by a kubeconfig. */

/** One way. */
export type KubernetesAccess =
  /** As the ServiceAccount of a pod, whose token is read again as the kubelet renews it. */
  | {
      readonly kind: "pod";
      /** https://HOST:PORT */
      readonly server: string;
      /** Folder with `token` and `ca.crt`. */
      readonly folder: string;
    }
  /** As the current context of a kubeconfig. */
  | { readonly kind: "kubeconfig"; readonly file: string };

/** Where every pod finds its ServiceAccount. */
export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The way of a pod, from the variables that the kubelet sets; undefined outside of a cluster. */
export function podAccess(
  env: Readonly<Record<string, string | undefined>>,
  folder: string = serviceAccountFolder,
): KubernetesAccess | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = env;
  if (host === "" || port === "") return undefined;
  return { kind: "pod", server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`, folder };
}
