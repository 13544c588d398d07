/** The API over a real socket: every route, what it answers, and that it answers what its document promises. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@nodekeeper/shared";
import { type Finding, FindingList, History, NodeDetail, NodeHealth, NodeList, type Problem } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { expectBody } from "../../collector/src/api/test-support/expect-body.ts";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { aFailedReading, Machine } from "../../collector/src/api/test-support/machine.ts";
import { diskReadings, sensorReadings, smartReadings, systemReadings } from "../../collector/src/api/test-support/readings.ts";
import { StreamClient } from "../../collector/src/api/test-support/stream-client.ts";

let api: ApiHarness;
let neko: Machine;

beforeEach(async () => {
  api = await startApi();
  const nowMs = Date.now();
  neko = new Machine("neko");
  for (const event of [
    neko.connect(nowMs),
    neko.observe("system", systemReadings(1000), nowMs - 15_000),
    neko.observe("system", systemReadings(1015), nowMs),
    neko.observe("disks", [...diskReadings(), aFailedReading("block_device", "sdb", "EIO")], nowMs, ["filesystem"]),
    neko.observe("sensors", sensorReadings(), nowMs),
    neko.observe("smart", smartReadings(), nowMs),
    new Machine("panther").connect(nowMs),
  ]) {
    api.state.apply(event);
  }
});

afterEach(() => api[Symbol.asyncDispose]());

describe("GET /api/v1/nodes", () => {
  it("lists the fleet in the form that it promises", async () => {
    const list = expectBody(NodeList, await api.get("/api/v1/nodes"));

    expect(list.nodes.map((node) => node.name)).toEqual(["neko", "panther"]);
    expect(list).toMatchObject({ total: 2, stream: expect.any(String), version: expect.any(Number) });
    expect(list).not.toHaveProperty("nextCursor");
  });

  it("leaves out of a node what is unknown", async () => {
    const { nodes } = await api.json<NodeList>("/api/v1/nodes");

    expect(nodes[0]).toMatchObject({ cpuUsedPercent: 25, fullestFilesystem: { mountPoint: "/", usedPercent: 40 } });
    expect(nodes[0]).not.toHaveProperty("diskCount");
    expect(nodes[1]).not.toHaveProperty("cpuUsedPercent");
    expect(nodes[1]).not.toHaveProperty("uptimeSeconds");
  });

  it("filters by status, one or several, with commas or repeated", async () => {
    api.findings.put(aFinding("neko"));

    for (const query of ["status=failed", "status=failed,degraded", "status=failed&status=degraded"]) {
      const { nodes } = await api.json<NodeList>(`/api/v1/nodes?${query}`);
      expect(nodes.map((node) => node.name)).toEqual(["neko"]);
    }
  });

  it("searches, sorts and pages", async () => {
    const first = await api.json<NodeList>("/api/v1/nodes?sort=-name&limit=1");
    const second = await api.json<NodeList>(`/api/v1/nodes?sort=-name&limit=1&cursor=${first.nextCursor}`);
    const found = await api.json<NodeList>("/api/v1/nodes?q=RYZEN%20neko");

    expect(first.nodes.map((node) => node.name)).toEqual(["panther"]);
    expect(second.nodes.map((node) => node.name)).toEqual(["neko"]);
    expect(second).not.toHaveProperty("nextCursor");
    expect(found.nodes.map((node) => node.name)).toEqual(["neko"]);
  });

  it("answers 304 until a node changes", async () => {
    const first = await api.get("/api/v1/nodes");
    const etag = first.headers.get("etag") ?? "";

    const unchanged = await api.get("/api/v1/nodes", { "if-none-match": `"other", W/${etag}` });
    api.state.apply(neko.contact(Date.now() + 1000));
    const changed = await api.get("/api/v1/nodes", { "if-none-match": etag });

    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect([unchanged.status, unchanged.text]).toEqual([304, ""]);
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
  });

  it("answers HEAD with the headers of GET and no body", async () => {
    const response = await fetch(`${api.server.url}/api/v1/nodes`, { method: "HEAD" });

    expect(response.status).toBe(200);
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(500);
    expect(await response.text()).toBe("");
  });
});

describe("GET /api/v1/nodes/{name}", () => {
  it("shows everything about a node in the form that it promises", async () => {
    api.findings.put(aFinding("neko"));
    const detail = expectBody(NodeDetail, await api.get("/api/v1/nodes/neko"));

    expect(detail.summary.name).toBe("neko");
    expect(detail.probes.map((probe) => probe.name)).toEqual(["system", "disks", "sensors", "smart"]);
    expect(detail.lists.find((list) => list.kind === "filesystem")).toEqual({
      kind: "filesystem",
      probe: "disks",
      isComplete: false,
      failure: { code: "HOST_PERMISSION_DENIED", message: "cannot list /sys" },
    });
    expect(detail.subjects.find((subject) => subject.kind === "block_device" && subject.id === "sdb")).toMatchObject({
      outcome: "failed",
      failure: { code: "HOST_READ_FAILED", message: "EIO" },
    });
    expect(detail.findings.map((finding) => finding.id)).toEqual(["disk-nearly-full/neko/filesystem//"]);
  });

  it("answers 304 until anything of the node changes, and whatever another node does", async () => {
    const etag = (await api.get("/api/v1/nodes/neko")).headers.get("etag") ?? "";

    api.state.apply(new Machine("bobcat").connect(Date.now()));
    const other = await api.get("/api/v1/nodes/neko", { "if-none-match": etag });
    api.state.apply(neko.observe("smart", smartReadings(4), Date.now()));
    const own = await api.get("/api/v1/nodes/neko", { "if-none-match": etag });

    expect(other.status).toBe(304);
    expect(own.status).toBe(200);
  });

  it("shows losses", async () => {
    const nowMs = Date.now();
    const contact = neko.contact(nowMs);
    if (contact.kind !== "contact") throw new Error("not a contact");
    const loss = { fromUnixMs: BigInt(nowMs), untilUnixMs: BigInt(nowMs), observationCount: 7, reason: "spool_full" };
    api.state.apply({ ...contact, clockSkewMs: 0, losses: [{ $typeName: "nodekeeper.v1.Loss", ...loss }] });

    const { losses } = await api.json<NodeDetail>("/api/v1/nodes/neko");

    const at = new Date(nowMs).toISOString();
    const text = expect.stringMatching(/^\d+ s of data lost .+: spool full$/);
    expect(losses).toEqual([{ from: at, until: at, observationCount: 7, reason: "spool_full", text }]);
  });
});

describe("GET /api/v1/nodes/{name}/health", () => {
  it("says how the node is and what could not be told", async () => {
    const health = expectBody(NodeHealth, await api.get("/api/v1/nodes/neko/health"));

    expect(health).toMatchObject({ node: "neko", status: "ok", freshness: "fresh" });
    expect(health.unknowns.map(({ probe, kind, id }) => [probe, kind, id])).toEqual([
      ["disks", "filesystem", undefined],
      ["disks", "block_device", "sdb"],
    ]);
  });

  it("answers 200 for a node that is not well", async () => {
    api.findings.put(aFinding("neko"));

    expect(await api.json("/api/v1/nodes/neko/health")).toMatchObject({ status: "failed", reason: "/ is 96 % full" });
  });
});

describe("GET /api/v1/nodes/{name}/history", () => {
  it("asks the store for what was asked", async () => {
    const query = "kind=filesystem&id=%2F&name=used_bytes,available_bytes&resolution=5m";
    const span = "from=2026-01-01T00:00:00Z&to=2026-01-01T02:00:00%2B01:00";
    const history = expectBody(History, await api.get(`/api/v1/nodes/neko/history?${query}&${span}`));

    expect(history.node).toBe("neko");
    expect(api.store.requests).toEqual([
      {
        node: "neko",
        kind: "filesystem",
        id: "/",
        names: ["used_bytes", "available_bytes"],
        fromMs: Date.UTC(2026, 0, 1),
        toMs: Date.UTC(2026, 0, 1, 1),
        resolution: "5m",
      },
    ]);
  });

  it("takes the hour before now, all subjects and all names, at its own resolution, when nothing is said", async () => {
    await api.get("/api/v1/nodes/neko/history?kind=cpu");

    const [request] = api.store.requests;
    expect(request).toMatchObject({ id: undefined, names: [], resolution: "auto" });
    expect((request?.toMs ?? 0) - (request?.fromMs ?? 0)).toBe(3_600_000);
    expect(Math.abs((request?.toMs ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  it("answers 503 while the database cannot be read", async () => {
    api.store.failure = new AppError("STORE_FULL", "no space left on /var/lib/nodekeeper");

    const { status, text } = await api.get("/api/v1/nodes/neko/history?kind=cpu");

    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ code: "STORE_FULL", title: "The disk under the database is full" });
    expect(text).not.toContain("/var/lib");
  });
});

describe("GET /api/v1/findings", () => {
  const resolved = (id: string): Finding =>
    aFinding("panther", { id, state: "resolved", resolvedAt: "2026-01-02T00:00:00.000Z" });

  beforeEach(() => {
    api.findings.put(aFinding("neko", { id: "a" }));
    api.findings.put(aFinding("neko", { id: "b", severity: "low", state: "pending" }));
    api.findings.put(aFinding("panther", { id: "c", severity: "medium" }));
    api.store.stored.push(resolved("d"), aFinding("neko", { id: "a" }));
  });

  it.each([
    { query: "", ids: ["a", "c", "b"] },
    { query: "?node=neko", ids: ["a", "b"] },
    { query: "?severity=low,medium", ids: ["c", "b"] },
    { query: "?state=pending", ids: ["b"] },
    { query: "?state=resolved", ids: ["d"] },
    { query: "?state=pending,firing,resolved", ids: ["a", "d", "c", "b"] },
    { query: "?state=resolved&node=neko", ids: [] },
  ])("lists those of $query, the loudest first", async ({ query, ids }) => {
    const list = expectBody(FindingList, await api.get(`/api/v1/findings${query}`));

    expect(list.findings.map((finding) => finding.id)).toEqual(ids);
    expect(list).not.toHaveProperty("hasMore");
  });

  it("says when it cut the list", async () => {
    expect(await api.json("/api/v1/findings?limit=1")).toMatchObject({ findings: [{ id: "a" }], hasMore: true });
  });
});

describe("the collector's own addresses", () => {
  it("tells its numbers to Prometheus", async () => {
    await api.get("/api/v1/nodes/neko");
    const { status, headers, text } = await api.get("/metrics");

    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/plain");
    expect(text).toContain('nodekeeper_collector_api_request_duration_seconds_count{route="/api/v1/nodes/:name",status="200"} 1');
    expect(text).toContain("nodekeeper_collector_api_stream_clients 0");
  });

  it("is healthy, and ready when there is no reason against it", async () => {
    expect(await api.get("/healthz")).toMatchObject({ status: 200, text: "ok\n" });
    expect(await api.get("/readyz")).toMatchObject({ status: 200, text: "ok\n" });
  });

  it("names every reason why it is not ready", async () => {
    await using unready = await startApi({ reasons: ["the store is full", "no agent can connect"] });
    const { status, text } = await unready.get("/readyz");

    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ code: "NOT_READY", detail: "the store is full; no agent can connect" });
    expect((await unready.get("/healthz")).status).toBe(200);
  });

  it("stays ready with what does not keep it from serving, and names it", async () => {
    await using troubled = await startApi({ troubles: ["the cluster's keys cannot be read"] });

    expect(await troubled.get("/readyz")).toMatchObject({
      status: 200,
      text: "ok, but\n- the cluster's keys cannot be read\n",
    });
  });

  it("serves the page to which problems link", async () => {
    const docsDir = join(import.meta.dirname, "../../docs");
    await using documented = await startApi({ docsDir });
    const { text } = await documented.get("/api/v1/nodes/tiger");
    const page = await documented.get((JSON.parse(text) as Problem).type.split("#")[0] ?? "");

    expect(page.status).toBe(200);
    expect(page.text).toBe(await readFile(join(docsDir, "errors.md"), "utf8"));
  });

  it("stops though clients keep their connections open", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nodekeeper-api-"));
    const short = await startApi({ dashboardDir: folder });
    await short.get("/healthz"); // leaves a connection that is kept alive

    const startedAtMs = performance.now();
    await short[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });

    expect(performance.now() - startedAtMs).toBeLessThan(10_000); // it would be kept for more than a minute
    await expect(fetch(`${short.server.url}/healthz`)).rejects.toThrow("fetch failed");
  });

  it("says so when its port is taken", async () => {
    const { port } = api.server.address;

    await expect(startApi({ port })).rejects.toMatchObject({
      code: "ADDRESS_IN_USE",
      message: `the API cannot listen on 127.0.0.1:${port}: another program does. End the other program, or give the collector another port.`,
    });
  });

  it("is there under every address of localhost, stream included", async () => {
    await using local = await startApi({ host: "localhost" });
    const client = new StreamClient(local.server.url);
    await client.open();

    expect(await local.get("/healthz")).toMatchObject({ status: 200 });
    client.drop();
  });

  it("does not listen where others could reach it", async () => {
    await expect(startApi({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
