/** Health over HTTP: of a node, as one line for monitors, and of the fleet. */
import { FleetHealth, NodeHealth } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { expectBody } from "../../collector/src/api/test-support/expect-body.ts";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { sensorReadings, systemReadings } from "../../collector/src/api/test-support/readings.ts";

let api: ApiHarness;
const nowMs = Date.now();

beforeEach(async () => {
  api = await startApi();
  const neko = new Machine("neko", ["system", "sensors", "smart"]);
  const siberian = new Machine("siberian", ["system"], "intermittent");
  const silent = new Machine("silent");
  for (const event of [
    neko.connect(nowMs),
    neko.observe("system", systemReadings(), nowMs),
    neko.observe("sensors", sensorReadings(), nowMs - 10 * 60_000),
    siberian.connect(nowMs - 3_600_000),
    siberian.disconnect(nowMs - 3_000_000, "suspend"),
    silent.connect(nowMs - 3_600_000),
    silent.disconnect(nowMs - 3_600_000),
  ]) {
    api.state.apply(event);
  }
});

afterEach(() => api[Symbol.asyncDispose]());

describe("feature 81: health of a node by HTTP and gRPC: GET /api/v1/nodes/{name}/health", () => {
  it("says how fresh each probe is, those that never spoke too", async () => {
    const { probes } = expectBody(NodeHealth, await api.get("/api/v1/nodes/neko/health"));

    expect(probes.map(({ name, freshness }) => [name, freshness])).toEqual([
      ["system", "fresh"],
      ["sensors", "stale"],
      ["smart", "never"],
    ]);
  });

  it("gives the health with what to do about each finding", async () => {
    api.findings.put(aFinding("neko"));

    const health = expectBody(NodeHealth, await api.get("/api/v1/nodes/neko/health"));

    expect(health).toMatchObject({ status: "failed", reason: "/ is 96 % full", since: "2026-01-01T00:05:00.000Z" });
    expect(health.findings[0]).toMatchObject({ action: expect.stringContaining("Remove"), evidence: [{ name: "used_percent" }] });
  });

  it("sends nothing to whoever holds it already, and all again after any change", async () => {
    const first = await api.get("/api/v1/nodes/neko/health");
    const tag = first.headers.get("etag") ?? "";
    const held = await api.get("/api/v1/nodes/neko/health", { "if-none-match": tag });
    api.findings.put(aFinding("neko"));
    const changed = await api.get("/api/v1/nodes/neko/health", { "if-none-match": tag });

    expect(tag).toMatch(/^"[\w-]+"$/);
    expect(held).toMatchObject({ status: 304, text: "" });
    expect(changed.status).toBe(200);
  });

  it.each([
    { name: "neko", query: "", status: 200, line: "ok: nothing wrong was found (since " },
    { name: "siberian", query: "", status: 200, line: "asleep: asleep since " },
    { name: "silent", query: "", status: 503, line: "unknown: silent for 60 min (since " },
    { name: "siberian", query: "&failOn=asleep", status: 503, line: "asleep: " },
    { name: "silent", query: "&failOn=failed,degraded", status: 200, line: "unknown: " },
  ])("tells monitors of $name$query in one line with $status", async ({ name, query, status, line }) => {
    const answer = await api.get(`/api/v1/nodes/${name}/health?probe=plain${query}`);

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(answer.text.startsWith(line), answer.text).toBe(true);
    expect(answer.text.trimEnd()).not.toContain("\n");
  });

  it.each([
    { severity: "high", failOn: "", status: 503 },
    { severity: "medium", failOn: "", status: 200 },
    { severity: "medium", failOn: "&failOn=degraded", status: 503 },
  ] as const)("answers $status for a finding of $severity severity$failOn", async ({ severity, failOn, status }) => {
    api.findings.put(aFinding("neko", { severity, text: "/ is\n96 % full" }));

    const answer = await api.get(`/api/v1/nodes/neko/health?probe=plain${failOn}`);

    expect(answer).toMatchObject({ status, text: expect.stringContaining(": / is 96 % full (since ") });
  });

  it.each([
    { path: "/api/v1/nodes/neko/health?failOn=degraded", status: 400, says: "probe=plain only" },
    { path: "/api/v1/nodes/neko/health?probe=plian", status: 400, says: "plain" },
    { path: "/api/v1/nodes/nekko/health?probe=plain", status: 404, says: 'did you mean \\"neko\\"' },
  ])("refuses $path", async ({ path, status, says }) => {
    expect(await api.get(path)).toMatchObject({ status, text: expect.stringContaining(says) });
  });
});

describe("GET /api/v1/health", () => {
  it("counts the nodes by state, and lists the worst first, in pages", async () => {
    api.findings.put(aFinding("neko"));

    const all = expectBody(FleetHealth, await api.get("/api/v1/health"));
    const first = expectBody(FleetHealth, await api.get("/api/v1/health?limit=2"));
    const second = expectBody(FleetHealth, await api.get(`/api/v1/health?limit=2&cursor=${first.nextCursor}`));

    expect(all).toMatchObject({ counts: { ok: 0, degraded: 0, failed: 1, unknown: 1, asleep: 1 }, total: 3 });
    expect(all.nodes.map(({ node, status }) => [node, status])).toEqual([
      ["neko", "failed"],
      ["silent", "unknown"],
      ["siberian", "asleep"],
    ]);
    expect([...first.nodes, ...second.nodes]).toEqual(all.nodes);
    expect(second.nextCursor).toBeUndefined();
  });

  it("tells only the states that are asked for, and counts all", async () => {
    const found = await api.json<FleetHealth>("/api/v1/health?status=asleep,failed");

    expect(found).toMatchObject({ counts: { ok: 1, asleep: 1 }, total: 1, nodes: [{ node: "siberian" }] });
  });

  it("refuses a cursor of another list", async () => {
    const cursor = Buffer.from('["mesh",0,"a","b"]').toString("base64url");

    for (const wrong of [cursor, "x", Buffer.from('["health","x"]').toString("base64url")]) {
      expect(await api.get(`/api/v1/health?cursor=${wrong}`)).toMatchObject({ status: 400 });
    }
  });
});
