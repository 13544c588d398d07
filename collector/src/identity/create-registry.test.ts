import { parseJoinToken } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { certificate, keyHash } from "../test-support/authority-certificate.ts";
import { aVault, vaultIsGone } from "../test-support/memory-vault.ts";
import type { IdentityChange } from "./agent-identity.ts";
import { createRegistry } from "./create-registry.ts";
import { emptyVault, type StoredJoinToken } from "./vault.ts";

const minuteMs = 60_000;
const machineId = "1".repeat(32);
const siberian = { node: "siberian", ttlMs: 15 * minuteMs, by: "ada" };
const never = new AbortController().signal;

function aRegistry(vault = aVault()) {
  const clock = new FakeClock();
  return { vault, clock, registry: createRegistry({ vault, clock, authorities: () => [certificate] }) };
}

async function enrolled(node = "siberian") {
  const all = aRegistry();
  const { text } = await all.registry.createJoinToken({ ...siberian, node });
  const first = await all.registry.enroll(text, { node: "", machineId });
  return { ...all, first };
}

function code(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (thrown) => thrown.code,
  );
}

describe("registry: join tokens", () => {
  it("gives out a token that says whom to trust, lists it, and keeps its hash only", async () => {
    const { registry, vault, clock } = aRegistry();

    const { text, record } = await registry.createJoinToken(siberian);

    const parts = parseJoinToken(text);
    expect(parts).toMatchObject({ id: record.id, authorityHashes: [keyHash] });
    expect(registry.joinTokens()).toEqual([record]);
    expect(record).toEqual({
      ...{ id: record.id, node: "siberian", createdBy: "ada" },
      createdAtMs: clock.wallMs(),
      expiresAtMs: clock.wallMs() + 15 * minuteMs,
    });
    expect(JSON.stringify(vault.contents)).not.toContain(parts?.secret);
  });

  it("buys one credential", async () => {
    const { registry } = aRegistry();
    const { text } = await registry.createJoinToken(siberian);

    const { text: credential, record } = await registry.enroll(text, { node: "siberian", machineId });

    expect(credential).toMatch(/^nkc_[0-9a-f]{12}_[\w-]{43}$/);
    expect(record).toMatchObject({ node: "siberian", machineId });
    expect(await registry.verifier.verify(credential, never)).toEqual({
      kind: "enrolled",
      node: "siberian",
      credentialId: record.id,
    });
    expect(registry.joinTokens()).toEqual([]);
    expect(await code(registry.enroll(text, { node: "siberian", machineId }))).toBe("IDENTITY_REFUSED");
  });

  it("sells to one of many that come at once, also by another process", async () => {
    const { registry, vault } = aRegistry();
    const other = createRegistry({ vault, clock: new FakeClock(), authorities: () => [certificate] });
    const { text } = await registry.createJoinToken(siberian);

    const results = await Promise.allSettled(
      [registry, other, registry, other].map((each) => each.enroll(text, { node: "", machineId })),
    );

    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
    expect(registry.credentials()).toHaveLength(1);
  });

  it("sells nothing when the vault cannot be written, and the token stays good", async () => {
    const { registry, vault } = aRegistry();
    const { text } = await registry.createJoinToken(siberian);

    vault.fail(vaultIsGone);
    const refused = await code(registry.enroll(text, { node: "", machineId }));
    vault.fail(undefined);

    expect(refused).toBe("VAULT_UNAVAILABLE");
    expect(registry.credentials()).toEqual([]);
    expect(await code(registry.enroll(text, { node: "", machineId }))).toBeUndefined();
  });

  it.each([
    { name: "no token", change: () => "siberian", node: "", expected: "IDENTITY_REFUSED" },
    {
      name: "another secret",
      change: (text: string) => text.replace(/_[\w-]{43}_/, `_${"A".repeat(43)}_`),
      node: "",
      expected: "IDENTITY_REFUSED",
    },
    {
      name: "another id",
      change: (text: string) => text.replace(/nkj_[0-9a-f]{12}/, "nkj_000000000000"),
      node: "",
      expected: "IDENTITY_REFUSED",
    },
    { name: "another machine's name", change: (text: string) => text, node: "neko", expected: "IDENTITY_MISMATCH" },
  ])("refuses $name, and says no secret", async ({ change, node, expected }) => {
    const { registry } = aRegistry();
    const { text } = await registry.createJoinToken(siberian);

    const thrown = await registry.enroll(change(text), { node, machineId }).catch((error: unknown) => error);

    expect(thrown).toMatchObject({ code: expected });
    expect(String(thrown)).not.toContain(parseJoinToken(text)?.secret);
    expect(registry.joinTokens()).toHaveLength(1);
  });

  it("refuses a token past its time in so many words, for a day; then it is swept", async () => {
    const { registry, clock } = aRegistry();
    const { text } = await registry.createJoinToken(siberian);

    await clock.advance(15 * minuteMs);
    const justExpired = await code(registry.enroll(text, { node: "", machineId }));
    await clock.advance(25 * 60 * minuteMs);
    await registry.createJoinToken({ ...siberian, node: "neko" });

    expect(justExpired).toBe("IDENTITY_EXPIRED");
    expect(registry.joinTokens().map((token) => token.node)).toEqual(["neko"]);
  });

  it.each([
    { name: "too short a time", wanted: { ...siberian, ttlMs: 1_000 }, expected: "REQUEST_INVALID" },
    { name: "too long a time", wanted: { ...siberian, ttlMs: 25 * 60 * minuteMs }, expected: "REQUEST_INVALID" },
    { name: "a name that is none", wanted: { ...siberian, node: "sibe rian" }, expected: "REQUEST_INVALID" },
  ])("gives out none for $name", async ({ wanted, expected }) => {
    const { registry } = aRegistry();

    expect(await code(registry.createJoinToken(wanted))).toBe(expected);
  });

  it("gives out none where no machine could come", async () => {
    const registry = createRegistry({ vault: aVault(), clock: new FakeClock(), authorities: () => [] });

    expect(await code(registry.createJoinToken(siberian))).toBe("CONFLICT");
  });

  it("gives out a bounded number", async () => {
    const clock = new FakeClock();
    const token = (index: number): StoredJoinToken => ({
      ...{ id: String(index), hash: "", node: "neko", createdAtMs: 0, createdBy: "" },
      expiresAtMs: clock.wallMs() + minuteMs,
    });
    const full = { ...emptyVault, joinTokens: Array.from({ length: 1_000 }, (_, index) => token(index)) };
    const { registry } = aRegistry(aVault(full));

    expect(await code(registry.createJoinToken(siberian))).toBe("CONFLICT");
  });

  it("is revoked by its id, and an id that nobody has is not found", async () => {
    const { registry } = aRegistry();
    const { text, record } = await registry.createJoinToken(siberian);

    const revoked = await registry.revokeToken(record.id);

    expect(revoked).toEqual(record);
    expect(await code(registry.enroll(text, { node: "", machineId }))).toBe("IDENTITY_REFUSED");
    expect(await code(registry.revokeToken(record.id))).toBe("NOT_FOUND");
  });
});

