/** One command on the machine, a token that is short-lived and used once, and a list from which it can be taken back. */
import { createHash, X509Certificate } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { collectorServerName, parseJoinToken } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { disk, list, observation } from "../../collector/src/test-support/observations.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { identityScene, machineA, machineB } from "./identity-scene.ts";

const oneDisk = { subjects: [disk("sda")], lists: [list("block_device", true)] };

function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => status.OK,
    (thrown) => thrown.code,
  );
}

describe("feature 6: one-command enrollment with a short-lived join token, list and revoke", () => {
  it("gives a token by which the machine knows the collector's authority, and no other", async () => {
    await using scene = await identityScene();
    const [authority] = (await scene.vault()).authorities;
    const key = new X509Certificate(authority?.certificate ?? "").publicKey.export({ type: "spki", format: "der" });

    const token = parseJoinToken(await scene.joinToken("siberian"));

    expect(token?.authorityHashes).toEqual([createHash("sha256").update(key).digest("base64url")]);
  });

  it("gives a credential for the token, and says whom to trust and where to dial", async () => {
    await using scene = await identityScene();
    const joinToken = await scene.joinToken("siberian");

    const answer = await scene.enroll({ joinToken, machineId: machineA, agentVersion: "0.1.0" });
    await using agent = await scene.greeted(answer.credential, { nodeName: "siberian" });
    const trust = await agent.next("trust");

    expect(answer).toMatchObject({ nodeName: "siberian", serverName: collectorServerName, addresses: ["collector.home:0"] });
    expect(answer.caCertificates).toHaveLength(1);
    expect(trust.caCertificates).toEqual(answer.caCertificates);
    expect(scene.collector.store.audit.map(({ action, outcome, target }) => [action, outcome, target.name])).toEqual([
      ["token.create", "done", "siberian"],
      ["agent.enroll", "done", "siberian"],
    ]);
    const written = JSON.stringify([scene.collector.store.audit, await scene.vault()]);
    expect(written).not.toContain(answer.credential.slice(-43));
    expect(written).not.toContain(parseJoinToken(joinToken)?.secret);
  });

  it("sells one credential for one token, however many come with it at once", async () => {
    await using scene = await identityScene();
    const joinToken = await scene.joinToken("siberian");

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => codeOf(scene.enroll({ joinToken, machineId: String(index) }))),
    );

    expect(answers.filter((code) => code === status.OK)).toHaveLength(1);
    expect(answers.filter((code) => code === status.UNAUTHENTICATED)).toHaveLength(7);
    expect((await scene.vault()).credentials).toHaveLength(1);
    expect((await scene.vault()).joinTokens).toEqual([]);
  });

  it.each([
    { name: "no token", request: () => ({ joinToken: "" }), expected: status.UNAUTHENTICATED },
    {
      name: "another machine's token",
      request: (joinToken: string) => ({ joinToken, nodeName: "neko" }),
      expected: status.PERMISSION_DENIED,
    },
    {
      name: "a name that is none",
      request: (joinToken: string) => ({ joinToken, nodeName: "../etc" }),
      expected: status.INVALID_ARGUMENT,
    },
    {
      name: "a machine-id that is none",
      request: (joinToken: string) => ({ joinToken, machineId: "a\nb" }),
      expected: status.INVALID_ARGUMENT,
    },
    { name: "a token of a megabyte", request: () => ({ joinToken: "x".repeat(1_000_000) }), expected: status.INVALID_ARGUMENT },
  ])("refuses $name, and the token stays good", async ({ request, expected }) => {
    await using scene = await identityScene();
    const joinToken = await scene.joinToken("siberian");

    const refused = await codeOf(scene.enroll(request(joinToken)));

    expect(refused).toBe(expected);
    expect(await codeOf(scene.enroll({ joinToken, nodeName: "siberian" }))).toBe(status.OK);
  });

  it("audits a refusal with the address that it came from", async () => {
    await using scene = await identityScene();
    const joinToken = await scene.joinToken("siberian");

    await codeOf(scene.enroll({ joinToken, nodeName: "neko" }));

    expect(scene.collector.store.audit.at(-1)).toMatchObject({
      ...{ action: "agent.enroll", outcome: "refused", target: { kind: "node", name: "siberian" } },
      detail: expect.stringContaining("from 127.0.0.1: IDENTITY_MISMATCH"),
    });
  });

  it("stops listening to an address that tries without end", async () => {
    await using scene = await identityScene();
    const codes: unknown[] = [];
    const beganAtMs = performance.now();
    for (let round = 0; round < 8; round += 1) {
      codes.push(...(await Promise.all(Array.from({ length: 10 }, () => codeOf(scene.enroll({ joinToken: "guess" }))))));
    }

    const allowed = 60 + 0.5 * ((performance.now() - beganAtMs) / 1000); // thirty a minute come to those that one may at once
    expect(codes.filter((code) => code === status.UNAUTHENTICATED).length).toBeLessThanOrEqual(allowed + 1);
    expect(codes.at(-1)).toBe(status.RESOURCE_EXHAUSTED);
    expect(scene.collector.store.audit.filter(({ action }) => action === "agent.enroll")).toHaveLength(1);
  });

  it("lists and takes back tokens and credentials; a credential that is taken back ends its stream within a second", async () => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("siberian");
    await scene.joinToken("neko");
    const { body: tokens } = await scene.admin("GET", "/api/v1/tokens");
    const { body: credentials } = await scene.admin("GET", "/api/v1/credentials");
    await using agent = await scene.greeted(credential, { nodeName: "siberian" });

    const revokedAtMs = performance.now();
    const revoked = await scene.admin("DELETE", "/api/v1/credentials/siberian");
    const end = await agent.ended;
    const tookMs = performance.now() - revokedAtMs;
    await using again = scene.connect(credential);
    again.hello({ nodeName: "siberian", machineId: machineA });
    const refused = await again.ended;

    expect(tokens).toMatchObject({ joinTokens: [{ node: "neko" }] });
    expect(credentials).toMatchObject({ credentials: [{ node: "siberian" }] });
    expect(revoked.status).toBe(200);
    expect(end.code).toBe(status.UNAUTHENTICATED);
    expect(end.details).toContain("revoked");
    expect(tookMs).toBeLessThan(1_000);
    expect(refused.code).toBe(status.UNAUTHENTICATED);
  });

  it("does not hold the revocation of one machine against others", async () => {
    await using scene = await identityScene();
    await using neko = await scene.greeted(await scene.enrolled("neko"));
    await scene.enrolled("siberian", machineB);

    await scene.admin("DELETE", "/api/v1/credentials/siberian");
    neko.report([observation(oneDisk)]);
    await neko.next("ack");

    expect(scene.collector.store.observations).toHaveLength(1);
  });
});

describe("feature 6: a machine that was installed anew is enrolled anew under its name", () => {
  it("takes it as another machine with a change record, and lets the old credential in no more", async () => {
    await using scene = await identityScene();
    const old = await scene.enrolled("neko", machineA);
    await using before = await scene.greeted(old, { machineId: machineA });
    before.report([observation(oneDisk)]);
    await before.next("ack");

    const fresh = await scene.enrolled("neko", machineB);
    const end = await before.ended;
    await using after = await scene.greeted(fresh, { machineId: machineB, epoch: "epoch-2" });
    after.report([observation(oneDisk)]);
    await after.next("ack");
    await using stale = scene.connect(old);
    stale.hello({ machineId: machineA });
    const refused = await stale.ended;

    expect(end.code).toBe(status.UNAUTHENTICATED);
    expect(refused.code).toBe(status.UNAUTHENTICATED);
    expect((await scene.vault()).credentials).toHaveLength(1);
    await eventually(() => {
      expect(scene.collector.store.changes.map(({ text }) => text)).toContain(
        "the machine was replaced: another one bears this name now",
      );
    });
  });
});
