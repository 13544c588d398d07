import { AppError, createLogger, type Fields } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import type { NodeEvent } from "../../clients/kubernetes/node-watch.ts";
import { createClusterHolder } from "../../state/cluster/create-cluster-holder.ts";
import { createNodeFeed, type NodeFeed, type NodeFeedOptions } from "./node-feed.ts";

const minuteMs = 60_000;
const away = new AppError("PEER_UNREACHABLE", "nobody answers");
let feed: NodeFeed | undefined;

afterEach(async () => {
  await feed?.[Symbol.asyncDispose]();
});

function node(name: string, resourceVersion = "1", uid = `uid of ${name}`): Fields {
  return { metadata: { name, resourceVersion, uid, creationTimestamp: "2026-01-01T00:00:00Z" } };
}

/** A watch that was begun; it lasts until the test ends it. */
interface Watch {
  readonly from: string;
  tell(event: NodeEvent): void;
  end(error?: AppError): void;
}

/** A feed from a cluster of badger and otter whose answers the test changes. */
async function follow() {
  const clock = new FakeClock();
  const holder = createClusterHolder();
  const lists: number[] = [];
  const watches: Watch[] = [];
  const answers = {
    list: (): readonly Fields[] => [node("badger"), node("otter")],
    version: (): string => "v1.33.6+k3s1",
    endsAtOnce: false,
  };
  const client: NodeFeedOptions["client"] = {
    async listNodes(of) {
      lists.push(clock.monotonicMs());
      return { nodes: answers.list().map(of), resourceVersion: `list ${lists.length}` };
    },
    watchNodes(from, onEvent, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => reject(AppError.from(signal.reason)), { once: true });
      const tell = (event: NodeEvent): void => {
        try {
          onEvent(event);
        } catch (thrown) {
          reject(thrown);
        }
      };
      watches.push({ from, tell, end: (error) => (error === undefined ? resolve() : reject(error)) });
      if (answers.endsAtOnce) resolve();
      return promise;
    },
    readVersion: async () => answers.version(),
  };
  const made = createNodeFeed({ client, holder, clock, random: () => 0.5, logger: createLogger("test", "silent") });
  feed = made;
  await clock.advance(1_000);
  const watch = (): Watch => watches.at(-1) ?? { from: "none", tell: () => undefined, end: () => undefined };
  return { feed: made, clock, holder, lists, watches, answers, watch, names: () => holder.nodes().map(({ name }) => name) };
}

