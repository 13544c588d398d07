/** Every route for everybody who may come: the table is made from the list of routes, so that a new route is in it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoorKind } from "../../collector/src/api/doors/door.ts";
import type { Route } from "../../collector/src/api/route.ts";
import { routes } from "../../collector/src/api/routes/index.ts";
import type { Scope } from "../../collector/src/identity/scope.ts";
import { type AllDoors, openAllDoors, proxySecret } from "./all-doors.ts";

/** What each right opens, written out once more: the rule of scope.ts is what is under test. */
const opens: Readonly<Record<Scope, readonly Scope[]>> = {
  admin: ["read", "health:read", "gpu:read", "metrics:read", "admin"],
  read: ["read", "health:read", "gpu:read", "metrics:read"],
  "health:read": ["health:read"],
  "gpu:read": ["gpu:read"],
  "metrics:read": ["metrics:read"],
};

interface Caller {
  readonly name: string;
  readonly door: DoorKind;
  /** Undefined: nobody known. */
  readonly scopes: readonly Scope[] | undefined;
  headers(): Promise<Record<string, string>>;
}

let doors: AllDoors;

beforeAll(async () => {
  doors = await openAllDoors({ rates: { read: 100_000, change: 100_000, failure: 100_000 } });
});

afterAll(() => doors[Symbol.asyncDispose]());

const nothing = async (): Promise<Record<string, string>> => ({});
const jwt = (groups: readonly string[]) => async () => ({ "x-authentik-jwt": await doors.login.token("ada", groups) });
const plain = (groups: string) => async () => ({
  "x-authentik-username": "ada",
  "x-authentik-groups": groups,
  "x-nodekeeper-proxy-secret": proxySecret,
});
const token = (scope: Scope, door: DoorKind) => async () => {
  const name = `${scope} at ${door}`;
  const { text } = await doors.api.registry.createApiToken({ name, scopes: [scope], ttlMs: undefined, by: "test" });
  return { authorization: `Bearer ${text}` };
};

const callers: readonly Caller[] = [
  { name: "whoever is on the machine", door: "local", scopes: ["read"], headers: nothing },
  { name: "whoever may open the admin socket", door: "admin", scopes: ["admin"], headers: nothing },
  { name: "nobody known", door: "public", scopes: undefined, headers: nothing },
  { name: "nobody known, by the proxy", door: "proxy", scopes: undefined, headers: nothing },
  { name: "a viewer", door: "public", scopes: ["read"], headers: jwt(["viewers", "others"]) },
  { name: "an admin", door: "public", scopes: ["admin"], headers: jwt(["admins"]) },
  { name: "somebody of no group", door: "public", scopes: [], headers: jwt([]) },
  { name: "a viewer, by the proxy", door: "proxy", scopes: ["read"], headers: plain("others|viewers") },
  { name: "an admin, by the proxy", door: "proxy", scopes: ["admin"], headers: plain("admins") },
  { name: "somebody of no group, by the proxy", door: "proxy", scopes: [], headers: plain("adminsx|xviewers") },
  ...(Object.keys(opens) as Scope[]).flatMap((scope) =>
    (["local", "public", "proxy"] as const).map((door) => ({
      name: `a token with ${scope}`,
      door,
      scopes: [scope],
      headers: token(scope, door),
    })),
  ),
];

/** A request that the route takes. */
function pathOf({ path, name }: Route): string {
  const query = name === "node-history" ? "?kind=cpu" : "";
  return `${path.replace(/\{\w+\}/g, "neko")}${query}`;
}

function expected({ access }: Route, { scopes }: Caller): "let in" | 401 | 403 {
  if (access === "anyone") return "let in";
  if (scopes === undefined) return 401;
  if (access === "identified") return "let in";
  return scopes.some((scope) => opens[scope].includes(access)) ? "let in" : 403;
}

describe("every route", () => {
  it.each(callers)("is open to $name at the $door door as far as it says, and no further", async (caller) => {
    const headers = await caller.headers();
    const answers: Record<string, unknown> = {};
    const wanted: Record<string, unknown> = {};
    for (const route of routes) {
      const body = route.body === undefined ? {} : { body: "{}" };
      const type = route.body === undefined ? {} : { "content-type": "application/json" };
      const { method } = route;
      const { status } = await doors.ask(caller.door, pathOf(route), { method, headers: { ...headers, ...type }, ...body });
      answers[route.name] = status === 401 || status === 403 ? status : "let in";
      wanted[route.name] = expected(route, caller);
    }

    expect(answers).toEqual(wanted);
  });

  it("says which right is missing, and to whom", async () => {
    const headers = await jwt(["viewers"])();
    const { status, text } = await doors.ask("public", "/api/v1/tokens", { headers });

    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ code: "FORBIDDEN", detail: 'this needs the right "admin", and ada has read' });
  });

  it("says how to prove who asks", async () => {
    const { status, headers } = await doors.ask("public", "/api/v1/nodes");
    const wrong = await doors.ask("public", "/api/v1/nodes", { headers: { authorization: "Bearer nkt_000000000000_x" } });

    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe('Bearer realm="nodekeeper"');
    expect(wrong.status).toBe(401);
    expect(wrong.headers["www-authenticate"]).toBe('Bearer realm="nodekeeper", error="invalid_token"');
  });
});

describe("/readyz", () => {
  it("tells this machine why, and strangers no more than a yes or no", async () => {
    await using unready = await openAllDoors({ reasons: ["/data/nodekeeper.db: the disk is full"] });
    await using troubled = await openAllDoors({ troubles: ["https://10.43.0.1 cannot be reached"] });

    for (const door of ["local", "admin"] as const) {
      expect((await unready.ask(door, "/readyz")).text, door).toContain("the disk is full");
      expect((await troubled.ask(door, "/readyz")).text, door).toContain("10.43.0.1");
    }
    for (const door of ["public", "proxy"] as const) {
      const { status, text } = await unready.ask(door, "/readyz");
      expect(status, door).toBe(503);
      expect(text, door).not.toContain("/data");
      expect(await troubled.ask(door, "/readyz"), door).toMatchObject({ status: 200, text: "ok\n" });
    }
  });
});
