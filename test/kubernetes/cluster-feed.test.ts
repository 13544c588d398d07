/**
 * The feed of a cluster's Nodes from a real API server, under the collector's own rights: whatever happens to lists and watches, the holder comes to
 * what the server has, and loses no Node on the way that the server did not.
 */
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type KubernetesClient, openKubernetesClient } from "../../collector/src/clients/kubernetes/kubernetes-client.ts";
import { createNodeFeed, type NodeFeed } from "../../collector/src/ingest/cluster/node-feed.ts";
import type { ClusterHolder } from "../../collector/src/state/cluster/cluster-holder.ts";
import { createClusterHolder } from "../../collector/src/state/cluster/create-cluster-holder.ts";
import { createLogger } from "../../packages/shared/src/index.ts";
import { type Meddling, type MeddlingApiServer, startMeddlingApiServer } from "../fakes/meddling-api-server.ts";
import { until as untilFound } from "../ollama/until.ts";
import { inTime } from "../support/in-time.ts";
import { createNode, createNodes, requestAccountToken } from "./cluster-objects.ts";
import { type House, names, startHouse } from "./house.ts";
import { hurriedClock } from "./hurried-clock.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const nodesPath = "/api/v1/nodes";
/** Beside badger and otter: two pages in all, for as long as there is one more at most. */
const otherNodes = ["node-0", "node-1", "node-2"];
const pageSize = 3;
/** Which page, or the watch. */
const isSecondPage = (path: string): boolean => path.includes("continue=");
const isWatch = (path: string): boolean => path.includes("watch=true");