describe("the feed of a cluster's Nodes", () => {
  it("lists them, follows what becomes of them, and knows the version", async () => {
    const { holder, watch, names, feed } = await follow();
    expect([names(), holder.version, watch().from]).toEqual([["badger", "otter"], "v1.33.6+k3s1", "list 1"]);

    watch().tell({ kind: "put", node: node("weasel", "5") });
    watch().tell({ kind: "gone", node: node("otter", "6") });

    expect([names(), feed.problems()]).toEqual([["badger", "weasel"], []]);
  });

  it("takes no Node away for the end of another of its name", async () => {
    const { watch, names, feed, lists } = await follow();
    watch().tell({ kind: "put", node: node("otter", "5", "made again") });

    watch().tell({ kind: "gone", node: node("otter", "6") });

    expect([names(), feed.problems(), lists.length]).toEqual([["badger", "otter"], [], 1]);
  });

  it("goes on watching where the last watch ended in order, without a list", async () => {
    const { clock, lists, watch, watches } = await follow();
    watch().tell({ kind: "bookmark", resourceVersion: "90" });
    await clock.advance(4 * minuteMs);

    watch().end();
    await settle();

    expect(watches.map(({ from }) => from)).toEqual(["list 1", "90"]);
    expect(lists).toHaveLength(1);
  });

  it("hears of the cluster though nothing happens: by bookmarks, and by its answers", async () => {
    const { clock, holder, watch } = await follow();
    const heardBeforeMs = (): number => {
      const { knowledge } = holder;
      return clock.wallMs() - (knowledge.kind === "known" ? knowledge.heardAtMs : 0);
    };
    await clock.advance(30_000);
    expect(heardBeforeMs()).toBe(30_000);

    watch().tell({ kind: "bookmark", resourceVersion: "90" });
    expect(heardBeforeMs()).toBe(0);
    await clock.advance(50_000);
    expect(heardBeforeMs()).toBe(20_000);
  });

  it("lists all anew every ten minutes, and finds what no watch has told", async () => {
    const { clock, lists, answers, names, feed } = await follow();
    answers.list = () => [node("badger", "2"), node("weasel")];

    await clock.advance(25 * minuteMs);

    expect(lists).toEqual([0, 10 * minuteMs, 20 * minuteMs]);
    expect([names(), feed.problems()]).toEqual([["badger", "weasel"], []]);
  });

  it.each([
    { name: "breaks", error: away },
    { name: "is too far behind (410)", error: new AppError("PEER_UNREACHABLE", "too old", { context: { status: 410 } }) },
    { name: "is refused", error: new AppError("PEER_REFUSED", "forbidden", { context: { status: 403 } }) },
  ])("lists all anew when a watch $name, and loses no node meanwhile", async ({ error }) => {
    const { clock, lists, watch, holder, names, feed } = await follow();
    await clock.advance(minuteMs);

    watch().end(error);
    await settle();

    expect([names(), feed.problems()]).toEqual([["badger", "otter"], [`the cluster's Nodes are not heard of: ${error.message}`]]);
    expect(holder.knowledge).toMatchObject({ kind: "known", problem: feed.problems()[0] });
    await clock.advance(250 + 1_000);
    expect([lists.length, names(), feed.problems()]).toEqual([2, ["badger", "otter"], []]);
    expect(holder.knowledge).toMatchObject({ problem: undefined });
  });

  it("asks more and more rarely while the API server is away, and keeps what it knows", async () => {
    const { clock, lists, answers, watch, names, holder } = await follow();
    const back = answers.list;
    answers.list = () => {
      throw away;
    };
    watch().end(away);

    await clock.advance(5 * minuteMs);

    const delays = lists.slice(1).map((atMs, index) => atMs - (lists[index] ?? 0));
    expect(delays).toEqual([
      ...[1_250, 1_000, 2_250, 4_000, 6_250, 9_000, 12_250, 16_000, 20_250, 25_000],
      ...Array(6).fill(30_000),
    ]);
    expect([names(), holder.knowledge.kind]).toEqual([["badger", "otter"], "known"]);
    answers.list = back;
    await clock.advance(45_000);
    expect(holder.knowledge).toMatchObject({ problem: undefined });
  });

  it("comes again when the API server says to", async () => {
    const { clock, lists, watch } = await follow();

    watch().end(new AppError("PEER_UNREACHABLE", "too many", { context: { status: 429, retryAfterMs: 7_000 } }));

    await clock.advance(6_999);
    expect(lists).toHaveLength(1);
    await clock.advance(1);
    expect(lists).toHaveLength(2);
  });

  it("does not spin where every watch ends as soon as it begins", async () => {
    const { clock, lists, answers, watch, watches, feed } = await follow();
    answers.endsAtOnce = true;
    watch().end();

    await clock.advance(minuteMs);

    expect([watches.length, lists.length]).toEqual([10, 9]);
    expect(feed.problems()).toEqual([expect.stringContaining("ends a watch of its Nodes as soon as it begins")]);
  });

  it("finds within a minute that the API server hangs, though its watch says nothing of it", async () => {
    const { clock, lists, answers, feed } = await follow();
    answers.version = () => {
      throw away;
    };

    await clock.advance(minuteMs);

    expect(feed.problems()).toEqual(["the cluster's Nodes are not heard of: nobody answers"]);
    answers.version = () => "v1.33.7+k3s1";
    await clock.advance(250 + 1_000);
    expect([lists.length, feed.problems()]).toEqual([2, []]);
  });

  it("takes a refusal to say the version for a sign of life", async () => {
    const { clock, lists, answers, feed } = await follow();
    answers.version = () => {
      throw new AppError("PEER_REFUSED", "forbidden", { context: { status: 403 } });
    };

    await clock.advance(3 * minuteMs);

    expect([lists.length, feed.problems()]).toEqual([1, []]);
  });

  it("takes no node away for a list or an event that it cannot read", async () => {
    const { clock, answers, watch, names, feed } = await follow();
    answers.list = () => [node("badger"), { metadata: {} }];

    watch().tell({ kind: "gone", node: { metadata: { name: "badger" } } });
    await clock.advance(minuteMs);

    expect([names(), feed.problems()]).toEqual([["badger", "otter"], [expect.stringContaining("in a form that we do not know")]]);
  });

  it("knows nothing while it has never been answered, and says why", async () => {
    const clock = new FakeClock();
    const holder = createClusterHolder();
    const refuse = (): Promise<never> => Promise.reject(away);
    const client = { listNodes: refuse, watchNodes: refuse, readVersion: refuse };
    feed = createNodeFeed({ client, holder, clock, random: () => 0.5, logger: createLogger("test", "silent") });

    await clock.advance(minuteMs);

    expect(holder.knowledge).toEqual({ kind: "unknown", problem: "the cluster's Nodes are not heard of: nobody answers" });
  });

  it("leaves no timer behind when it is disposed", async () => {
    const { feed, clock } = await follow();

    await feed[Symbol.asyncDispose]();
    await settle();

    expect(clock.sleeperCount).toBe(0);
  });
});
