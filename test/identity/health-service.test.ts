/** HealthService on the collector's own listeners: real sockets, TLS by its own authority, real tokens. */
import { X509Certificate } from "node:crypto";
import { credentials, status } from "@grpc/grpc-js";
import { HealthFreshness, NodeStatus } from "@nodekeeper/proto/health";
import type { NodeHealth } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { disk, list, observation } from "../../collector/src/test-support/observations.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { type HealthClient, healthClient } from "./health-client.ts";
import { type IdentityScene, identityScene } from "./identity-scene.ts";

let scene: IdentityScene;
let token: string;
let tokenId: string;

const failing = { subjects: [disk("sda")], lists: [list("block_device", true)] };

beforeAll(async () => {
  scene = await identityScene();
  const { body } = await scene.admin("POST", "/api/v1/tokens", { kind: "api", name: "monitor", scopes: ["health:read"] });
  token = String(body["text"]);
  const { id }: { readonly id: string } = JSON.parse(JSON.stringify(body["apiToken"]));
  tokenId = id;
});

afterAll(() => scene[Symbol.asyncDispose]());

function local(shown?: string): HealthClient {
  return healthClient(scene.collector.grpcAddress, credentials.createInsecure(), shown);
}

async function byTls(shown?: string): Promise<HealthClient> {
  const trusted = (await scene.vault()).authorities.map(({ certificate }) => new X509Certificate(certificate).toString());
  const address = scene.collector.publicGrpcAddress ?? { host: "nowhere", port: 0 };
  return healthClient(address, credentials.createSsl(Buffer.from(trusted.join(""))), shown);
}

describe("HealthService", () => {
  it("says what the API says, by loopback and by TLS", async () => {
    await using agent = await scene.greeted(await scene.enrolled("neko"));
    agent.report([observation(failing)]);
    await agent.next("ack");
    using here = local();
    using there = await byTls(token);

    const told = (await there.get("neko")).health;
    const shown = (await (await fetch(`${scene.collector.url}/api/v1/nodes/neko/health`)).json()) as NodeHealth;

    expect(told?.verdict).toMatchObject({
      node: "neko",
      status: NodeStatus.OK,
      reason: shown.reason,
      freshness: HealthFreshness.FRESH,
    });
    expect(Number(told?.verdict?.sinceUnixMs)).toBe(Date.parse(shown.since));
    expect(told?.probes.map(({ probe }) => probe)).toEqual(shown.probes.map(({ name }) => name));
    expect(told?.unknowns.map(({ reason }) => reason)).toEqual(shown.unknowns.map(({ reason }) => reason));
    expect((await here.get("neko")).health?.verdict?.node).toBe("neko");
    expect(await there.list()).toMatchObject({ counts: { ok: 1 }, total: 1, nextPageToken: "", nodes: [{ node: "neko" }] });
  });

  it("refuses in gRPC's own words", async () => {
    using good = await byTls(token);
    using nobody = await byTls();
    const agentsCredential = await scene.enrolled("bobcat");
    using agent = await byTls(agentsCredential);
    using agentHere = local(agentsCredential);
    const { body } = await scene.admin("POST", "/api/v1/tokens", { kind: "api", name: "webui", scopes: ["gpu:read"] });
    using other = await byTls(String(body["text"]));

    await expect(good.get("nekko")).rejects.toMatchObject({ code: status.NOT_FOUND, details: expect.stringContaining('"neko"') });
    await expect(good.get("")).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    await expect(good.list({ pageToken: "x" })).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    await expect(good.list({ pageSize: 1001 })).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    await expect(good.list({ statuses: [99 as NodeStatus] })).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    await expect(nobody.list()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(agent.list()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(agentHere.list()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(other.get("neko")).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    expect(await other.watch().ended).toMatchObject({ code: status.PERMISSION_DENIED });
    expect(await good.watch(Array.from({ length: 1001 }, (_, index) => `node-${index}`)).ended).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });

  it("tells a watcher the verdicts, then those that change, and nothing of what stays", async () => {
    using client = await byTls(token);
    const all = client.watch();
    const one = client.watch(["later"]);
    await eventually(() => expect(all.messages[0]).toMatchObject({ case: "snapshot", value: { isLast: true } }));
    await eventually(() => expect(one.messages).toMatchObject([{ case: "snapshot", value: { nodes: [], isLast: true } }]));

    await using later = await scene.greeted(await scene.enrolled("later"), { nodeName: "later" });
    later.report([observation(failing)]);
    await later.next("ack");
    await eventually(() =>
      expect(one.messages.at(-1)).toMatchObject({ case: "change", value: { nodes: [{ node: "later", status: NodeStatus.OK }] } }),
    );
    const toldBefore = one.messages.length;
    later.report([observation(failing, { sequence: 2 })]);
    await later.next("ack");
    await new Promise((resolve) => setTimeout(resolve, 400));

    expect(one.messages.length).toBe(toldBefore);
    await eventually(() => expect(all.messages.some((message) => message.case === "change")).toBe(true));
    all.call.cancel();
    one.call.cancel();
    await Promise.all([all.ended, one.ended]);
  });

  it("ends a watch whose token was revoked", async () => {
    using client = await byTls(token);
    const watching = client.watch();
    await eventually(() => expect(watching.messages.length).toBe(1));

    await scene.admin("DELETE", `/api/v1/tokens/${tokenId}`);

    expect(await watching.ended).toMatchObject({ code: status.UNAUTHENTICATED, details: expect.stringContaining("revoked") });
  });

  it("ends watches before the collector stops", async () => {
    await using stopping = await identityScene();
    using client = healthClient(stopping.collector.grpcAddress, credentials.createInsecure());
    const watching = client.watch();
    await eventually(() => expect(watching.messages.length).toBe(1));
    const startedAtMs = performance.now();

    const [end] = await Promise.all([watching.ended, stopping.collector[Symbol.asyncDispose]()]);

    expect(end).toMatchObject({ code: status.UNAVAILABLE, details: "the collector is stopping" });
    expect(performance.now() - startedAtMs).toBeLessThan(8_000);
  });
});
