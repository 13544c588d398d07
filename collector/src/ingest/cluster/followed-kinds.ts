/** The kinds of objects that tell of Longhorn: where each comes from, how it is read, and where it goes. */
import type { Clock, Fields, Logger } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import { type LonghornKindName, longhornKinds } from "../../clients/kubernetes/longhorn-kinds.ts";
import type { LonghornHolder } from "../../state/longhorn/create-longhorn-holder.ts";
import type { KeyedItemsWriter, Named } from "../../state/longhorn/keyed-items.ts";
import { isLonghornClass, longhornClassOf } from "../../state/longhorn/longhorn-class-of.ts";
import { longhornNodeOf } from "../../state/longhorn/longhorn-node-of.ts";
import { longhornReplicaOf } from "../../state/longhorn/longhorn-replica-of.ts";
import { longhornSettingOf } from "../../state/longhorn/longhorn-setting-of.ts";
import { longhornTargetOf } from "../../state/longhorn/longhorn-target-of.ts";
import { longhornVolumeOf } from "../../state/longhorn/longhorn-volume-of.ts";
import { createObjectFeed, type ObjectFeed } from "./object-feed.ts";

/** A kind. */
export interface FollowedKind {
  readonly name: LonghornKindName;
  /** Of the cluster, whether or not Longhorn is there. */
  readonly isOfCluster: boolean;
  /** Some releases of Longhorn lack it. */
  readonly isOptional: boolean;
  /** Whether all of it was listed since it is followed. */
  readonly isListed: boolean;
  /** Begins to fill the holder. */
  follow(): ObjectFeed;
  /** There is nothing of it any more. */
  forget(): void;
}

/** What they need. */
export interface FollowedKindsOptions {
  readonly client: Pick<KubernetesClient, "listObjects" | "watchObjects">;
  readonly namespace: string;
  readonly holder: Pick<LonghornHolder, "filled">;
  readonly onHeard: (atMs: number) => void;
  readonly onProblem: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** All of them. */
export function followedKinds(options: FollowedKindsOptions): readonly FollowedKind[] {
  const { nodes, volumes, replicas, settings, backupTargets, storageClasses } = options.holder.filled;
  return [
    followed(options, { name: "nodes", items: nodes, of: longhornNodeOf }),
    followed(options, { name: "volumes", items: volumes, of: longhornVolumeOf }),
    followed(options, { name: "replicas", items: replicas, of: longhornReplicaOf }),
    followed(options, { name: "settings", items: settings, of: longhornSettingOf }),
    followed(options, { name: "backuptargets", items: backupTargets, of: longhornTargetOf, isOptional: true }),
    followed(options, {
      ...{ name: "storageclasses", items: storageClasses, of: longhornClassOf },
      ...{ isWanted: isLonghornClass, isOfCluster: true },
    }),
  ];
}

interface KindReading<Item extends Named> {
  readonly name: LonghornKindName;
  readonly items: KeyedItemsWriter<Item>;
  readonly of: (object: Fields) => Item | undefined;
  readonly isWanted?: (object: Fields) => boolean;
  readonly isOptional?: boolean;
  readonly isOfCluster?: boolean;
}

function followed<Item extends Named>(
  { client, namespace, onHeard, onProblem, ...needs }: FollowedKindsOptions,
  { name, items, of, isWanted, isOptional = false, isOfCluster = false }: KindReading<Item>,
): FollowedKind {
  const kind = longhornKinds(namespace)[name];
  let isListed = false;
  return {
    ...{ name, isOptional, isOfCluster },
    get isListed() {
      return isListed;
    },
    follow: () =>
      createObjectFeed<Item>({
        what: isOfCluster ? name : `${name} of Longhorn`,
        source: {
          list: (read, signal) => client.listObjects(kind, read, signal),
          watch: (from, onEvent, signal) => client.watchObjects(kind, from, onEvent, signal),
        },
        read(object) {
          const item = of(object);
          return item && items.reuse(item);
        },
        ...(isWanted === undefined ? {} : { isWanted }),
        sink: {
          replaceAll(all, atMs) {
            items.replaceAll(all);
            isListed = true;
            onHeard(atMs);
          },
          put(item, atMs) {
            items.put(item);
            onHeard(atMs);
          },
          remove(item, atMs) {
            items.remove(item.name);
            onHeard(atMs);
          },
          heard: onHeard,
          setProblem: onProblem,
        },
        ...needs,
      }),
    forget() {
      isListed = false;
      items.replaceAll([]);
    },
  };
}
