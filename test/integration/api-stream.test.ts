/** The live stream over real sockets, with real clients: good, slow, rude and dead ones. */
import { setTimeout as delay } from "node:timers/promises";
import { type NodeDetail, type NodeList, StreamDelta, StreamSnapshot } from "@nodekeeper/shared/api";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { formProblems } from "../../collector/src/api/test-support/expect-body.ts";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { diskReadings, sensorReadings, systemReadings } from "../../collector/src/api/test-support/readings.ts";
import { StreamClient } from "../../collector/src/api/test-support/stream-client.ts";
import { inTime } from "../support/in-time.ts";

/** Long enough to be told, many times over. */
const patience = { timeout: 15_000, interval: 5 };

let api: ApiHarness;
let clients: StreamClient[];
let neko: Machine;
let panther: Machine;

beforeEach(async () => {
  clients = [];
  await useApi(await startApi({ limits: { minimumIntervalMs: 20 } }));
});

afterEach(async () => {
  for (const client of clients) client.drop();
  await api[Symbol.asyncDispose]();
});

async function useApi(harness: ApiHarness, nowMs = Date.now()): Promise<void> {
  if (api !== undefined) await api[Symbol.asyncDispose]();
  api = harness;
  neko = new Machine("neko");
  panther = new Machine("panther");
  api.state.apply(neko.connect(nowMs));
  api.state.apply(panther.connect(nowMs));
}

async function aClient(query: Record<string, string> = {}, options: { autoPong?: boolean } = {}): Promise<StreamClient> {
  const client = new StreamClient(api.server.url);
  clients.push(client);
  await client.open(query, options);
  await vi.waitFor(() => expect(client.messages.length).toBeGreaterThan(0), patience);
  return client;
}

function load(loadAverage1m: number): void {
  api.state.apply(neko.observe("system", systemReadings(1000, loadAverage1m), Date.now()));
}

