/** What admins do, and what is written down of it. */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { parseJoinToken } from "@nodekeeper/shared";
import { AuditList, AuthorityBody, CredentialList, IssuedToken, TokenList } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formProblems } from "../../collector/src/api/test-support/expect-body.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type AllDoors, type Asked, json, openAllDoors, problemOf } from "./all-doors.ts";

/** For a machine that is starved. */
const patience = { timeout: 15_000 };

let doors: AllDoors;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  doors = await openAllDoors({ backupDir: join(folder.path, "backups") });
});

afterEach(async () => {
  await doors[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function ask(path: string, asked?: Asked) {
  const answered = await doors.ask("admin", path, asked);
  return { ...answered, body: JSON.parse(answered.text) };
}

const post = (path: string, value: unknown) => ask(path, json(value));
const remove = (path: string) => ask(path, { method: "DELETE" });
const machineId = "1".repeat(32);

async function enrolled(node: string) {
  const { body } = await post("/api/v1/tokens", { kind: "join", node });
  return await doors.api.registry.enroll(body.text, { node: "", machineId });
}

describe("feature 6: tokens", () => {
  it("are made, listed without their texts, and revoked", async () => {
    const join = await post("/api/v1/tokens", { kind: "join", node: "siberian" });
    const api = await post("/api/v1/tokens", { kind: "api", name: "open-webui", scopes: ["gpu:read"], ttlSeconds: 3600 });
    const list = await ask("/api/v1/tokens");
    const revoked = await remove(`/api/v1/tokens/${api.body.apiToken.id}`);
    const again = await remove(`/api/v1/tokens/${api.body.apiToken.id}`);

    expect([join.status, api.status]).toEqual([201, 201]);
    expect(join.headers["cache-control"]).toBe("no-store");
    expect(formProblems(IssuedToken, join.body)).toEqual([]);
    expect(parseJoinToken(join.body.text)?.id).toBe(join.body.joinToken.id);
    expect(join.body.agentAddresses).toEqual(["nodekeeper.example.net:7071"]);
    expect(Date.parse(join.body.joinToken.expiresAt) - Date.parse(join.body.joinToken.createdAt)).toBe(900_000);
    expect(formProblems(TokenList, list.body)).toEqual([]);
    expect(list.body).toMatchObject({
      joinTokens: [{ node: "siberian" }],
      apiTokens: [{ name: "open-webui", scopes: ["gpu:read"] }],
    });
    expect(list.text).not.toContain(join.body.text);
    expect(list.text).not.toContain(api.body.text);
    expect(revoked).toMatchObject({ status: 200, body: { apiToken: { name: "open-webui" } } });
    expect(again.status).toBe(404);
    expect(
      (await doors.ask("public", "/api/v1/nodes/neko/gpus", { headers: { authorization: `Bearer ${api.body.text}` } })).status,
    ).toBe(401);
  });

  it("say when they were last used", async () => {
    const { body } = await post("/api/v1/tokens", { kind: "api", name: "ci", scopes: ["read"] });
    await doors.ask("public", "/api/v1/nodes", { headers: { authorization: `Bearer ${body.text}` } });

    expect((await ask("/api/v1/tokens")).body.apiTokens[0].lastUsedAt).toMatch(/^\d{4}-/);
  });

  it("leave no text in the audit", async () => {
    const join = await post("/api/v1/tokens", { kind: "join", node: "siberian" });
    const api = await post("/api/v1/tokens", { kind: "api", name: "ci", scopes: ["admin"] });
    const { text, body } = await ask("/api/v1/audit");

    expect(formProblems(AuditList, body)).toEqual([]);
    // Behind the prefix and the id; the secret itself may have underscores.
    for (const issued of [join.body.text, api.body.text]) expect(text).not.toContain(issued.slice(17, 60));
    expect(body.records).toMatchObject([
      { action: "token.create", target: { kind: "token", name: "ci" }, outcome: "done", actor: { kind: "local" } },
      {
        action: "token.create",
        target: { kind: "node", name: "siberian" },
        outcome: "done",
        requestId: join.headers["x-request-id"],
      },
    ]);
  });
});

describe("credentials", () => {
  it("are listed, rotated and revoked", async () => {
    const first = await enrolled("siberian");
    const rotated = await ask("/api/v1/credentials/siberian/rotate", { method: "POST" });
    const list = await ask("/api/v1/credentials");
    const revoked = await remove("/api/v1/credentials/siberian");

    expect(rotated).toMatchObject({ status: 200, body: { node: "siberian", replaces: first.record.id } });
    expect(formProblems(CredentialList, list.body)).toEqual([]);
    expect(list.body.credentials).toHaveLength(2);
    expect(list.text).not.toMatch(/nkc_|hash/);
    expect(revoked.body.credentials).toHaveLength(2);
    expect((await ask("/api/v1/credentials")).body).toEqual({ credentials: [] });
    expect((await remove("/api/v1/credentials/siberian")).status).toBe(404);
    expect(doors.api.store.audit.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      "token.create done",
      "credential.rotate done",
      "credential.revoke done",
      "credential.revoke failed",
    ]);
  });
});

describe("the authority", () => {
  it("is shown and rotated, and a second rotation waits for the first", async () => {
    const before = await ask("/api/v1/authority");
    const rotated = await post("/api/v1/authority/rotate", {});
    const again = await post("/api/v1/authority/rotate", {});

    expect(formProblems(AuthorityBody, rotated.body)).toEqual([]);
    expect(before.body).toMatchObject({ source: "own", authorities: [{ isSigning: true }], problems: [] });
    expect(before.text).not.toContain("PRIVATE KEY");
    expect(rotated.body.authorities.map(({ isSigning }: { isSigning: boolean }) => isSigning)).toEqual([true, false]);
    expect(again.status).toBe(409);
    expect(doors.api.store.audit.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      "authority.rotate done",
      "authority.rotate failed",
    ]);
  });
});

describe("feature 16: a node is retired", () => {
  it("unless it is connected", async () => {
    const answered = await remove("/api/v1/nodes/neko");

    expect(answered.status).toBe(409);
    expect(problemOf(answered).detail).toContain("neko is connected");
    expect(doors.api.state.node("neko")).toMatchObject({ name: "neko", connection: { kind: "connected" } });
  });

  it("with its state, its credential and what is kept of it", async () => {
    const { record, text } = await enrolled("neko");
    doors.api.state.apply(new Machine("neko").disconnect(Date.now()));

    const answered = await remove("/api/v1/nodes/neko");

    expect(answered).toMatchObject({ status: 200, body: { node: "neko", revokedCredentials: 1 } });
    expect(doors.api.state.node("neko")).toBeUndefined();
    expect(doors.api.forgotten).toEqual(["neko"]);
    expect(doors.api.registry.credential(record.id)).toBeUndefined();
    await expect(doors.api.registry.verifier.verify(text, new AbortController().signal)).rejects.toMatchObject({
      code: "IDENTITY_REFUSED",
    });
    expect((await ask("/api/v1/nodes")).body).toMatchObject({ nodes: [], total: 0 });
    expect((await remove("/api/v1/nodes/neko")).status).toBe(404);
    expect(doors.api.store.audit.find(({ action }) => action === "node.retire")?.detail).toBe(`credential ${record.id} revoked`);
  });

  it("and its history can be read as long as it is kept", async () => {
    doors.api.state.apply(new Machine("neko").disconnect(Date.now()));
    await remove("/api/v1/nodes/neko");

    const kept = await ask("/api/v1/nodes/neko/history?kind=filesystem");
    const never = await ask("/api/v1/nodes/tiger/history?kind=filesystem");

    expect(kept).toMatchObject({ status: 200, body: { node: "neko", series: [{ name: "used_bytes" }] } });
    expect(never.status).toBe(404);
  });
});

describe("a backup", () => {
  it("is sent whole, leaves nothing behind, and is in the audit", async () => {
    doors.api.store.backupContent = Buffer.alloc(5_000_000, "nodekeeper");
    const { status, headers, text } = await doors.ask("admin", "/api/v1/backup");

    expect(status).toBe(200);
    expect(headers["content-length"]).toBe("5000000");
    expect(headers["content-disposition"]).toMatch(/^attachment; filename="nodekeeper-\d{4}-\d\d-\d\dT[\d-]+\.db"$/);
    expect(headers["cache-control"]).toBe("no-store");
    expect(createHash("sha256").update(text).digest("hex")).toBe(
      createHash("sha256").update(doors.api.store.backupContent).digest("hex"),
    );
    await expect.poll(() => readdir(join(folder.path, "backups")), patience).toEqual([]);
    expect(doors.api.store.audit).toMatchObject([{ action: "backup.download", outcome: "done", detail: "5000000 bytes" }]);
  });

  it("is one at a time until it was sent, so that many fill no disk", async () => {
    doors.api.store.backupContent = Buffer.alloc(50_000_000);
    const { socketPath } = doors;
    const slow = request({ socketPath, path: "/api/v1/backup", agent: false });
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      slow.on("response", resolve).on("error", reject).end(),
    );
    response.pause();

    const second = await ask("/api/v1/backup");
    response.destroy();

    expect(second.status).toBe(409);
    expect(problemOf(second).detail).toBe("another backup is being made or sent: wait for its end");
    await expect.poll(async () => (await doors.ask("admin", "/api/v1/backup")).status, patience).toBe(200);
  });

  it("leaves nothing behind when whoever asked for it went away while it was made", async () => {
    const { store } = doors.api;
    const made = store.backup.bind(store);
    const gone = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    store.backup = async (file) => {
      begun.resolve();
      await gone.promise;
      await new Promise((resolve) => setTimeout(resolve, 50)); // the server hears of it
      return await made(file);
    };
    const sent = request({ socketPath: doors.socketPath, path: "/api/v1/backup", agent: false });
    sent.on("error", () => undefined); // we broke it off ourselves
    sent.end();
    await begun.promise;
    sent.destroy();
    gone.resolve();

    await expect.poll(() => store.audit.length, patience).toBe(1);
    await expect.poll(() => readdir(join(folder.path, "backups")), patience).toEqual([]);
  });

  it("is not asked for by a picture on another site's page", async () => {
    const login = { "x-authentik-jwt": await doors.login.token("ada", ["admins"]) };
    const ask = async (site: string) =>
      (await doors.ask("public", "/api/v1/backup", { headers: { ...login, "sec-fetch-site": site } })).status;

    expect([await ask("cross-site"), await ask("same-site")]).toEqual([403, 403]);
    expect(await ask("none")).toBe(200);
    expect(doors.api.store.audit.map(({ outcome }) => outcome)).toContain("refused");
  });

  it("leaves nothing behind when it is broken off", async () => {
    doors.api.store.backupContent = Buffer.alloc(50_000_000);
    const { socketPath } = doors;
    await new Promise<void>((resolve) => {
      const sent = request({ socketPath, path: "/api/v1/backup" }, (response) => response.once("data", () => sent.destroy()));
      sent.on("close", () => resolve());
      sent.on("error", () => undefined); // we broke it off ourselves
      sent.end();
    });

    await expect.poll(() => readdir(join(folder.path, "backups")), patience).toEqual([]);
  });
});

describe("the audit", () => {
  it("is read in pages, the newest first", async () => {
    for (const node of ["a", "b", "c"]) await post("/api/v1/tokens", { kind: "join", node });

    const first = await ask("/api/v1/audit?limit=2");
    const second = await ask(`/api/v1/audit?limit=2&cursor=${first.body.nextCursor}`);

    const names = ({ body }: { body: { records: readonly { target: { name: string } }[] } }) =>
      body.records.map(({ target }) => target.name);
    expect([names(first), names(second)]).toEqual([["c", "b"], ["a"]]);
    expect(second.body.nextCursor).toBeUndefined();
  });
});
