/**
 * A cluster's API of its own for a test: a real kube-apiserver with etcd on loopback, and no kubelet, scheduler or controller behind it, so that
 * nothing happens that the test does not do. Nothing of it is left when it is disposed.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type ApiServer, auditFile, certificateFile, startApiServer } from "./api-server.ts";
import type { ClusterApi } from "./cluster-api.ts";
import { startEtcd } from "./etcd.ts";
import { createIssuerKey, type IssuerKey, type KeyKind } from "./issuer-key.ts";
import type { KubernetesPrograms } from "./kubernetes-programs.ts";

/** Besides what is default. */
export interface ClusterOptions {
  /** More flags of kube-apiserver. */
  readonly flags?: readonly string[];
}

/** A request that the API server answered. */
export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  /** "secrets", "tokenreviews.authentication.k8s.io", or the path of what is no resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** "status", or undefined. */
  readonly subresource: string | undefined;
  readonly status: number;
  /** On this machine's clock, to the microsecond. */
  readonly answeredAtMs: number;
}

/** A cluster that runs. */
export interface Cluster extends AsyncDisposable {
  /** The same for its whole life. */
  readonly url: string;
  /** File with the authority of the API server, PEM. */
  readonly authorityFile: string;
  /** As system:masters. */
  readonly admin: ClusterApi;
  /** `iss` of ServiceAccount tokens. */
  readonly issuer: string;
  /** What signs them now. With it a test forges what nobody could. */
  readonly issuerKey: IssuerKey;
  /** A kubeconfig for a token, at this server or what stands before it. */
  kubeconfig(token: string, server?: string): Promise<string>;
  /** A folder as a pod finds it at /var/run/secrets/kubernetes.io/serviceaccount. */
  podFolder(token: string, namespace: string): Promise<string>;
  /** The API server goes away; what it holds stays. */
  stop(): Promise<void>;
  /** It comes back at the same place. */
  start(): Promise<void>;
  /** It takes connections and answers nothing, until it thaws. */
  freeze(): Promise<void>;
  thaw(): void;
  /** What its database remembers of the past is forgotten: who reads on from before is answered with 410. */
  compact(): Promise<void>;
  /** A new key signs from now on; tokens of the old ones stay good. The API server is restarted for it. */
  rotateIssuerKey(kind: KeyKind): Promise<void>;
  /** What was asked since the cluster was made, in the order of the answers. */
  requests(): Promise<readonly AuditedRequest[]>;
}

/** Starts one with nothing in it. Four seconds on two free cores. */
export async function startCluster(programs: KubernetesPrograms, options: ClusterOptions = {}): Promise<Cluster> {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(await temporaryFolder());
  const etcd = parts.use(await startEtcd(programs.etcd, folder));
  const issuer = "https://kubernetes.default.svc.cluster.local";
  let issuerKeys: readonly [IssuerKey, ...IssuerKey[]] = [createIssuerKey()];
  let server: ApiServer | undefined;
  parts.defer(async () => {
    server?.admin.close();
    await server?.process[Symbol.asyncDispose]();
  });
  const start = async (port?: number): Promise<ApiServer> => {
    server = await startApiServer({
      ...{ program: programs.apiServer, folder, etcdUrl: etcd.url, port, issuer, issuerKeys },
      flags: options.flags ?? [],
    });
    return server;
  };
  const first = await start();
  const { admin, port } = first;
  let fileCount = 0;
  const stop = async (): Promise<void> => server?.process.stop();
  const restart = async (): Promise<void> => {
    const { admin: another } = await start(port);
    another.close(); // the first reaches the same place
  };
  const lasting = parts.move();

  return {
    url: admin.access.url,
    authorityFile: certificateFile(folder),
    admin,
    issuer,
    get issuerKey() {
      return issuerKeys[0];
    },
    async kubeconfig(token, server = admin.access.url) {
      const path = join(folder, `kubeconfig-${fileCount++}`);
      await writeFile(path, JSON.stringify(kubeconfigOf(server, certificateFile(folder), token)), { mode: 0o600 });
      return path;
    },
    async podFolder(token, namespace) {
      const path = join(folder, `pod-${fileCount++}`);
      await mkdir(path);
      await writeFile(join(path, "ca.crt"), admin.access.authority);
      await writeFile(join(path, "token"), token, { mode: 0o600 });
      await writeFile(join(path, "namespace"), namespace);
      return path;
    },
    stop,
    start: restart,
    freeze: async () => server?.process.freeze(),
    thaw: () => server?.process.thaw(),
    compact: () => etcd.compact(),
    async rotateIssuerKey(kind) {
      await stop();
      issuerKeys = [createIssuerKey(kind), ...issuerKeys];
      await restart();
    },
    async requests() {
      const lines = (await readFile(auditFile(folder), "utf8")).split("\n").slice(0, -1); // the last one is being written, or empty
      return lines.map((line) => auditedRequest(JSON.parse(line) as AuditEvent)); // audit.k8s.io/v1 Event
    },
    [Symbol.asyncDispose]: () => lasting.disposeAsync(),
  };
}

function kubeconfigOf(server: string, authorityFile: string, token: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": authorityFile } }],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly stageTimestamp: string;
  readonly responseStatus?: { readonly code?: number };
}

function auditedRequest({ verb, requestURI, user, objectRef, responseStatus, stageTimestamp }: AuditEvent): AuditedRequest {
  const { resource, apiGroup, namespace, name, subresource } = objectRef ?? {};
  const group = apiGroup === undefined ? "" : `.${apiGroup}`;
  return {
    user: user.username,
    verb,
    resource: resource === undefined ? requestURI : `${resource}${group}`,
    namespace,
    name,
    subresource,
    status: responseStatus?.code ?? 0,
    answeredAtMs: Date.parse(stageTimestamp),
  };
}