describe("feature 82: a stream of changes", { timeout: 60_000 }, () => {
  it("begins with everything, in the form that it promises", async () => {
    api.findings.put(aFinding("neko"));
    const client = await aClient();

    expect(client.messages.map((message) => message.type)).toEqual(["snapshot"]);
    expect(formProblems(StreamSnapshot, client.messages[0])).toEqual([]);
    expect([...client.nodes.keys()]).toEqual(["neko", "panther"]);
    expect([...client.findings.keys()]).toEqual(["disk-nearly-full/neko/filesystem//"]);
    expect(client.detail).toBeUndefined();
  });

  it("tells the nodes that changed and only those, under a version that grows", async () => {
    const client = await aClient();
    const { version } = client;

    load(3);
    await vi.waitFor(() => expect(client.nodes.get("neko")?.loadAverage1m).toBe(3), patience);

    const [, delta] = client.messages;
    expect(formProblems(StreamDelta, delta)).toEqual([]);
    expect(delta).toMatchObject({ type: "delta", nodes: [{ name: "neko" }], removedNodes: [], findings: [] });
    expect(client.version).toBeGreaterThan(version);
  });

  it("tells a finding when it opens, and once more when it is resolved", async () => {
    const client = await aClient();

    api.findings.put(aFinding("neko"));
    await vi.waitFor(() => expect(client.nodes.get("neko")?.status).toBe("failed"), patience);
    expect(client.findings.size).toBe(1);

    api.findings.put(aFinding("neko", { state: "resolved", resolvedAt: new Date().toISOString() }));
    await vi.waitFor(() => expect(client.nodes.get("neko")?.status).toBe("ok"), patience);
    expect(client.findings.size).toBe(0);
    expect(client.messages.at(-1)).toMatchObject({ findings: [{ state: "resolved" }] });
  });

  it("tells what comes of time alone", async () => {
    const clock = new FakeClock();
    await useApi(await startApi({ clock }), clock.wallMs());
    const client = await aClient();

    for (let second = 0; second < 125; second++) await clock.advance(1000);
    await vi.waitFor(() => expect(client.nodes.get("neko")?.freshness).toBe("stale"), patience);

    expect(client.nodes.get("neko")).toMatchObject({ status: "unknown", reason: "silent for 2 min" });
    expect(client.messages).toHaveLength(2);
  });

  it("merges what happens quickly: a thousand events are a few messages", async () => {
    await useApi(await startApi());
    const client = await aClient();

    const startedAtMs = performance.now();
    for (let index = 1; index <= 1000; index++) {
      load(index);
      if (index % 10 === 0) await delay(10);
    }
    await vi.waitFor(() => expect(client.nodes.get("neko")?.loadAverage1m).toBe(1000), patience);

    const elapsedMs = performance.now() - startedAtMs;
    expect(client.messages.length).toBeGreaterThanOrEqual(4);
    expect(client.messages.length).toBeLessThanOrEqual(elapsedMs / 250 + 3); // four a second, and the snapshot
  });

  it("tells the first of changes at once, not after the interval", async () => {
    await useApi(await startApi({ limits: { minimumIntervalMs: 2000 } }));
    const client = await aClient();

    const tookMs = await inTime(
      (ms: number) => ms < 1500,
      async (round) => {
        await delay(2100); // let the interval after what was told last pass
        const startedAtMs = performance.now();
        load(3 + round);
        await vi.waitFor(() => expect(client.messages).toHaveLength(2 + round), { ...patience, interval: 1 });
        return performance.now() - startedAtMs;
      },
    );

    expect(tookMs).toBeLessThan(1500);
  });

  it("tells in time what a request over HTTP has taken in before it", async () => {
    await useApi(await startApi({ limits: { minimumIntervalMs: 300 } }));
    const client = await aClient();
    const tookMs = await inTime(
      (ms: number) => ms < 900,
      async (round) => {
        load(3 + 2 * round);
        await vi.waitFor(() => expect(client.nodes.get("neko")?.loadAverage1m).toBe(3 + 2 * round), patience);
        load(4 + 2 * round);
        await delay(20); // the loop was notified, and sleeps until the interval is over
        await api.get("/api/v1/nodes");
        const startedAtMs = performance.now();
        await vi.waitFor(() => expect(client.nodes.get("neko")?.loadAverage1m).toBe(4 + 2 * round), patience);
        return performance.now() - startedAtMs;
      },
    );

    expect(tookMs).toBeLessThan(900); // without, a second and more
  });
});

describe("a client that wants some topics", () => {
  it("is told them alone, and nothing when only others change", async () => {
    const client = await aClient({ topics: "findings" });
    load(5);
    await vi.waitFor(async () => expect((await api.json<NodeList>("/api/v1/nodes")).nodes[0]?.loadAverage1m).toBe(5), patience);
    await delay(100);
    const before = client.messages.length;
    api.findings.put(aFinding("neko"));
    await vi.waitFor(() => expect(client.findings.size).toBe(1), patience);

    expect(before).toBe(1);
    expect(client.messages.flatMap(({ nodes }) => nodes)).toEqual([]);
    expect(formProblems(StreamSnapshot, client.messages[0])).toEqual([]);
    expect(formProblems(StreamDelta, client.messages[1])).toEqual([]);
  });

  it("resumes with the same, and gets everything anew when it wants more than it knows", async () => {
    const client = await aClient({ topics: "nodes,findings" });
    client.drop();
    await client.resume({ topics: "findings,nodes" });
    await vi.waitFor(() => expect(client.messages).toHaveLength(2), patience);
    client.drop();
    await client.resume();
    await vi.waitFor(() => expect(client.messages).toHaveLength(3), patience);
    client.drop();
    await client.resume({ topics: "findings" }); // who knows all knows these
    await vi.waitFor(() => expect(client.messages).toHaveLength(4), patience);

    expect(client.messages.map(({ type }) => type)).toEqual(["snapshot", "delta", "snapshot", "delta"]);
  });

  it("hears which there are when it asks for another", async () => {
    await expect(aClient({ topics: "nodes,disks" })).rejects.toThrow(/400 .*disks.* is not one of nodes, findings, onboardings/);
  });
});

