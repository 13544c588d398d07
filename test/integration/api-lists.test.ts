/** Lists of the whole fleet over HTTP: findings in pages and their lives, disks, and the ways between machines. */

import { TailscalePath } from "@nodekeeper/proto";
import { DiskList, type Finding, FindingLife, FindingList, Mesh } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { expectBody } from "../../collector/src/api/test-support/expect-body.ts";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { aReading, Machine, type Reading } from "../../collector/src/api/test-support/machine.ts";
import { diskReadings, smartReadings } from "../../collector/src/api/test-support/readings.ts";

let api: ApiHarness;
const nowMs = Date.now();

beforeEach(async () => {
  api = await startApi();
});

afterEach(() => api[Symbol.asyncDispose]());

function resolved(id: string, at: string): Finding {
  return aFinding("neko", { id, state: "resolved", resolvedAt: at, severity: "medium" });
}

describe("GET /api/v1/findings", () => {
  beforeEach(() => {
    api.state.apply(new Machine("neko").connect(nowMs));
    for (const [index, severity] of (["low", "high", "medium"] as const).entries()) {
      api.findings.put(aFinding("neko", { id: `${severity}`, severity, rule: `rule-${index}`, text: `it is ${severity} here` }));
    }
  });

  it("comes in pages that are the whole list together, and stay right while findings come", async () => {
    const all = expectBody(FindingList, await api.get("/api/v1/findings"));
    const first = expectBody(FindingList, await api.get("/api/v1/findings?limit=2"));
    api.findings.put(aFinding("neko", { id: "another", severity: "high", pendingSince: "2026-02-01T00:00:00.000Z" }));
    const second = expectBody(FindingList, await api.get(`/api/v1/findings?limit=2&cursor=${first.nextCursor}`));

    expect(all.findings.map(({ id }) => id)).toEqual(["high", "medium", "low"]);
    expect(first).toMatchObject({ total: 3, hasMore: true });
    expect([...first.findings, ...second.findings].map(({ id }) => id)).toEqual(["high", "medium", "low"]);
    expect(second.nextCursor).toBeUndefined();
  });

  it.each([
    { query: "rule=rule-0,rule-2", ids: ["medium", "low"] },
    { query: "q=HIGH%20here", ids: ["high"] },
    { query: "severity=low", ids: ["low"] },
    { query: "isSetAside=true", ids: [] },
    { query: "isSetAside=false&severity=high", ids: ["high"] },
  ])("tells by $query", async ({ query, ids }) => {
    const list = await api.json<FindingList>(`/api/v1/findings?${query}`);

    expect(list.findings.map(({ id }) => id)).toEqual(ids);
    expect(list.total).toBe(ids.length);
  });

  it("tells resolved ones of a time", async () => {
    api.store.stored.push(resolved("old", "2026-01-01T00:00:00.000Z"), resolved("new", "2026-01-03T00:00:00.000Z"));

    const list = await api.json<FindingList>("/api/v1/findings?state=resolved&since=2026-01-02T00:00:00Z");
    const wrong = await api.get("/api/v1/findings?state=resolved&since=2016-12-31T23:59:60Z");

    expect(list.findings.map(({ id }) => id)).toEqual(["new"]);
    expect(wrong).toMatchObject({ status: 400, text: expect.stringContaining("there is no such time") });
  });

  it("sends nothing to whoever holds it", async () => {
    const tag = (await api.get("/api/v1/findings")).headers.get("etag") ?? "";

    expect(await api.get("/api/v1/findings", { "if-none-match": tag })).toMatchObject({ status: 304, text: "" });
  });
});

