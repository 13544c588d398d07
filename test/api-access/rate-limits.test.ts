/** Who asks too often waits, and nobody else does. */
import { afterEach, describe, expect, it } from "vitest";
import { type AllDoors, json, openAllDoors, problemOf, proxySecret } from "./all-doors.ts";

let doors: AllDoors;

afterEach(() => doors[Symbol.asyncDispose]());

const asUser = (name: string): Record<string, string> => ({
  "x-authentik-username": name,
  "x-authentik-groups": "admins",
  "x-nodekeeper-proxy-secret": proxySecret,
});

async function statuses(count: number, ask: () => Promise<{ readonly status: number }>): Promise<readonly number[]> {
  const all: number[] = [];
  for (let round = 0; round < count; round++) all.push((await ask()).status);
  return all;
}

describe("limits", () => {
  it("count reads by who asks, and say when to ask again", async () => {
    doors = await openAllDoors({ rates: { read: 3 } });
    const ask = (name: string) => doors.ask("proxy", "/api/v1/nodes", { headers: asUser(name) });

    expect(await statuses(4, () => ask("ada"))).toEqual([200, 200, 200, 429]);
    const refused = await ask("ada");
    expect(problemOf(refused)).toMatchObject({ code: "RATE_LIMITED", status: 429 });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect((await ask("bob")).status).toBe(200);
  });

  it("count what asks for no proof by its address", async () => {
    doors = await openAllDoors({ rates: { read: 3 } });

    expect(await statuses(4, () => doors.ask("public", "/healthz"))).toEqual([200, 200, 200, 429]);
  });

  it("do not count reads of the machine's own programs", async () => {
    doors = await openAllDoors({ rates: { read: 1 } });

    expect(new Set(await statuses(5, () => doors.ask("local", "/api/v1/nodes")))).toEqual(new Set([200]));
  });

  it("count changes more strictly, also those that are refused", async () => {
    doors = await openAllDoors({ rates: { change: 2 } });
    const asked = json({ kind: "join", node: "siberian" });
    const change = () => doors.ask("proxy", "/api/v1/tokens", { ...asked, headers: { ...asked.headers, ...asUser("ada") } });

    expect(await statuses(3, change)).toEqual([201, 201, 429]);
    expect((await doors.ask("proxy", "/api/v1/nodes", { headers: asUser("ada") })).status).toBe(200);
  });

  it("count proofs that fail by address, and let in who has a good one all the same", async () => {
    doors = await openAllDoors({ rates: { failure: 3 } });
    const guess = () => doors.ask("public", "/api/v1/nodes", { headers: { authorization: "Bearer nkt_000000000000_guess" } });
    const good = { "x-authentik-jwt": await doors.login.token("ada", ["viewers"]) };

    expect(await statuses(5, guess)).toEqual([401, 401, 401, 429, 429]);
    expect((await doors.ask("public", "/api/v1/nodes", { headers: good })).status).toBe(200);
  });

  it("leave one record of a hundred guesses, and one with their number", async () => {
    doors = await openAllDoors();
    await statuses(100, () => doors.ask("public", "/api/v1/nodes", { headers: { authorization: "Bearer x" } }));
    const { store } = doors.api;
    const before = store.audit.length;
    await doors[Symbol.asyncDispose]();

    expect(before).toBe(1);
    expect(store.audit).toMatchObject([
      {
        action: "api.refused",
        outcome: "refused",
        actor: { kind: "user", name: "" },
        target: { kind: "address", name: "127.0.0.1" },
      },
      { detail: expect.stringContaining("and 99 times more within a minute") },
    ]);
    doors = await openAllDoors();
  });
});