describe("a client that resumes", () => {
  it("is told what it missed and nothing else", async () => {
    const client = await aClient();
    client.drop();
    load(7);
    api.findings.put(aFinding("neko"));
    api.findings.put(aFinding("neko", { state: "resolved" }));

    await client.resume();
    await vi.waitFor(() => expect(client.messages).toHaveLength(2), patience);
    await vi.waitFor(() => expect(client.nodes.get("neko")?.loadAverage1m).toBe(7), patience);

    expect(client.messages.slice(1).every((message) => message.type === "delta")).toBe(true);
    expect(client.messages.slice(1).flatMap((message) => message.nodes.map((node) => node.name))).not.toContain("panther");
  });

  it("is answered at once, also when it missed nothing", async () => {
    const client = await aClient();
    const { version } = client;
    client.drop();

    await client.resume();
    await vi.waitFor(() => expect(client.messages).toHaveLength(2), patience);

    expect(client.messages[1]).toMatchObject({ type: "delta", version, nodes: [], removedNodes: [], findings: [] });
  });

  it("may begin with what GET /api/v1/nodes said", async () => {
    const list = await api.json<NodeList>("/api/v1/nodes");
    const client = await aClient({ stream: list.stream, version: String(list.version) });

    expect(client.messages[0]).toMatchObject({ type: "delta", nodes: [] });
  });

  it.each([
    { name: "of another run of the collector", query: { stream: "c7b1a5a4-0000-4000-8000-000000000000", version: "1" } },
    { name: "at a version that never was", query: { version: "999999" } },
  ])("gets everything anew when it was a client $name", async ({ query }) => {
    const { stream } = await api.json<NodeList>("/api/v1/nodes");
    const client = await aClient({ stream, ...query });

    expect(client.messages[0]?.type).toBe("snapshot");
  });
});

describe("a client that looks at a node", () => {
  it("gets its detail at first and whenever it changes, but not when others change", async () => {
    api.state.apply(neko.observe("disks", diskReadings(), Date.now()));
    const client = await aClient({ node: "neko" });
    expect(client.detail).toEqual(await api.json<NodeDetail>("/api/v1/nodes/neko"));

    api.state.apply(panther.observe("sensors", sensorReadings(), Date.now()));
    await vi.waitFor(() => expect(client.messages).toHaveLength(2), patience);
    expect(client.messages[1]).not.toHaveProperty("detail");

    api.state.apply(neko.observe("sensors", sensorReadings(77), Date.now()));
    await vi.waitFor(() => expect(client.messages).toHaveLength(3), patience);
    expect(client.messages[2]).toHaveProperty("detail");
    expect(client.detail).toEqual(await api.json<NodeDetail>("/api/v1/nodes/neko"));
  });

  it("gets its detail when only that changed and no line of the fleet did", async () => {
    const atMs = Date.now();
    api.state.apply(neko.observe("disks", diskReadings(), atMs));
    const client = await aClient({ node: "neko" });

    api.state.apply(neko.observe("disks", diskReadings(), atMs + 1));
    await vi.waitFor(() => expect(client.messages).toHaveLength(2), patience);

    expect(client.messages[1]).toMatchObject({ nodes: [], detail: { summary: { name: "neko" } } });
  });

  it("gets its detail again when it resumes", async () => {
    const client = await aClient({ node: "neko" });
    client.drop();

    await client.resume({ node: "neko" });
    await vi.waitFor(() => expect(client.messages).toHaveLength(2), patience);

    expect(client.messages[1]).toMatchObject({ type: "delta", nodes: [], detail: { summary: { name: "neko" } } });
  });

  it("gets the detail of a node that is not known yet when it appears", async () => {
    const client = await aClient({ node: "bobcat" });
    expect(client.messages[0]).not.toHaveProperty("detail");

    api.state.apply(new Machine("bobcat").connect(Date.now()));
    await vi.waitFor(() => expect(client.detail?.summary.name).toBe("bobcat"), patience);
  });
});