describe("registry: credentials", () => {
  it("remembers when one was shown", async () => {
    const { registry, clock, first } = await enrolled();

    const before = registry.credentials();
    await clock.advance(minuteMs);
    await registry.verifier.verify(first.text, never);

    expect(before).toMatchObject([{ lastUsedAtMs: undefined }]);
    expect(registry.credentials()).toMatchObject([{ lastUsedAtMs: clock.wallMs() }]);
  });

  it("tells the one who watches that it was revoked, and says of whom it was to the next who shows it", async () => {
    const { registry, first } = await enrolled();
    const identity = await registry.verifier.verify(first.text, never);
    const changes: IdentityChange[] = [];
    using _ = registry.verifier.watch(identity, (change) => changes.push(change));

    const revoked = await registry.revokeCredentials("siberian");
    const thrown = await registry.verifier.verify(first.text, never).catch((error: unknown) => error);

    expect(revoked.map((each) => each.id)).toEqual([first.record.id]);
    expect(changes).toMatchObject([{ kind: "ended", error: { code: "IDENTITY_REFUSED" } }]);
    expect(thrown).toMatchObject({
      code: "IDENTITY_REFUSED",
      context: { credentialId: first.record.id, node: "siberian" },
    });
    expect(await code(registry.revokeCredentials("siberian"))).toBe("NOT_FOUND");
  });

  it("tells of a revocation between verifying and watching, and by another process", async () => {
    const { registry, vault, first } = await enrolled();
    const identity = await registry.verifier.verify(first.text, never);
    vault.writeAsOther((contents) => ({ ...contents, credentials: [] }));
    vault.reread();

    const change = await new Promise<IdentityChange>((resolve) => registry.verifier.watch(identity, resolve));

    expect(change).toMatchObject({ kind: "ended", error: { code: "IDENTITY_REFUSED" } });
  });

  it("is revoked by enrolling anew, for another machine too", async () => {
    const { registry, first } = await enrolled();
    const { text } = await registry.createJoinToken(siberian);

    const second = await registry.enroll(text, { node: "", machineId: "2".repeat(32) });

    expect(registry.credentialsOf("siberian")).toMatchObject([{ id: second.record.id, machineId: "2".repeat(32) }]);
    expect(await code(registry.verifier.verify(first.text, never))).toBe("IDENTITY_REFUSED");
  });
});

