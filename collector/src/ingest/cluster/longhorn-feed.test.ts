import { AppError, createLogger, type Fields } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import type { ObjectEvent } from "../../clients/kubernetes/object-kind.ts";
import { createLonghornHolder } from "../../state/longhorn/create-longhorn-holder.ts";
import { createLonghornFeed, type LonghornFeed, type LonghornFeedOptions } from "./longhorn-feed.ts";

const minuteMs = 60_000;
const away = new AppError("PEER_UNREACHABLE", "nobody answers");
const everything = ["nodes", "nodes/status", "volumes", "replicas", "settings", "backuptargets", "engines"];
let feed: LonghornFeed | undefined;

afterEach(async () => {
  await feed?.[Symbol.asyncDispose]();
});

function named(name: string, more: Fields = {}): Fields {
  return { metadata: { name, uid: `uid of ${name}`, resourceVersion: "1" }, ...more };
}

function fail(): never {
  throw away;
}

/** A feed from a cluster whose answers the test changes: what its kinds are, and what is in each. */
async function follow(kinds: readonly string[] | undefined = everything, broken?: string) {
  const clock = new FakeClock();
  const holder = createLonghornHolder();
  const asked: string[] = [];
  const watches = new Map<string, (event: ObjectEvent) => void>();
  const cluster = {
    kinds: (): readonly string[] | undefined => kinds,
    objects: new Map<string, () => readonly Fields[]>([
      ["nodes", () => [named("badger"), named("otter")]],
      ["volumes", () => [named("v1")]],
      ["replicas", () => [named("r1", { spec: { volumeName: "v1", diskID: "a" } })]],
      ["settings", () => [named("current-longhorn-version", { value: "v1.7.2" })]],
      ["backuptargets", () => [named("default")]],
      ["storageclasses", () => [named("longhorn", { provisioner: "driver.longhorn.io" }), named("local-path")]],
    ]),
  };
  if (broken !== undefined) cluster.objects.set(broken, fail);
  const client: LonghornFeedOptions["client"] = {
    async listKinds() {
      asked.push("kinds");
      const kinds = cluster.kinds();
      return kinds && new Set(kinds);
    },
    async listObjects({ path }, of) {
      const plural = path.split("/").at(-1) ?? "";
      asked.push(plural);
      return { items: (cluster.objects.get(plural)?.() ?? []).map(of), resourceVersion: "9" };
    },
    watchObjects({ path }, _, onEvent, signal) {
      watches.set(path.split("/").at(-1) ?? "", onEvent);
      const { promise, reject } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => reject(AppError.from(signal.reason)), { once: true });
      return promise;
    },
  };
  const options = { namespace: "longhorn-system", clock, random: () => 0.5, logger: createLogger("test", "silent") };
  const made = createLonghornFeed({ client, holder, ...options });
  feed = made;
  await settle();
  const tell = (plural: string, kind: "put" | "gone", object: Fields): void => watches.get(plural)?.({ kind, object });
  return { feed: made, clock, holder, asked, tell, cluster };
}

