/**
 * Asks a Kubernetes API, for tests: by node:https alone, so that it is a second witness of what the product's client does. Objects are what the
 * server says, without types.
 */
import { Agent, request } from "node:https";

/** An object of the API. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

/** What the tests use of an object's metadata. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  /** JSON, or the text where it is none. */
  readonly body: unknown;
}

/** How an API is reached, and as whom. */
export interface ClusterAccess {
  readonly url: string;
  /** PEM. */
  readonly authority: string;
  readonly token: string;
}

/** An API. */
export interface ClusterApi {
  readonly access: ClusterAccess;
  /** Whatever is answered, also a refusal. Throws where nothing is. */
  ask(method: string, path: string, body?: object, contentType?: string): Promise<Answer>;
  get(path: string): Promise<KubernetesObject>;
  create(path: string, object: object): Promise<KubernetesObject>;
  replace(path: string, object: object): Promise<KubernetesObject>;
  /** At once, without a grace period; what is not there is no failure. */
  delete(path: string): Promise<void>;
  /** Server-side apply of objects of any kind that the server knows, one after the other. */
  apply(...objects: readonly KubernetesObject[]): Promise<void>;
  /** Where an object lies. */
  pathOf(object: KubernetesObject): Promise<string>;
  /** The same API as somebody else. */
  as(token: string): ClusterApi;
  /** Gives connections back. */
  close(): void;
}

/** Reaches one. It opens connections as they are needed, at most 32. */
export function clusterApi(access: ClusterAccess): ClusterApi {
  const agent = new Agent({ ca: access.authority, keepAlive: true, maxSockets: 32 });
  const ask: ClusterApi["ask"] = (method, path, body, contentType = "application/json") =>
    new Promise((resolve, reject) => {
      const sent = body === undefined ? "" : JSON.stringify(body);
      const headers = {
        ...{ authorization: `Bearer ${access.token}`, "content-type": contentType },
        "content-length": Buffer.byteLength(sent), // node:http does not count the body of a DELETE
      };
      const asked = request(`${access.url}${path}`, { agent, method, headers, timeout: answerLimitMs }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }));
      });
      asked.on("timeout", () => asked.destroy(new Error(`${method} ${path} was not answered within ${answerLimitMs} ms`)));
      asked.on("error", reject);
      asked.end(sent);
    });
  const expectObject = async (method: string, path: string, body?: object, contentType?: string): Promise<KubernetesObject> => {
    const answer = await ask(method, path, body, contentType);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as KubernetesObject; // the API answers success with an object
  };

  return {
    access,
    ask,
    get: (path) => expectObject("GET", path),
    create: (path, object) => expectObject("POST", path, object),
    replace: (path, object) => expectObject("PUT", path, object),
    async delete(path) {
      const answer = await ask("DELETE", path, { gracePeriodSeconds: 0, propagationPolicy: "Background" });
      if (answer.status >= 300 && answer.status !== 404) throw new Error(`DELETE ${path}: ${JSON.stringify(answer.body)}`);
    },
    async apply(...objects) {
      for (const object of objects) {
        const path = `${await pathOf(expectObject, object)}?fieldManager=test&force=true`;
        await expectObject("PATCH", path, object, "application/apply-patch+yaml");
      }
    },
    pathOf: (object) => pathOf(expectObject, object),
    as: (token) => clusterApi({ ...access, token }),
    close: () => agent.destroy(),
  };
}

const answerLimitMs = 20_000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // /readyz and the like
  }
}

/** Where an object lies, by what the server says of its kind. */
async function pathOf(get: (method: string, path: string) => Promise<unknown>, object: KubernetesObject): Promise<string> {
  const { apiVersion = "v1", kind = "", metadata } = object;
  const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = (await get("GET", base)) as { readonly resources: readonly ApiResource[] }; // APIResourceList
  const resource = resources.find((each) => each.kind === kind && !each.name.includes("/"));
  if (resource === undefined) throw new Error(`the server knows no ${kind} of ${apiVersion}`);
  const place = resource.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
  return `${base}${place}/${resource.name}/${metadata.name}`;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}
