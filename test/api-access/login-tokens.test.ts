/** The signed word about a person, with everything that can be wrong with it. */
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLogin, loginRules } from "../../collector/src/api/test-support/a-login.ts";
import { type AllDoors, openAllDoors, problemOf } from "./all-doors.ts";

let doors: AllDoors;

beforeAll(async () => {
  doors = await openAllDoors({ rates: { failure: 10_000 } });
});

afterAll(() => doors[Symbol.asyncDispose]());

async function shown(jwt: string, at: AllDoors = doors) {
  const answered = await at.ask("public", "/api/v1/whoami", { headers: { "x-authentik-jwt": jwt } });
  return { status: answered.status, problem: problemOf(answered), text: answered.text };
}

const past = Math.floor(Date.now() / 1000) - 120;

describe("a login's token", () => {
  it("says who asks, what that one may do, and until when", async () => {
    const { status, text } = await shown(await doors.login.token("ada", ["admins"]));

    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ kind: "user", name: "ada", scopes: ["admin"], door: "public" });
    expect(Date.parse(JSON.parse(text).expiresAt)).toBeGreaterThan(Date.now());
  });

  it.each([
    { name: "another issuer", claims: { iss: "https://evil.example/" }, code: "IDENTITY_REFUSED" },
    { name: "no issuer", claims: { iss: undefined }, code: "IDENTITY_REFUSED" },
    { name: "another audience", claims: { aud: "grafana" }, code: "IDENTITY_REFUSED" },
    { name: "no audience", claims: { aud: undefined }, code: "IDENTITY_REFUSED" },
    { name: "an end that is past", claims: { exp: past }, code: "IDENTITY_EXPIRED" },
    { name: "no end", claims: { exp: undefined }, code: "IDENTITY_REFUSED" },
    { name: "a beginning to come", claims: { nbf: past + 600 }, code: "IDENTITY_REFUSED" },
    { name: "nobody in it", claims: { preferred_username: undefined, sub: undefined }, code: "IDENTITY_REFUSED" },
    { name: "a name of control characters", claims: { preferred_username: "ada\u0000\n" }, code: "IDENTITY_REFUSED" },
  ])("is refused with $name", async ({ claims, code }) => {
    const { status, problem } = await shown(await doors.login.token("ada", ["admins"], { claims }));

    expect(status).toBe(401);
    expect(problem.code).toBe(code);
  });

  it("gives no right for groups that are no list", async () => {
    const { status, text } = await shown(await doors.login.token("ada", [], { claims: { groups: "admins" } }));

    expect(status).toBe(200);
    expect(JSON.parse(text).scopes).toEqual([]);
  });

  it("is refused when another key signed it", async () => {
    const other = await aLogin(Date.now());

    expect((await shown(await other.token("ada", ["admins"]))).status).toBe(401);
  });

  it("is refused without a signature", async () => {
    const [, payload] = (await doors.login.token("ada", ["admins"])).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");

    for (const jwt of [`${header}.${payload}.`, `${header}.${payload}`, `${header}.${payload}.AAAA`]) {
      expect((await shown(jwt)).status).toBe(401);
    }
  });

  it("is refused when it is signed with the public key as a shared secret", async () => {
    const secret = Buffer.from(JSON.stringify(doors.login.jwks.keys[0]));
    const jwt = await doors.login.token("ada", ["admins"], { key: secret, header: { alg: "HS256" } });

    const { status, problem } = await shown(jwt);

    expect(status).toBe(401);
    expect(problem.detail).toContain("not signed with a public key");
  });

  it("is refused when one letter of it changed", async () => {
    const jwt = await doors.login.token("ada", ["viewers"]);
    const [header = "", , signature = ""] = jwt.split(".");
    const raised = Buffer.from(JSON.stringify({ ...loginRules, sub: "x", groups: ["admins"], exp: past + 9999 })).toString(
      "base64url",
    );

    expect((await shown(`${header}.${raised}.${signature}`)).status).toBe(401);
    expect((await shown(jwt.slice(0, -4))).status).toBe(401);
  });

  it.each(["", "x", "a.b.c", "é", "x".repeat(9000)])("is refused as garbage: %.20s", async (jwt) => {
    expect((await shown(encodeURIComponent(jwt))).status).toBe(401);
  });

  it("is refused with a key that it brings along itself", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = await crypto.subtle.importKey(
      "pkcs8",
      privateKey.export({ type: "pkcs8", format: "der" }),
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["sign"],
    );
    const header = { jwk: publicKey.export({ format: "jwk" }), kid: "mine" };

    expect((await shown(await doors.login.token("ada", ["admins"], { key, header }))).status).toBe(401);
  });
});

describe("the keys of the login", () => {
  it("come from a URL, are asked for anew when one is not known, and stand while the other side is away", async () => {
    const first = await aLogin(Date.now());
    const second = await aLogin(Date.now());
    let keys: readonly object[] = [{ ...first.jwks.keys[0], kid: "one" }];
    let isAway = false;
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(isAway ? 503 : 200, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`; // a listening TCP server has this form of address
    await using own = await openAllDoors({ login: { jwks, ...loginRules, groups: { viewers: [], admins: [] } } });
    const of = (login: typeof first, kid: string) => login.token("ada", [], { header: { kid } });

    expect((await shown(await of(first, "one"), own)).status).toBe(200);
    expect(asked).toBe(1);
    keys = [...keys, { ...second.jwks.keys[0], kid: "two" }];
    const isKnown = async (): Promise<number> => (await shown(await of(second, "two"), own)).status;
    await expect.poll(isKnown, { timeout: 15_000, interval: 500 }).toBe(200);
    expect(asked).toBe(2); // in ten seconds and twenty tokens
    isAway = true;
    expect((await shown(await of(first, "one"), own)).status).toBe(200);

    server.close();
  });

  it("are not there yet: nobody is refused for that, and nobody is let in", async () => {
    await using own = await openAllDoors({
      login: { jwks: "http://127.0.0.1:9/jwks", ...loginRules, groups: { viewers: [], admins: [] } },
    });

    const { status, problem } = await shown(await doors.login.token("ada", ["admins"]), own);

    expect(status).toBe(503);
    expect(problem.code).toBe("IDENTITY_UNVERIFIABLE");
  });

  it("must be in the file that is named", async () => {
    const login = { jwks: "/nowhere/jwks.json", ...loginRules, groups: { viewers: [], admins: [] } };

    await expect(openAllDoors({ login })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
