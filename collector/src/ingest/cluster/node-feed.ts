/** Brings the cluster's Nodes into their holder, with the version of its API. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ClusterHolder } from "../../state/cluster/cluster-holder.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { clusterNodeOf } from "../../state/cluster/cluster-node-of.ts";
import { createObjectFeed, type ObjectFeed, type ObjectSink, type ObjectSource } from "./object-feed.ts";

/** What it is fed from, and where to. */
export interface NodeFeedOptions {
  readonly client: Pick<KubernetesClient, "listNodes" | "watchNodes" | "readVersion">;
  readonly holder: ClusterHolder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** It goes on until it is disposed. */
export type NodeFeed = ObjectFeed;

/** Begins at once. */
export function createNodeFeed({ client, holder, ...needs }: NodeFeedOptions): NodeFeed {
  const source: ObjectSource = {
    async list(of, signal) {
      const { nodes, resourceVersion } = await client.listNodes(of, signal);
      return { items: nodes, resourceVersion };
    },
    watch: (from, onEvent, signal) =>
      client.watchNodes(
        from,
        (event) => onEvent(event.kind === "bookmark" ? event : { kind: event.kind, object: event.node }),
        signal,
      ),
    async askAlive(signal) {
      holder.setVersion(await client.readVersion(signal));
    },
  };
  const sink: ObjectSink<ClusterNode> = {
    replaceAll: (nodes, atMs) => holder.replaceAll(nodes, atMs),
    put: (node, atMs) => holder.put(node, atMs),
    remove({ name, uid }, atMs) {
      if (holder.node(name)?.uid === uid) holder.remove(name, atMs);
      else holder.heard(atMs); // the end of another of its name
    },
    heard: (atMs) => holder.heard(atMs),
    setProblem: (problem) => holder.setProblem(problem),
  };
  return createObjectFeed({ what: "Nodes", source, read: clusterNodeOf, sink, ...needs });
}
