/** Holds what is known of Longhorn. The only mutable thing of it; as state/cluster/create-cluster-holder.ts is of the cluster's Nodes. */
import { isDeepStrictEqual } from "node:util";
import { createItemIndex } from "./item-index.ts";
import { createKeyedItems, type KeyedItemsWriter } from "./keyed-items.ts";
import { type LonghornClassSaid, withDefaultCount } from "./longhorn-class-of.ts";
import type { LonghornChange, LonghornKnowledge, LonghornView } from "./longhorn-holder.ts";
import type { LonghornNode } from "./longhorn-node.ts";
import type { LonghornSetting } from "./longhorn-setting-of.ts";
import type { LonghornBackupTarget, LonghornReplica, LonghornStorageClass, LonghornVolume } from "./longhorn-volume.ts";

/** The view, with what its only writer fills. */
export interface LonghornHolder extends LonghornView {
  readonly filled: {
    readonly nodes: KeyedItemsWriter<LonghornNode>;
    readonly volumes: KeyedItemsWriter<LonghornVolume>;
    readonly replicas: KeyedItemsWriter<LonghornReplica>;
    readonly settings: KeyedItemsWriter<LonghornSetting>;
    readonly backupTargets: KeyedItemsWriter<LonghornBackupTarget>;
    readonly storageClasses: KeyedItemsWriter<LonghornClassSaid>;
  };
  setKnowledge(next: LonghornKnowledge): void;
}

/** A holder that knows nothing yet. */
export function createLonghornHolder(): LonghornHolder {
  const listeners = new Set<(change: LonghornChange) => void>();
  const changedNodes = new Set<string>();
  let hasOther = false;
  let isToNotify = false;
  let revision = 0;
  let knowledge: LonghornKnowledge = { kind: "unknown", problem: undefined };
  let classes: readonly LonghornStorageClass[] | undefined;
  const byDisk = createItemIndex<LonghornReplica>(({ diskUuid }) => diskUuid);
  const byVolume = createItemIndex<LonghornReplica>(({ volume }) => volume);

  const nodes = createKeyedItems<LonghornNode>((before, after) => {
    if (!isSamePlace(before, after)) revision += 1;
    changedNodes.add((after ?? before)?.name ?? "");
    toNotify();
  });
  const volumes = createKeyedItems<LonghornVolume>(changePlacement);
  const replicas = createKeyedItems<LonghornReplica>((before, after) => {
    byDisk.change(before, after);
    byVolume.change(before, after);
    changePlacement();
  });
  const backupTargets = createKeyedItems<LonghornBackupTarget>(changeOther);
  const settings = createKeyedItems<LonghornSetting>(changeClasses);
  const storageClasses = createKeyedItems<LonghornClassSaid>(changeClasses);
  const setting = (name: string): string | undefined => settings.get(name)?.value;

  return {
    filled: { nodes, volumes, replicas, settings, backupTargets, storageClasses },
    get knowledge() {
      return knowledge;
    },
    setKnowledge(next) {
      const isAnother = next.kind !== knowledge.kind;
      knowledge = next;
      if (isAnother) changePlacement();
    },
    node: (name) => nodes.get(name),
    nodes: () => nodes.all(),
    volumes: () => volumes.all(),
    volume: (name) => volumes.get(name),
    replicas: () => replicas.all(),
    replicasOnDisk: (uuid) => byDisk.of(uuid),
    replicasOfVolume: (name) => byVolume.of(name),
    storageClasses() {
      classes ??= storageClasses.all().map((said) => withDefaultCount(said, setting("default-replica-count")));
      return classes;
    },
    backupTargets: () => backupTargets.all(),
    setting,
    get version() {
      return setting("current-longhorn-version") || undefined;
    },
    get revision() {
      return revision;
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };

  function changeClasses(): void {
    classes = undefined;
    changePlacement();
  }

  function changePlacement(): void {
    revision += 1;
    changeOther();
  }

  function changeOther(): void {
    hasOther = true;
    toNotify();
  }

  function toNotify(): void {
    if (!isToNotify) setImmediate(notify);
    isToNotify = true;
  }

  function notify(): void {
    const change: LonghornChange = { nodes: [...changedNodes], hasOther };
    changedNodes.clear();
    hasOther = false;
    isToNotify = false;
    for (const listener of listeners) listener(change);
  }
}

/** Longhorn writes its nodes every half minute, and people write on them what says nothing of where replicas can be. */
function isSamePlace(before: LonghornNode | undefined, after: LonghornNode | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const { resourceVersion, annotations } = before;
  return isDeepStrictEqual(before, { ...after, resourceVersion, annotations });
}
