/** Every version of every Node, as the API server tells them in order: what was there for a moment only is seen too. */
import { Agent, request } from "node:https";
import type { ClusterApi, KubernetesObject } from "./cluster-api.ts";

/** What became of a Node. */
export interface NodeVersion {
  readonly kind: "put" | "gone";
  readonly node: KubernetesObject;
  /** The version before, of the same uid. */
  readonly before: KubernetesObject | undefined;
}

/** It follows until it is disposed. */
export interface NodeFollower extends Disposable {
  /** Of what was told so far. */
  readonly count: number;
  /** Why it follows no more; undefined: it does. */
  readonly problem: string | undefined;
}

/** Begins with the Nodes that are there; of another kind with those at `collection`. */
export async function followNodes(
  api: ClusterApi,
  onVersion: (version: NodeVersion) => void,
  collection = "/api/v1/nodes",
): Promise<NodeFollower> {
  const { url, authority, token } = api.access;
  const list = await api.get(collection);
  const known = new Map<string, KubernetesObject>();
  let count = 0;
  let problem: string | undefined;
  const tell = (kind: NodeVersion["kind"], node: KubernetesObject): void => {
    const uid = node.metadata.uid ?? "";
    const before = known.get(uid);
    if (kind === "gone") known.delete(uid);
    else known.set(uid, node);
    count += 1;
    onVersion({ kind, node, before });
  };
  for (const node of list["items"] as readonly KubernetesObject[]) tell("put", node); // NodeList

  const agent = new Agent({ ca: authority });
  const from = list.metadata.resourceVersion ?? "";
  const path = `${url}${collection}?watch=true&timeoutSeconds=3600&resourceVersion=${from}`;
  const asked = request(path, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
    let rest = "";
    response.setEncoding("utf8");
    response.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: KubernetesObject }; // WatchEvent
        if (type === "ERROR") problem = JSON.stringify(object);
        else tell(type === "DELETED" ? "gone" : "put", object);
      }
    });
    response.on("end", () => {
      problem ??= "the API server ended it";
    });
    response.on("error", (error) => {
      problem ??= error.message;
    });
  });
  asked.on("error", (error) => {
    problem ??= error.message;
  });
  asked.end();
  return {
    get count() {
      return count;
    },
    get problem() {
      return problem;
    },
    [Symbol.dispose]() {
      asked.destroy();
      agent.destroy();
    },
  };
}