describe("registry: rotation", () => {
  it("holds a successor ready beside the credential, and both hold until the successor is settled", async () => {
    const { registry, first } = await enrolled();
    const told: string[] = [];
    using _ = registry.onPending((node) => told.push(node));

    const successor = await registry.rotateCredential("siberian");
    const text = registry.pendingCredential("siberian") ?? "";
    const both = await Promise.all([first.text, text].map((each) => registry.verifier.verify(each, never)));
    await registry.settle(successor.id);

    expect(told).toEqual(["siberian"]);
    expect(successor).toMatchObject({ node: "siberian", machineId, replaces: first.record.id });
    expect(both).toHaveLength(2);
    expect(await code(registry.verifier.verify(first.text, never))).toBe("IDENTITY_REFUSED");
    expect(await registry.verifier.verify(text, never)).toMatchObject({ credentialId: successor.id });
    expect(registry.pendingCredential("siberian")).toBeUndefined();
    expect(registry.credentialsOf("siberian")).toMatchObject([{ id: successor.id }]);
    expect(registry.credential(successor.id)?.replaces).toBeUndefined();
  });

  it("hands one that nobody used yet over again, rather than a second one that would end with the first use", async () => {
    const { registry } = await enrolled();
    const first = await registry.rotateCredential("siberian");
    const told: string[] = [];
    using _ = registry.onPending((node) => told.push(node));

    const again = await registry.rotateCredential("siberian");

    expect(again.id).toBe(first.id);
    expect(told).toEqual(["siberian"]);
    expect(registry.credentialsOf("siberian")).toHaveLength(2);
  });

  it("makes one for all who ask at the same time, and another for who asks when it is used or was not made", async () => {
    const { registry, vault } = await enrolled();

    const [first, second] = await Promise.all([registry.rotateCredential("siberian"), registry.rotateCredential("siberian")]);
    const together = registry.credentialsOf("siberian").length;
    await registry.settle(first?.id ?? "");
    vault.fail(vaultIsGone);
    const refused = await code(registry.rotateCredential("siberian"));
    vault.fail(undefined);
    const next = await registry.rotateCredential("siberian");

    expect({ isSame: second?.id === first?.id, together, refused }).toEqual({
      ...{ isSame: true, together: 2, refused: "VAULT_UNAVAILABLE" },
    });
    expect(next).toMatchObject({ replaces: first?.id });
  });

  it("locks nobody out when it is begun again by each of several collectors: any successor that was handed over is good", async () => {
    const { registry, vault, first } = await enrolled();
    const texts: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const restarted = aRegistry(vault).registry;
      await restarted.rotateCredential("siberian");
      texts.push(restarted.pendingCredential("siberian") ?? "");
    }

    const identities = await Promise.all([first.text, ...texts].map((text) => registry.verifier.verify(text, never)));
    const used = identities[2];
    if (used?.kind === "enrolled") await registry.settle(used.credentialId);

    expect(new Set(identities.map((each) => each.kind === "enrolled" && each.credentialId)).size).toBe(4);
    expect(registry.credentialsOf("siberian")).toHaveLength(1);
    expect(await code(registry.verifier.verify(texts[1] ?? "", never))).toBeUndefined();
  });

  it("keeps four successors at most", async () => {
    const { vault, ...started } = await enrolled();
    let { registry } = started;
    for (let round = 0; round < 8; round += 1) {
      const restarted = aRegistry(vault);
      registry = restarted.registry;
      await restarted.clock.advance((round + 1) * minuteMs);
      await registry.rotateCredential("siberian");
    }

    expect(registry.credentialsOf("siberian")).toHaveLength(5);
    expect(await registry.verifier.verify(registry.pendingCredential("siberian") ?? "", never)).toMatchObject({
      kind: "enrolled",
      node: "siberian",
    });
  });

  it("changes nothing when one that is no successor is settled, and finds nothing to rotate for a stranger", async () => {
    const { registry, first } = await enrolled();

    await registry.settle(first.record.id);

    expect(registry.credentials()).toHaveLength(1);
    expect(await code(registry.rotateCredential("neko"))).toBe("NOT_FOUND");
  });
});

