/** Longhorn of a storm, as it really is, as the feed told it last, and as anybody in our place could know it. */
import { type Fields, isFields } from "@nodekeeper/shared";
import type { JsonPatchOperation } from "../../../collector/src/clients/kubernetes/object-kind.ts";
import type { World } from "../../../collector/src/reconcile/world.ts";
import type { LonghornKnowledge } from "../../../collector/src/state/longhorn/longhorn-holder.ts";
import { longhornNodeOf } from "../../../collector/src/state/longhorn/longhorn-node-of.ts";
import { at, patched, withAt } from "./raw-node.ts";
import { type Snapshot, viewOf } from "./snapshot.ts";

/** How the feed is: behind says nothing of being so. */
export type FeedState = "followed" | "behind" | "lost";

type Objects = ReadonlyMap<string, Fields>;

/** All of it. */
export class StormCluster {
  /** What the reconciler is shown. It is asked anew each time. */
  readonly view: World["longhorn"];
  readonly #rest: Omit<Snapshot, "nodes">;
  #objects: Objects;
  #fed: Objects;
  /** As fed, with the wishes that we read and wrote since; of how things are, the feed alone tells. */
  #known: Objects;
  #feed: FeedState = "followed";
  #revision = 1;
  #version = 1;

  constructor(objects: Objects, rest: Omit<Snapshot, "nodes">, blind: (snapshot: Snapshot) => Snapshot) {
    this.#objects = objects;
    this.#fed = objects;
    this.#known = objects;
    this.#rest = rest;
    this.view = this.#viewBy(blind);
  }

  get feed(): FeedState {
    return this.#feed;
  }

  setFeed(feed: FeedState): void {
    this.#feed = feed;
    this.#revision += 1;
  }

  /** The feed tells what there is, where it is followed. */
  tell(): void {
    if (this.#feed !== "followed" || this.#fed === this.#objects) return;
    this.#fed = this.#objects;
    this.#known = this.#objects;
    this.#revision += 1;
  }

  object(name: string): Fields {
    return this.#objects.get(name) ?? {};
  }

  disks(name: string): readonly string[] {
    const disks = at(this.object(name), ["spec", "disks"]);
    return isFields(disks) ? Object.keys(disks).sort() : [];
  }

  /** What people do, and Longhorn itself. */
  edit(name: string, path: readonly string[], value: unknown): void {
    this.#objects = new Map([...this.#objects, [name, this.#versioned(withAt(this.object(name), path, value))]]);
  }

  /** What we do. `judge` is told of the object before and after, and of all that anybody could know before it, who just read its wishes. */
  write(
    name: string,
    patch: readonly JsonPatchOperation[],
    judge: (before: Fields, after: Fields, known: Snapshot) => void,
  ): Fields {
    const before = this.object(name);
    const after = this.#versioned(patched(before, patch));
    const status = this.#known.get(name)?.["status"];
    const [known, then] = [
      { ...before, status },
      { ...after, status },
    ] as const;
    judge(known, then, this.#snapshot(new Map([...this.#known, [name, known]])));
    this.#objects = new Map([...this.#objects, [name, after]]);
    this.#known = new Map([...this.#known, [name, then]]);
    return after;
  }

  #versioned(object: unknown): Fields {
    this.#version += 1;
    const after = withAt(object, ["metadata", "resourceVersion"], String(this.#version));
    return isFields(after) ? after : {};
  }

  #viewBy(blind: (snapshot: Snapshot) => Snapshot): World["longhorn"] {
    let made: { readonly fed: Objects; readonly feed: FeedState; readonly view: ReturnType<typeof viewOf> } | undefined;
    const now = (): ReturnType<typeof viewOf> => {
      const { fed, feed } = { fed: this.#fed, feed: this.#feed };
      if (made?.fed !== fed || made.feed !== feed)
        made = { fed, feed, view: viewOf(blind(this.#snapshot(fed)), knowledgeOf(feed)) };
      return made.view;
    };
    const revision = (): number => this.#revision;
    return {
      get knowledge() {
        return now().knowledge;
      },
      get revision() {
        return revision();
      },
      version: "v1.12.1",
      node: (name) => now().node(name),
      nodes: () => now().nodes(),
      volumes: () => now().volumes(),
      volume: (name) => now().volume(name),
      replicas: () => now().replicas(),
      replicasOnDisk: (uuid) => now().replicasOnDisk(uuid),
      replicasOfVolume: (name) => now().replicasOfVolume(name),
      storageClasses: () => now().storageClasses(),
      backupTargets: () => [],
      setting: (name) => now().setting(name),
    };
  }

  #snapshot(objects: Objects): Snapshot {
    return { ...this.#rest, nodes: [...objects.values()].flatMap((object) => longhornNodeOf(object) ?? []) };
  }
}

function knowledgeOf(feed: FeedState): LonghornKnowledge {
  return { kind: "known", heardAtMs: 0, problem: feed === "lost" ? "the API server is not heard" : undefined };
}
