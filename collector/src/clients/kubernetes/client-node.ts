/**
 * The way to an API server by Kubernetes' own client: kubeconfig, TLS and authentication are its. The only file that imports it, and a bundle of its
 * own that is loaded where a cluster is configured: see load-client-node.ts. Its typed calls are left out: they are most of its weight, and drop
 * fields that they do not know, which would then be lost in a replace.
 */
import {
  createConfiguration,
  type DispatcherOptions,
  HttpMethod,
  KubeConfig,
  RequestContext,
  type ResponseContext,
} from "@kubernetes/client-node";
import { createMutex } from "@nodekeeper/shared";
import type { KubernetesAccess } from "./kubernetes-access.ts";
import type { ApiAnswer, ApiRequest, Transport } from "./transport.ts";

/** Opens the way; nothing is sent yet. Throws a plain Error where the kubeconfig cannot be used: classes of the house are others in this bundle. */
export function openTransport(access: KubernetesAccess): Transport {
  const config = new PooledKubeConfig();
  const server = access.kind === "pod" ? loadPod(config, access.server, access.folder) : loadKubeconfig(config, access.file);
  const { httpApi } = createConfiguration();
  const oneByOne = createMutex();
  let dispatcher: ReturnType<RequestContext["getDispatcher"]>;

  const authenticate = async (context: RequestContext): Promise<void> => {
    await config.applySecurityAuthentication(context);
    const made = context.getDispatcher();
    if (made === undefined) {
      if (dispatcher !== undefined) context.setDispatcher(dispatcher);
      return;
    }
    // The authority or our certificate is another: requests under way end on the old connections.
    dispatcher?.close().catch(ignore);
    dispatcher = made;
  };

  const ask = async ({ method, path, body, contentType }: ApiRequest, signal: AbortSignal): Promise<ResponseContext> => {
    const context = new RequestContext(`${server}${path}`, HttpMethod[method]);
    context.setSignal(signal);
    context.setHeaderParam("accept", "application/json, application/jwk-set+json");
    context.setHeaderParam("user-agent", "nodekeeper");
    if (body !== undefined) {
      context.setHeaderParam("content-type", contentType ?? "application/json");
      context.setBody(JSON.stringify(body));
    }
    await oneByOne(() => authenticate(context));
    return await httpApi.send(context).toPromise();
  };

  return {
    async send(request, signal) {
      const answer = await ask(request, signal);
      return { ...headOf(answer), text: await answer.body.text() };
    },
    async stream(request, signal) {
      const answer = await ask(request, signal);
      return { ...headOf(answer), body: answer.body.stream() ?? nothing() };
    },
    async [Symbol.asyncDispose]() {
      await dispatcher?.destroy();
    },
  };
}

/**
 * The client's configuration, with connections that are used again: it would open a new one for each request, and keep each for a while. They are
 * made anew only when what they are made of changed, e.g. the cluster's authority.
 */
class PooledKubeConfig extends KubeConfig {
  #known = "";

  override createDispatcherOptions(...args: Parameters<KubeConfig["createDispatcherOptions"]>): DispatcherOptions {
    const options = super.createDispatcherOptions(...args);
    const print = JSON.stringify(options);
    if (print === this.#known) return { type: "none" };
    this.#known = print;
    return options;
  }
}

function headOf({ httpStatusCode, headers }: ResponseContext): Pick<ApiAnswer, "status" | "retryAfter"> {
  return { status: httpStatusCode, retryAfter: headers["retry-after"] };
}

function loadPod(config: KubeConfig, server: string, folder: string): string {
  const tokenFile = { name: "tokenFile", config: { tokenFile: `${folder}/token` } };
  config.loadFromClusterAndUser(
    { name: "cluster", server, caFile: `${folder}/ca.crt`, skipTLSVerify: false },
    { name: "pod", authProvider: tokenFile },
  );
  return server;
}

function loadKubeconfig(config: KubeConfig, file: string): string {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Error(`the kubeconfig ${file} cannot be used: ${why}`, { cause });
  };
  try {
    config.loadFromFile(file);
  } catch (thrown) {
    refuse(thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null) return refuse("its current context names no cluster and user of the file");
  if (!/^https:\/\//.test(cluster.server)) refuse(`its server must be an https:// address, and is "${cluster.server}"`);
  if (user.exec !== undefined || user.authProvider !== undefined)
    refuse(`its user "${user.name}" is proven by a program; the collector runs none: give it a token or a client certificate`);
  return cluster.server.replace(/\/+$/, "");
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An answer without a body.
}

function ignore(): void {
  // Connections that are in no use any more.
}