describe.skipIf(missing !== undefined)(
  `the feed of a cluster's Nodes, on a real API server${whyNot}`,
  { timeout: 90_000 },
  () => {
    let house: House;
    let meddler: MeddlingApiServer;
    let client: KubernetesClient;
    let holder: ClusterHolder;
    let feed: NodeFeed;
    /** Nodes that were taken away, in their order. */
    let lost: readonly string[] = [];
    /** Problems, in their order. */
    let said: readonly string[] = [];

    beforeAll(async () => {
      house = await startHouse();
      const { cluster } = house;
      await createNodes(cluster.admin, otherNodes);
      meddler = await startMeddlingApiServer({ url: cluster.url, folder: dirname(cluster.authorityFile), pageSize });
      const folder = await cluster.podFolder(await requestAccountToken(cluster.admin, names.collector), names.namespace);
      client = await openKubernetesClient({ kind: "pod", server: meddler.url, folder }, hurriedClock(10));
      holder = createClusterHolder();
      const { setProblem } = holder;
      holder.setProblem = (problem) => {
        setProblem(problem);
        if (problem !== undefined) said = [...said, problem];
      };
      holder.subscribe((changed) => {
        lost = [...lost, ...changed.filter((name) => holder.node(name) === undefined)];
      });
      feed = follow(client, 10);
    }, kubernetesBuildLimitMs);

    afterAll(async () => {
      await feed?.[Symbol.asyncDispose]();
      await client?.[Symbol.asyncDispose]();
      await meddler?.[Symbol.asyncDispose]();
      await house?.[Symbol.asyncDispose]();
    });

    beforeEach(() => {
      lost = [];
      said = [];
    });

    function follow(from: KubernetesClient, factor: number): NodeFeed {
      return createNodeFeed({
        ...{ client: from, holder, clock: hurriedClock(factor), random: Math.random, logger: createLogger("test", "silent") },
      });
    }

    /** The holder has what the server has, to the last write. */
    async function isAsTheServer(): Promise<void> {
      await until(async () => isDeepStrictEqual(versions(holder), await versionsAtServer(house)) && feed.problems().length === 0);
    }

    const isSaid = async (problem: string): Promise<boolean> => said.some((each) => each.includes(problem));

    const label = async (name: string, value: string): Promise<unknown> =>
      house.cluster.admin.ask(
        "PATCH",
        `${nodesPath}/${name}`,
        { metadata: { labels: { value } } },
        "application/merge-patch+json",
      );

    it("lists them in pages, and knows the version", async () => {
      await isAsTheServer();

      expect(holder.nodes()).toHaveLength(5);
      expect(holder.knowledge).toMatchObject({ kind: "known", problem: undefined });
      expect(meddler.passedOn.filter(({ path }) => path.includes("limit=500")).length).toBe(2);
      await until(async () => holder.version !== undefined);
      expect(holder.version).toMatch(/^v1\.\d+\.\d+/);
    });

    it("hears by its watch alone of a Node that is made, written, deleted, and made again", async () => {
      const { admin } = house.cluster;
      const lists = (): number => meddler.passedOn.filter(({ path }) => path.includes("limit=500")).length;
      const listed = await inTime(
        (count) => count === 0,
        async (round) => {
          if (round > 0) await admin.delete(`${nodesPath}/weasel`);
          await until(async () => holder.node("weasel") === undefined);
          const before = lists();
          lost = [];
          const { metadata: made } = await createNode(admin, "weasel");
          await until(async () => holder.node("weasel")?.uid === made.uid);
          await label("weasel", "one");
          await until(async () => holder.node("weasel")?.labels["value"] === "one");
          expect(lost).toEqual([]);

          await admin.delete(`${nodesPath}/weasel`);
          await until(async () => holder.node("weasel") === undefined);
          const { metadata: again } = await createNode(admin, "weasel");
          await until(async () => holder.node("weasel")?.uid === again.uid);

          expect([again.uid === made.uid, lost]).toEqual([false, ["weasel"]]);
          await isAsTheServer();
          return lists() - before;
        },
      );
      expect(listed).toBe(0);
    });

    it("goes on where another feed has ended", async () => {
      await feed[Symbol.asyncDispose]();
      await label("badger", "written-between");

      feed = follow(client, 300); // failures are many from here on

      await isAsTheServer();
      expect([holder.node("badger")?.labels["value"], lost]).toEqual(["written-between", []]);
    });

    describe("a list that is not complete removes nothing:", () => {
      const troubles: readonly { readonly name: string; readonly meddling: Meddling; readonly problem: string }[] = [
        { name: "the connection breaks in its second page", meddling: { kind: "break" }, problem: "could not be asked" },
        { name: "its second page ends half way", meddling: { kind: "shorten" }, problem: "200: no JSON" },
        { name: "its second page is a proxy's", meddling: answer(200, "<html>"), problem: "200: no JSON" },
        {
          name: "its second page is something else",
          meddling: answer(200, '{"kind":"Status"}'),
          problem: "in a form that we know",
        },
        { name: "its second page is refused", meddling: answer(403, status(403, "Forbidden")), problem: "403: Forbidden" },
        { name: "the server has too much to do", meddling: answer(429, status(429, "slow down")), problem: "429: slow down" },
        { name: "its second page is too old each time", meddling: answer(410, status(410, "Expired")), problem: "410: Expired" },
        { name: "its second page does not come", meddling: { kind: "hang" }, problem: "did not answer" },
      ];

      it.each(troubles)("$name", async ({ meddling, problem }) => {
        meddler.meddle((path) => (isSecondPage(path) ? meddling : undefined));
        meddler.cut();
        await until(() => isSaid(problem));

        const duringTrouble = holder.nodes().length;
        await label("badger", problem.replace(/\W+/g, "-"));
        meddler.meddle(undefined);

        await isAsTheServer();
        expect([duringTrouble, lost]).toEqual([6, []]);
      });

      it("the past is forgotten between two of its pages: the real server gives it up, and it begins anew", async () => {
        let compacted = 0;
        const before = meddler.passedOn.length;
        meddler.meddle(async (path) => {
          if (!isSecondPage(path) || compacted > 0) return;
          compacted += 1;
          await label("otter", "compacted");
          await house.cluster.compact();
        });
        meddler.cut();

        await until(async () => compacted > 0 && feed.problems().length === 0);
        await isAsTheServer();
        meddler.meddle(undefined);

        const statuses = meddler.passedOn.slice(before).flatMap(({ path, status }) => (isSecondPage(path) ? [status] : []));
        expect([statuses[0], statuses.at(-1), lost]).toEqual([410, 200, []]);
      });
    });

    describe("a watch that ends badly is followed by a list:", () => {
      const troubles: readonly { readonly name: string; readonly meddling: Meddling; readonly problem: string }[] = [
        { name: "it is refused", meddling: answer(403, status(403, "Forbidden")), problem: "403: Forbidden" },
        { name: "it begins too far back (410)", meddling: answer(410, status(410, "Expired")), problem: "410: Expired" },
        {
          name: "it falls behind (410)",
          meddling: prepend(`{"type":"ERROR","object":${status(410, "Expired")}}\n`),
          problem: "410: Expired",
        },
        { name: "it says something that is no JSON", meddling: prepend("event: put\n"), problem: "no JSON object" },
        {
          name: "it says a kind that we do not know",
          meddling: prepend('{"type":"SYNCED"}\n'),
          problem: "form that we do not know",
        },
        { name: "it says a Node without a name", meddling: prepend('{"type":"DELETED","object":{}}\n'), problem: "do not know" },
        { name: "it says a line without an end", meddling: prepend("a".repeat(5_000_000)), problem: "more than 4194304 bytes" },
        { name: "it never begins", meddling: { kind: "hang" }, problem: "did not answer" },
      ];

      it.each(troubles)("$name", async ({ meddling, problem }) => {
        meddler.meddle((path) => (isWatch(path) ? meddling : undefined));
        meddler.cut();
        await until(() => isSaid(problem));
        await label("badger", "written-meanwhile");
        meddler.meddle(undefined);

        await isAsTheServer();
        expect([holder.node("badger")?.labels["value"], lost]).toEqual(["written-meanwhile", []]);
      });

      it("it breaks, all connections at once", async () => {
        meddler.cut();

        await until(() => isSaid("could not be asked"));
        await isAsTheServer();
        expect(lost).toEqual([]);
      });

      it("it breaks in the middle of an event", async () => {
        meddler.meddle((path) => (isWatch(path) ? { kind: "break" } : undefined));
        meddler.cut();
        await until(() => isSaid("could not be asked"));
        said = [];
        let written = 0;

        await until(async () => {
          await label("badger", `in-the-middle-${written++}`);
          return await isSaid("could not be asked");
        });
        meddler.meddle(undefined);

        await isAsTheServer();
        expect(lost).toEqual([]);
      });

      it("the real server does not know that far back", async () => {
        await feed[Symbol.asyncDispose]();
        const thrown: unknown[] = [];
        feed = follow(
          {
            ...client,
            async watchNodes(from, onEvent, signal) {
              await client.watchNodes(thrown.length === 0 ? "1" : from, onEvent, signal).catch((error: unknown) => {
                thrown.push(error);
                throw error;
              });
            },
          },
          300,
        );

        await until(async () => thrown.length > 0);

        expect(thrown[0]).toMatchObject({
          context: { status: 410 },
          message: expect.stringContaining("too old resource version"),
        });
        await label("badger", "after-410");
        await isAsTheServer();
        expect(lost).toEqual([]);
      });
    });

    it(
      "keeps what it knows while the API server hangs or is away, says so, and comes to what has become of it",
      async () => {
        const { cluster } = house;
        await cluster.freeze();
        await until(() => isSaid("did not answer"));
        expect(holder.nodes()).toHaveLength(6);
        cluster.thaw();
        await isAsTheServer();

        said = [];
        await cluster.stop();
        await until(() => isSaid("could not be asked"));
        expect(holder.nodes()).toHaveLength(6);
        await cluster.start();
        await cluster.admin.delete(`${nodesPath}/node-0`);
        await createNode(cluster.admin, "stoat");

        await isAsTheServer();
        expect([lost, holder.nodes().length]).toEqual([["node-0"], 6]);
      },
      restartLimitMs,
    );

    it("asked for nothing else", () => {
      const paths = new Set(meddler.passedOn.map(({ path }) => path.replace(/\?.*/, "")));

      expect(paths).toEqual(new Set([nodesPath, "/version"]));
    });
  },
);

function until<Found>(look: () => Promise<Found | undefined | false>): Promise<Found> {
  return untilFound(look, 10);
}

function answer(code: number, body: string): Meddling {
  return { kind: "answer", status: code, body };
}

function prepend(body: string): Meddling {
  return { kind: "prepend", body };
}

function status(code: number, message: string): string {
  return JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, message });
}

type Versions = ReadonlyMap<string, string>;

function versions(holder: ClusterHolder): Versions {
  return new Map(
    holder
      .nodes()
      .map(({ name, uid, resourceVersion }) => [name, `${uid} ${resourceVersion}`] as const)
      .sort(),
  );
}

async function versionsAtServer({ cluster }: House): Promise<Versions> {
  const { items } = Object(await cluster.admin.get(nodesPath)) as { readonly items: readonly NodeObject[] }; // NodeList
  return new Map(
    items.map(({ metadata: { name, uid, resourceVersion } }) => [name, `${uid} ${resourceVersion}`] as const).sort(),
  );
}

interface NodeObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}
