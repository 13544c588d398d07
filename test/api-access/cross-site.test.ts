/** What a page of another site can make a person's browser send, and what a rebound name can. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AllDoors, json, openAllDoors, problemOf, proxySecret, publicName } from "./all-doors.ts";

let doors: AllDoors;

beforeAll(async () => {
  doors = await openAllDoors();
});

afterAll(() => doors[Symbol.asyncDispose]());

const wanted = { kind: "join", node: "siberian" };

/** An admin's browser, logged in, asks for a join token with these headers. */
async function byBrowser(door: "public" | "proxy", headers: Record<string, string>) {
  const login: Record<string, string> =
    door === "public"
      ? { "x-authentik-jwt": await doors.login.token("ada", ["admins"]) }
      : { "x-authentik-username": "ada", "x-authentik-groups": "admins", "x-nodekeeper-proxy-secret": proxySecret };
  const asked = json(wanted);
  const answered = await doors.ask(door, "/api/v1/tokens", { ...asked, headers: { ...asked.headers, ...login, ...headers } });
  return { status: answered.status, code: problemOf(answered).code };
}

const own = `https://${publicName}`;

describe.each(["public", "proxy"] as const)("a change at the %s door", (door) => {
  it.each([
    { name: "our own page", headers: { origin: own, "sec-fetch-site": "same-origin" } },
    { name: "our own page, in a browser that does not say where it fetches from", headers: { origin: own } },
    { name: "a program, which says neither", headers: {} },
  ])("is done for $name", async ({ headers }) => {
    expect(await byBrowser(door, headers)).toMatchObject({ status: 201 });
  });

  it.each([
    { name: "another site", headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } },
    { name: "another site, in an old browser", headers: { origin: "https://evil.example" } },
    { name: "another site that hides its origin", headers: { origin: "null", "sec-fetch-site": "cross-site" } },
    { name: "a site beside ours", headers: { origin: `https://other.example.net`, "sec-fetch-site": "same-site" } },
    { name: "the same name without TLS", headers: { origin: `http://${publicName}`, "sec-fetch-site": "cross-site" } },
    { name: "another port of ours", headers: { origin: `${own}:8443`, "sec-fetch-site": "same-site" } },
    { name: "a page that sends no origin", headers: { "sec-fetch-site": "cross-site" } },
    { name: "a person who typed the address", headers: { "sec-fetch-site": "none" } },
    { name: "our own origin, which the browser denies", headers: { origin: own, "sec-fetch-site": "cross-site" } },
  ])("is refused for $name", async ({ headers }) => {
    expect(await byBrowser(door, headers)).toEqual({ status: 403, code: "ORIGIN_REFUSED" });
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "cannot be sent as %s, as a form of another site would",
    async (type) => {
      expect(await byBrowser(door, { "content-type": type })).toMatchObject({ status: 415 });
    },
  );

  it("is not announced to a page of another site that asks first", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "DELETE" };
    const answered = await doors.ask(door, "/api/v1/tokens/x", { method: "OPTIONS", headers });

    expect(answered.status).toBe(403);
    expect(Object.keys(answered.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});

describe("a change", () => {
  it("with an API token needs no origin: no browser adds it by itself", async () => {
    const { text } = await doors.api.registry.createApiToken({ name: "ci", scopes: ["admin"], ttlMs: undefined, by: "test" });
    const asked = json(wanted);
    const headers = { ...asked.headers, authorization: `Bearer ${text}`, "sec-fetch-site": "cross-site" };

    expect((await doors.ask("public", "/api/v1/tokens", { ...asked, headers })).status).toBe(201);
  });

  it("by loopback needs a token: whoever is on the machine may only read", async () => {
    expect((await doors.ask("local", "/api/v1/tokens", json(wanted))).status).toBe(403);
  });

  it("that is refused is in the audit, with who asked and why", async () => {
    await byBrowser("public", { origin: "https://elsewhere.example" }); // nobody looks at who asks then
    await byBrowser("public", { "sec-fetch-site": "cross-site" });

    await expect
      .poll(() => doors.api.store.audit.filter(({ outcome }) => outcome === "refused"))
      .toContainEqual(
        expect.objectContaining({
          actor: { kind: "user", name: "ada" },
          action: "token.create",
          outcome: "refused",
          detail: expect.stringContaining("ORIGIN_REFUSED"),
          requestId: expect.any(String),
        }),
      );
    expect(doors.api.store.audit).toContainEqual(
      expect.objectContaining({ actor: { kind: "user", name: "" }, action: "token.create", outcome: "refused" }),
    );
  });
});

describe("a name that is not ours", () => {
  it.each(["evil.example", "evil.example:443", `${publicName}.evil.example`, "10.0.0.1.evil.example"])(
    "is turned away at the public door: %j",
    async (host) => {
      const headers = { host, "x-authentik-jwt": await doors.login.token("ada", ["admins"]) };
      for (const path of ["/", "/api/v1/nodes", "/healthz", "/openapi.json", "/nowhere"]) {
        expect((await doors.ask("public", path, { headers })).status, path).toBe(421);
      }
    },
  );

  it("is turned away on loopback, also the public one", async () => {
    expect((await doors.ask("local", "/api/v1/nodes", { headers: { host: publicName } })).status).toBe(421);
  });

  it("is let pass where an ingress on 443, a Service on another port or a kubelet with an address asks", async () => {
    for (const host of [publicName, `${publicName}:443`, `${publicName.toUpperCase()}:30443`, "10.42.0.7:7070"]) {
      expect((await doors.ask("public", "/healthz", { headers: { host } })).status, host).toBe(200);
    }
  });
});

describe("every answer at every door", () => {
  it("forbids to be framed, and trusts nothing but its own files", async () => {
    for (const door of ["local", "public", "proxy", "admin"] as const) {
      for (const path of ["/", "/api/v1/tokens", "/nowhere"]) {
        const { headers } = await doors.ask(door, path);
        expect(headers["x-frame-options"], `${door} ${path}`).toBe("DENY");
        expect(headers["content-security-policy"], `${door} ${path}`).toContain("frame-ancestors 'none'");
      }
    }
  });
});