describe("the feed of Longhorn", () => {
  it("lists all kinds and follows them, of the classes those of Longhorn", async () => {
    const { holder, clock, feed, tell, asked } = await follow();
    await clock.advance(1_000);
    expect(holder.knowledge).toMatchObject({ kind: "known", problem: undefined });
    expect([holder.nodes().length, holder.version, holder.storageClasses().map(({ name }) => name)]).toEqual([
      2,
      "v1.7.2",
      ["longhorn"],
    ]);
    expect(holder.replicasOnDisk("a")).toMatchObject([{ name: "r1" }]);

    tell("nodes", "put", named("weasel"));
    tell("nodes", "gone", named("otter"));
    tell("replicas", "gone", named("r1"));
    tell("storageclasses", "put", named("nfs"));

    expect(holder.nodes().map(({ name }) => name)).toEqual(["badger", "weasel"]);
    expect([holder.replicas(), holder.storageClasses().length, feed.problems()]).toEqual([[], 1, []]);
    expect(asked).toHaveLength(7);
  });

  it("knows nothing until all kinds were listed", async () => {
    const { holder, clock, cluster } = await follow(everything, "replicas");

    await clock.advance(1_000);
    expect([holder.nodes().length, holder.knowledge]).toEqual([
      2,
      { kind: "unknown", problem: "the cluster's replicas of Longhorn are not heard of: nobody answers" },
    ]);
    cluster.objects.set("replicas", () => []);
    await clock.advance(minuteMs);

    expect(holder.knowledge).toMatchObject({ kind: "known", problem: undefined });
  });

  it("believes at the second look that Longhorn is not there, and asks one thing a minute from then on", async () => {
    const { holder, clock, asked, feed, cluster } = await follow();
    cluster.kinds = () => undefined;
    await clock.advance(minuteMs);
    expect([holder.knowledge.kind, holder.nodes().length]).toEqual(["known", 2]);

    await clock.advance(5_000);
    expect(holder.knowledge.kind).toBe("absent");
    expect([holder.nodes(), holder.volumes(), holder.storageClasses(), holder.setting("any")]).toEqual([[], [], [], undefined]);
    asked.length = 0;
    await clock.advance(10 * minuteMs);

    expect([asked, feed.problems()]).toEqual([Array(10).fill("kinds"), []]);
  });

  it("finds within a minute that Longhorn was installed", async () => {
    const { holder, clock, cluster } = await follow();
    cluster.kinds = () => undefined;
    await clock.advance(2 * minuteMs);
    cluster.kinds = () => everything;

    await clock.advance(minuteMs);

    expect([holder.knowledge.kind, holder.nodes().length]).toEqual(["known", 2]);
  });

  it("is not kept from knowing by a kind that some releases lack, and takes it up when it comes", async () => {
    const { holder, clock, cluster } = await follow(everything.filter((kind) => kind !== "backuptargets"));
    expect(holder.knowledge.kind).toBe("unknown");
    await clock.advance(5_000);
    expect([holder.knowledge.kind, holder.backupTargets()]).toEqual(["known", []]);

    cluster.kinds = () => everything;
    await clock.advance(minuteMs);

    expect([holder.knowledge.kind, holder.backupTargets().length]).toEqual(["known", 1]);
  });

  it("does not know a Longhorn of which a kind is gone that every release has", async () => {
    const { holder, clock, cluster, feed } = await follow();
    cluster.kinds = () => everything.filter((kind) => kind !== "replicas");

    await clock.advance(minuteMs + 5_000);

    expect(holder.knowledge).toEqual({ kind: "unknown", problem: "the cluster has a part of Longhorn only: it lacks replicas" });
    expect(feed.problems()).toHaveLength(1);
  });

  it("says one problem where all kinds have the same, keeps what it knows, and says since when nothing was heard", async () => {
    const { holder, clock, cluster, feed } = await follow();
    await clock.advance(1_000);
    const heardAtMs = clock.wallMs() - 1_000;
    cluster.kinds = fail;
    for (const plural of cluster.objects.keys()) cluster.objects.set(plural, fail);

    await clock.advance(15 * minuteMs);

    expect(feed.problems()).toEqual(["it cannot be told whether Longhorn is installed: nobody answers"]);
    expect(holder.knowledge).toEqual({ kind: "known", heardAtMs, problem: feed.problems()[0] });
    cluster.kinds = () => everything;
    await clock.advance(minuteMs);
    const others = "(and the same of 5 more of its kinds)";
    expect(feed.problems()).toEqual([`the cluster's nodes of Longhorn are not heard of: nobody answers ${others}`]);
    expect(holder.nodes()).toHaveLength(2);
  });

  it("takes nothing away for an object that it cannot read", async () => {
    const { holder, clock, cluster, feed, tell } = await follow();
    cluster.objects.set("nodes", () => [named("badger"), { metadata: {} }]);

    await clock.advance(15 * minuteMs);
    expect(() => tell("replicas", "gone", { metadata: {} })).toThrow("in a form that we do not know");

    expect([holder.nodes().length, holder.replicas().length]).toEqual([2, 1]);
    expect(feed.problems()).toEqual([expect.stringContaining("one of its nodes of Longhorn in a form that we do not know")]);
  });

  it("says that Longhorn must be somewhere else where there is nothing of it in the namespace", async () => {
    const { clock, cluster, feed } = await follow();
    cluster.objects.set("nodes", () => []);
    cluster.objects.set("settings", () => []);

    await clock.advance(15 * minuteMs);

    expect(feed.problems()).toEqual([expect.stringContaining("--longhorn-namespace")]);
  });

  it("asks for little in steady state", async () => {
    const { clock, asked } = await follow();
    asked.length = 0;

    await clock.advance(60 * minuteMs);

    expect(asked.filter((each) => each === "kinds")).toHaveLength(60);
    expect(asked.filter((each) => each === "replicas").length).toBeLessThanOrEqual(6);
  });

  it("leaves no timer behind when it is disposed", async () => {
    const { feed, clock } = await follow();

    await feed[Symbol.asyncDispose]();
    await settle();

    expect(clock.sleeperCount).toBe(0);
  });
});