describe("GET /api/v1/findings/{id}", () => {
  it("tells the life of an open one, with who decided what", async () => {
    const id = "disk-nearly-full:neko:filesystem//:abc";
    const by = {
      id: "d1",
      kind: "acknowledge",
      scope: {},
      by: "anna",
      reason: "a new disk is on its way",
      at: "2026-01-02T00:00:00.000Z",
    } as const;
    api.findings.put(
      aFinding("neko", {
        id,
        severityChanges: [{ at: "2026-01-01T01:00:00.000Z", from: "medium", to: "high" }],
        attention: { isQuiet: true, isSetAside: true, decisions: [by] },
      }),
    );
    const scope = "disk-nearly-full of neko (filesystem /)";
    const record = { actor: { kind: "user", name: "ben" }, target: { kind: "node", name: "neko" }, outcome: "done" } as const;
    await api.store.appendAudit([
      { ...record, at: "2026-01-01T12:00:00.000Z", action: "decision.create", detail: `mute d0: ${scope} until tomorrow` },
      { ...record, at: "2026-01-01T13:00:00.000Z", action: "decision.create", detail: "mute d9: gpu-xid of neko" },
      { ...record, at: "2026-01-02T00:00:00.000Z", action: "decision.create", detail: `acknowledge d1: ${scope}` },
    ]);

    const life = expectBody(FindingLife, await api.get(`/api/v1/findings/${encodeURIComponent(id)}`));

    expect(life.finding.id).toBe(id);
    expect(life.events.map(({ kind, by: who }) => [kind, who])).toEqual([
      ["pending", undefined],
      ["firing", undefined],
      ["worse", undefined],
      ["decided", "ben"],
      ["decided", "anna"],
    ]);
    expect(life.events.at(-1)?.text).toBe("acknowledged: a new disk is on its way");
  });

  it("tells one that is over, and says when there is none", async () => {
    api.store.stored.push(resolved("gone", "2026-01-03T00:00:00.000Z"));

    const life = expectBody(FindingLife, await api.get("/api/v1/findings/gone"));

    expect(life.events.at(-1)).toEqual({ at: "2026-01-03T00:00:00.000Z", kind: "resolved", text: "its condition is gone" });
    expect((await api.get("/api/v1/findings/none")).status).toBe(404);
  });
});

describe("GET /api/v1/disks", () => {
  beforeEach(() => {
    const neko = new Machine("neko");
    for (const event of [
      neko.connect(nowMs),
      neko.observe("disks", diskReadings(), nowMs),
      neko.observe("smart", smartReadings(97), nowMs),
      new Machine("panther").connect(nowMs),
    ]) {
      api.state.apply(event);
    }
  });

  it("lists disks alone, the worst first, and says of which node they are not known", async () => {
    api.findings.put(
      aFinding("neko", { id: "worn", severity: "medium", subject: { kind: "disk_health", id: "eui.0001" }, text: "it is worn" }),
    );

    const list = expectBody(DiskList, await api.get("/api/v1/disks"));

    expect(list.disks.map(({ id, health, reason }) => [id, health, reason])).toEqual([
      ["eui.0001", "degraded", "it is worn"],
      ["wwn.0002", "unknown", "nobody asked it for its health"],
    ]);
    expect(list.disks[0]).toMatchObject({ name: "nvme0n1", wornPercent: 97, temperatureCelsius: 40, findings: [{ id: "worn" }] });
    expect(list.disks[0]?.forecast).toMatchObject({ what: "wear", outcome: "unknown" });
    expect(list.incomplete).toEqual([{ node: "panther", reason: "nobody listed its disks yet" }]);
  });

  it("does not count what was set aside, and tells what is missed", async () => {
    const attention = { isQuiet: true, isSetAside: true, decisions: [] };
    api.findings.put(aFinding("neko", { id: "worn", subject: { kind: "disk_health", id: "eui.0001" }, attention }));
    api.findings.put(
      aFinding("neko", {
        id: "m",
        rule: "disk-missing",
        subject: { kind: "block_device", id: "gone.1" },
        text: "Disk X is missing.",
      }),
    );

    const { disks } = expectBody(DiskList, await api.get("/api/v1/disks"));

    expect(disks.map(({ id, health, reason }) => [id, health, reason])).toEqual([
      ["gone.1", "missing", "Disk X is missing"],
      ["wwn.0002", "unknown", "nobody asked it for its health"],
      ["eui.0001", "ok", "it was asked, and nothing is wrong"],
    ]);
    expect(disks[2]?.findings).toMatchObject([{ id: "worn", isSetAside: true }]);
  });

  it("filters, sorts and pages", async () => {
    const idsOf = async (query: string) => (await api.json<DiskList>(`/api/v1/disks?${query}`)).disks.map(({ id }) => id);
    const first = await api.json<DiskList>("/api/v1/disks?sort=wornPercent&limit=1");

    expect(await idsOf("health=ok")).toEqual(["eui.0001"]);
    expect(await idsOf("q=SDA")).toEqual(["wwn.0002"]);
    expect(await idsOf("node=panther")).toEqual([]);
    expect(await idsOf("sort=-node")).toEqual(["eui.0001", "wwn.0002"]);
    expect(first.disks.map(({ id }) => id)).toEqual(["eui.0001"]); // what does not tell its wear comes last
    expect(await idsOf(`sort=wornPercent&limit=1&cursor=${first.nextCursor}`)).toEqual(["wwn.0002"]);
    expect((await api.get(`/api/v1/disks?sort=health&cursor=${first.nextCursor}`)).status).toBe(400);
    expect((await api.get("/api/v1/disks?node=nobody")).status).toBe(404);
  });
});