describe("clients that behave badly", () => {
  it("are sent away when they talk", async () => {
    const client = await aClient();
    client.socket.send("hello");

    await vi.waitFor(() => expect(client.closing).toEqual({ code: 1008, reason: "the stream takes no messages" }), patience);
  });

  it("are sent away when they talk at length", async () => {
    const client = await aClient();
    client.socket.send("x".repeat(100_000));

    await vi.waitFor(() => expect(client.closing?.code).toBe(1009), patience);
  });

  it("are sent away when there are too many, and let in when one left", async () => {
    await useApi(await startApi({ limits: { maximumClients: 2 } }));
    const first = await aClient();
    await aClient();
    const third = new StreamClient(api.server.url);
    clients.push(third);

    await third.open();
    await vi.waitFor(
      () => expect(third.closing).toEqual({ code: 1013, reason: "the stream has 2 clients, as many as it may" }),
      patience,
    );
    first.socket.close();
    await vi.waitFor(async () => expect((await api.get("/metrics")).text).toContain("api_stream_clients 1"), patience);
    await aClient();
  });

  it("are dropped when they are dead: a ping that is not answered before the next", async () => {
    await useApi(await startApi({ limits: { pingIntervalMs: 100 } }));
    const dead = await aClient({}, { autoPong: false });
    const alive = await aClient();

    await vi.waitFor(() => expect(dead.closing?.code).toBe(1006), patience);
    await delay(300);

    expect(alive.closing).toBeUndefined();
  });

  it.each([
    { query: { nod: "neko" }, problem: 'unknown query parameter \\"nod\\"; did you mean \\"node\\"?' },
    {
      query: { stream: "x" },
      problem: "to resume, both query parameters are needed: `stream` and `version` of the last message",
    },
    { query: { stream: "x", version: "-1" }, problem: 'query parameter \\"version\\": \\"-1\\" must be >= 0.' },
    { query: { stream: "x", version: "new" }, problem: 'query parameter \\"version\\": \\"new\\" is not a whole number.' },
  ])("are refused before they are clients when they ask nonsense: $query", async ({ query, problem }) => {
    const client = new StreamClient(api.server.url);
    const refusal = await client.open(query).catch((err: Error) => err.message);

    expect(refusal).toMatch(/^400 /);
    expect(refusal).toContain(problem);
  });

  it("cost one message each, not one an event, when they do not read; and are told all when they do", async () => {
    const nowMs = Date.now();
    for (let index = 0; index < 3000; index++) api.state.apply(new Machine(`node-${index}`).connect(nowMs));
    const reader = await aClient();
    const sleeper = await aClient();
    await vi.waitFor(() => expect(reader.nodes.size).toBe(3002), patience);
    sleeper.socket.pause();
    const heard = sleeper.messages.length;

    const bytesBefore = await sentBytes();
    for (let round = 0; round < 30; round++) {
      for (let index = 0; index < 3000; index++) api.state.apply(new Machine(`node-${index}`).connect(nowMs + round + 1));
      await vi.waitFor(() => expect(reader.nodes.get("node-2999")?.lastContactAt).toBe(iso(nowMs + round + 1)), patience);
    }
    const toReader = reader.messages.slice(1).reduce((sum, message) => sum + JSON.stringify(message).length, 0);
    const toSleeper = (await sentBytes()) - bytesBefore - toReader;
    expect(toReader).toBeGreaterThan(10_000_000);
    expect(toSleeper).toBeLessThan(toReader / 2); // what fits into the kernel's buffers, and one message

    sleeper.socket.resume();
    await vi.waitFor(() => expect(sleeper.nodes.get("node-2999")?.lastContactAt).toBe(iso(nowMs + 30)), patience);
    expect(sleeper.nodes).toEqual(reader.nodes);
    expect(sleeper.messages.length - heard).toBeLessThan(reader.messages.length / 2);
  }, 60_000);

  it("hear why, when the collector stops", async () => {
    const client = await aClient();
    await api[Symbol.asyncDispose]();

    await vi.waitFor(() => expect(client.closing).toEqual({ code: 1001, reason: "the collector is stopping" }), patience);
  });
});

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

async function sentBytes(): Promise<number> {
  const { text } = await api.get("/metrics");
  return Number(/^nodekeeper_collector_api_stream_bytes_total (\d+)$/m.exec(text)?.[1]);
}