describe("registry: tokens of the API", () => {
  const wanted = { name: "open-webui", scopes: ["gpu:read"], ttlMs: 60 * minuteMs, by: "ada" } as const;

  it("are verified with their scopes until they end", async () => {
    const { registry, clock } = aRegistry();
    const { text, record } = await registry.createApiToken(wanted);

    const shown = registry.verifyApiToken(text);
    await clock.advance(60 * minuteMs);

    expect(text).toMatch(/^nkt_[0-9a-f]{12}_[\w-]{43}$/);
    expect(shown).toMatchObject({ id: record.id, name: "open-webui", scopes: ["gpu:read"] });
    expect(registry.apiTokens()).toMatchObject([{ id: record.id, lastUsedAtMs: clock.wallMs() - 60 * minuteMs }]);
    expect(() => registry.verifyApiToken(text)).toThrow(/past its time/);
  });

  it("are refused when revoked, and when their secret is another", async () => {
    const { registry } = aRegistry();
    const { text, record } = await registry.createApiToken({ ...wanted, ttlMs: undefined });

    expect(() => registry.verifyApiToken(`${text.slice(0, -43)}${"A".repeat(43)}`)).toThrow(/not known/);
    await registry.revokeToken(record.id);

    expect(() => registry.verifyApiToken(text)).toThrow(/not known/);
    expect(() => registry.verifyApiToken("nonsense")).toThrow(/not known/);
  });

  it("have a name each", async () => {
    const { registry } = aRegistry();
    await registry.createApiToken(wanted);

    expect(await code(registry.createApiToken(wanted))).toBe("CONFLICT");
    expect(await code(registry.createApiToken({ ...wanted, name: "" }))).toBe("REQUEST_INVALID");
    expect(await code(registry.createApiToken({ ...wanted, name: "other", scopes: [] }))).toBe("REQUEST_INVALID");
  });
});