function tailscale(id: string): Reading {
  return aReading("tailscale", "", { case: "tailscale", value: { backendState: "Running", stableId: id, tailnet: "home" } });
}

function peer(id: string, path: TailscalePath, isActive = 1): Reading {
  const value = { hostName: id, path, pathDetail: path === TailscalePath.DERP ? "fra" : "192.0.2.1:41641", isOnline: true };
  return aReading("tailscale_peer", id, { case: "tailscalePeer", value }, { is_active: isActive, handshake_age_seconds: 7 });
}

describe("GET /api/v1/mesh", () => {
  function report(name: string, id: string, peers: readonly Reading[], atMs = nowMs): void {
    const machine = new Machine(name, ["tailscale"]);
    api.state.apply(machine.connect(atMs));
    api.state.apply(machine.observe("tailscale", [tailscale(id), ...peers], atMs));
  }

  it("tells each pair once from both ends, those that differ first; who is silent says nothing", async () => {
    const { DIRECT, DERP } = TailscalePath;
    report("a", "na", [peer("nb", DIRECT), peer("nc", DERP), peer("nd", DIRECT), peer("phone", DIRECT)]);
    report("b", "nb", [peer("na", DERP), peer("nc", DIRECT)]);
    report("c", "nc", [peer("na", DERP), peer("nb", DIRECT, 0)]);
    report("d", "nd", [peer("na", DIRECT)], nowMs - 3_600_000);

    const mesh = expectBody(Mesh, await api.get("/api/v1/mesh"));

    expect(mesh.paths.map(({ from, to, agreement }) => [from.node, from.way, to.node, to.way, agreement])).toEqual([
      ["a", "direct", "b", "relay", "differ"],
      ["a", "relay", "c", "relay", "agree"],
      ["a", "direct", "d", "unknown", "unknown"],
      ["b", "direct", "c", "idle", "unknown"],
    ]);
    expect(mesh.paths[0]?.to).toMatchObject({ detail: "fra", handshakeAgeSeconds: 7 });
    expect(mesh.paths[2]?.to.reason).toBe("d is silent");
    expect(mesh.counts).toEqual({ nodes: 4, paths: 4, differ: 1, relayed: 2, unknown: 2 });
  });

  it("filters and pages", async () => {
    const { DIRECT, DERP } = TailscalePath;
    report("a", "na", [peer("nb", DIRECT), peer("nc", DERP)]);
    report("b", "nb", [peer("na", DIRECT), peer("nc", DIRECT)]);
    report("c", "nc", [peer("na", DERP), peer("nb", DIRECT)]);
    const pairsOf = async (query: string) =>
      (await api.json<Mesh>(`/api/v1/mesh?${query}`)).paths.map(({ from, to }) => `${from.node}${to.node}`);
    const first = await api.json<Mesh>("/api/v1/mesh?limit=2");

    expect(await pairsOf("way=relay")).toEqual(["ac"]);
    expect(await pairsOf("node=b")).toEqual(["ab", "bc"]);
    expect(await pairsOf("agreement=differ,unknown")).toEqual([]);
    expect(await pairsOf(`limit=2&cursor=${first.nextCursor}`)).toEqual(["bc"]);
  });
});
