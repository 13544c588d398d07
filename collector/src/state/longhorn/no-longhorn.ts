/** What is seen of Longhorn where nobody looks: there is no cluster, or nothing of it was heard. */
import type { LonghornView } from "./longhorn-holder.ts";

/** Nothing is known, and nothing ever changes. */
export const noLonghorn: LonghornView = {
  knowledge: { kind: "unknown", problem: undefined },
  node: () => undefined,
  nodes: () => [],
  volumes: () => [],
  volume: () => undefined,
  replicas: () => [],
  replicasOnDisk: () => [],
  replicasOfVolume: () => [],
  storageClasses: () => [],
  backupTargets: () => [],
  setting: () => undefined,
  version: undefined,
  revision: 0,
  subscribe: () => ({ [Symbol.dispose]: () => undefined }),
};
