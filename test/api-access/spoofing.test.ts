/** Headers about people are believed at one door each, and nowhere else. */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoorKind } from "../../collector/src/api/doors/door.ts";
import { type AllDoors, openAllDoors, problemOf, proxySecret } from "./all-doors.ts";

let doors: AllDoors;

beforeAll(async () => {
  doors = await openAllDoors({ rates: { failure: 10_000 } });
});

afterAll(() => doors[Symbol.asyncDispose]());

const forged = { "x-authentik-username": "eve", "x-authentik-groups": "admins" };

async function whoami(door: DoorKind, headers: Record<string, string | string[]>) {
  const answered = await doors.ask(door, "/api/v1/whoami", { headers });
  return { status: answered.status, body: JSON.parse(answered.text), problem: problemOf(answered) };
}

describe("plain headers about a person", () => {
  it.each(["local", "public", "admin"] as const)("are refused at the %s door, and not ignored", async (door) => {
    const { status, problem } = await whoami(door, forged);

    expect(status).toBe(401);
    expect(problem).toMatchObject({ code: "IDENTITY_REFUSED" });
    expect(problem.detail).toContain("--proxy-listen");
  });

  it("are refused at the public door although the proxy's secret is with them", async () => {
    expect((await whoami("public", { ...forged, "x-nodekeeper-proxy-secret": proxySecret })).status).toBe(401);
  });

  it.each([
    { name: "no secret", secret: undefined },
    { name: "an empty secret", secret: "" },
    { name: "a part of the secret", secret: proxySecret.slice(0, -1) },
    { name: "the secret and more", secret: `${proxySecret}0` },
    { name: "the secret in capitals", secret: proxySecret.toUpperCase() },
  ])("are refused at the proxy's door with $name", async ({ secret }) => {
    const { status, problem } = await whoami("proxy", {
      ...forged,
      ...(secret === undefined ? {} : { "x-nodekeeper-proxy-secret": secret }),
    });

    expect(status).toBe(401);
    expect(problem.detail).toContain("X-Nodekeeper-Proxy-Secret is missing or wrong");
  });

  it("are believed of the proxy", async () => {
    const { status, body } = await whoami("proxy", { ...forged, "x-nodekeeper-proxy-secret": proxySecret });

    expect(status).toBe(200);
    expect(body).toMatchObject({ kind: "user", name: "eve", scopes: ["admin"], door: "proxy" });
  });

  it("are read in the letters that the proxy writes, UTF-8", async () => {
    const asBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1"); // how Node sends a header's bytes
    const { body } = await whoami("proxy", {
      "x-authentik-username": asBytes("jürgen"),
      "x-authentik-groups": asBytes("wächter|admins"),
      "x-nodekeeper-proxy-secret": proxySecret,
    });

    expect(body).toMatchObject({ name: "jürgen", scopes: ["admin"] });
  });

  it.each([
    { name: "control characters", username: "eve\u00c2\u009b2J" },
    { name: "more letters than any name has", username: "e".repeat(257) },
  ])("are refused as a name with $name", async ({ username }) => {
    const headers = { ...forged, "x-authentik-username": username, "x-nodekeeper-proxy-secret": proxySecret };

    expect((await whoami("proxy", headers)).status).toBe(401);
  });

  it("are refused where one stands twice: the client's beside the proxy's", async () => {
    const twice = { ...forged, "x-authentik-groups": ["viewers", "admins"], "x-nodekeeper-proxy-secret": proxySecret };

    const { status, problem } = await whoami("proxy", twice);

    expect(status).toBe(401);
    expect(problem.detail).toContain("stands 2 times");
  });

  it("are refused where they name nobody", async () => {
    const { status } = await whoami("proxy", { "x-authentik-groups": "admins", "x-nodekeeper-proxy-secret": proxySecret });

    expect(status).toBe(401);
  });

  it("are nothing beside the signed word, with which a login sends them", async () => {
    const { status, body } = await whoami("public", {
      ...forged,
      "x-authentik-jwt": await doors.login.token("ada", ["viewers"]),
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({ name: "ada", scopes: ["read"] });
  });
});

describe("the signed word about a person", () => {
  it.each(["local", "admin"] as const)("is refused at the %s door, where nobody logs in", async (door) => {
    const { status, problem } = await whoami(door, { "x-authentik-jwt": await doors.login.token("ada", ["admins"]) });

    expect(status).toBe(401);
    expect(problem.detail).toContain("--public-listen");
  });

  it("makes nobody known at the proxy's door", async () => {
    const { status } = await whoami("proxy", { "x-authentik-jwt": await doors.login.token("ada", ["admins"]) });

    expect(status).toBe(401);
  });

  it("is refused where it stands twice", async () => {
    const one = await doors.login.token("ada", ["viewers"]);
    const other = await doors.login.token("eve", ["admins"]);

    expect((await whoami("public", { "x-authentik-jwt": [one, other] })).status).toBe(401);
  });
});

describe("an API token", () => {
  it("is refused together with a person: whose request would it be?", async () => {
    const { text } = await doors.api.registry.createApiToken({ name: "t", scopes: ["read"], ttlMs: undefined, by: "test" });
    const authorization = `Bearer ${text}`;

    const beside = await whoami("public", { authorization, "x-authentik-jwt": await doors.login.token("ada", ["admins"]) });
    const plainly = await whoami("proxy", { authorization, ...forged, "x-nodekeeper-proxy-secret": proxySecret });

    expect(beside.status).toBe(401);
    expect(plainly.status).toBe(401);
  });

  it.each(["Bearer", "Bearer  ", "Bearer a b", "Bearer nkc_000000000000_x", "bearer x"])(
    "is refused as %j",
    async (authorization) => {
      for (const door of ["local", "public", "proxy", "admin"] as const) {
        expect((await whoami(door, { authorization })).status, door).toBe(401);
      }
    },
  );

  it("is what it is at every door, also at those that would allow more without it", async () => {
    const { text } = await doors.api.registry.createApiToken({ name: "u", scopes: ["gpu:read"], ttlMs: undefined, by: "test" });
    for (const door of ["local", "public", "proxy", "admin"] as const) {
      const { body } = await whoami(door, { authorization: `Bearer ${text}` });
      expect(body, door).toMatchObject({ kind: "token", name: "u", scopes: ["gpu:read"] });
    }
  });
});

describe("the proxy's secret", () => {
  it("may change while the collector runs, with both known meanwhile", { timeout: 90_000 }, async () => {
    await using own = await openAllDoors();
    const other = "another-secret-of-the-proxy-9876543210";
    const ask = async (secret: string): Promise<number> => {
      const headers = { ...forged, "x-nodekeeper-proxy-secret": secret };
      return (await own.ask("proxy", "/api/v1/whoami", { headers })).status;
    };

    await writeFile(own.secretFile, `${proxySecret}\n${other}\n`);
    await expect.poll(() => ask(other), { timeout: 30_000, interval: 100 }).toBe(200);
    expect(await ask(proxySecret)).toBe(200);
    await writeFile(own.secretFile, other);
    await expect.poll(() => ask(proxySecret), { timeout: 30_000, interval: 100 }).toBe(401);
    await writeFile(own.secretFile, "short");
    await new Promise((resolve) => setTimeout(resolve, 1_500));

    expect(await ask(other)).toBe(200); // what was read before stands
  });
});
