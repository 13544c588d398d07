/** Requests that are too large, malformed, or lead out of the house, at every door. */
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type AllDoors, doorKinds, json, openAllDoors, problemOf } from "./all-doors.ts";

let doors: AllDoors;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const dashboardDir = join(folder.path, "dashboard");
  await mkdir(join(dashboardDir, "assets"), { recursive: true });
  await mkdir(join(folder.path, "docs"));
  await writeFile(join(dashboardDir, "index.html"), "<p>dashboard</p>");
  await writeFile(join(dashboardDir, "assets", "app.js"), "'app'");
  await writeFile(join(folder.path, "docs", "errors.md"), "# Errors");
  await writeFile(join(folder.path, "docs", "other.md"), "secret");
  await writeFile(join(folder.path, "secret.txt"), "secret");
  doors = await openAllDoors({ dashboardDir, docsDir: join(folder.path, "docs") });
});

afterAll(async () => {
  await doors[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const ways = [
  "/../secret.txt",
  "/..%2fsecret.txt",
  "/%2e%2e/secret.txt",
  "/%2e%2e%2fsecret.txt",
  "/assets/../../secret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/assets/%2e%2e/%2e%2e/secret.txt",
  "/assets/..\\..\\secret.txt",
  "/assets/..%5c..%5csecret.txt",
  "/assets/%252e%252e%252fsecret.txt",
  "//etc/passwd",
  "/assets/%00/../../secret.txt",
  "/docs/../secret.txt",
  "/docs/..%2fsecret.txt",
  "/docs/other.md",
  "/docs/errors.md/../other.md",
  "/docs/errors.md%2f..%2fother.md",
  "/api/v1/nodes/..%2f..%2f..%2fsecret.txt",
];

describe.each(doorKinds)("the %s door", (door) => {
  it("serves the dashboard and the page of errors, and nothing beside them", async () => {
    expect((await doors.ask(door, "/")).text).toBe("<p>dashboard</p>");
    expect((await doors.ask(door, "/assets/app.js")).text).toBe("'app'");
    expect((await doors.ask(door, "/docs/errors.md")).text).toBe("# Errors");
    for (const way of ways) {
      const { status, text } = await doors.ask(door, way, { headers: { accept: "application/json" } });
      expect(text, way).not.toContain("secret\n");
      expect(text.trim(), way).not.toBe("secret");
      expect(status, way).toBeGreaterThanOrEqual(400);
    }
  });

  it("refuses headers of more than 16 KiB", async () => {
    const answered = await doors.ask(door, "/healthz", { headers: { "x-long": "a".repeat(20_000) } });

    expect(answered.status).toBe(431);
    expect(problemOf(answered).code).toBe("PROTOCOL_TOO_LARGE");
  });

  it.each([
    ["GET", 413],
    ["DELETE", 405], // there is no such method here, whatever comes with it
  ])("refuses a body where there is none, whatever its length is said to be: %s", async (method, expected) => {
    for (const headers of [{ "content-length": 5 }, { "transfer-encoding": "chunked" }]) {
      const { status } = await doors.ask(door, "/healthz", { method, headers, body: "hello" });
      expect(status).toBe(expected);
    }
  });
});

describe("the public door", () => {
  it("lets go who speaks without TLS, or gibberish", async () => {
    const { host, port } = doors.way("public");
    for (const bytes of ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u0016\u0003\u0001garbage".repeat(50), "\0".repeat(500)]) {
      const socket = connect({ host: String(host), port: Number(port) }, () => socket.write(bytes));
      socket.on("error", () => undefined); // a reset is an end too
      socket.resume();
      await new Promise((resolve) => socket.on("close", resolve));
    }

    expect((await doors.ask("public", "/healthz")).status).toBe(200);
  });
});

describe("the body of a change", () => {
  const post = (asked: ReturnType<typeof json>) => doors.ask("admin", "/api/v1/tokens", asked);

  it("is refused when it is too large, also when its length is not said", async () => {
    const large = { kind: "api", name: "x".repeat(20_000), scopes: ["read"] };
    const unsaid = { ...json(large), headers: { "content-type": "application/json", "transfer-encoding": "chunked" } };

    expect((await post(json(large))).status).toBe(413);
    expect((await post(unsaid)).status).toBe(413);
  });

  it.each([
    { name: "no JSON", body: "{", status: 400 },
    { name: "nothing", body: "", status: 400 },
    { name: "a list", body: "[]", status: 400 },
    { name: "null", body: "null", status: 400 },
    { name: "a text", body: '"x"', status: 400 },
    { name: "what would change every object", body: '{"__proto__": {"kind": "api"}, "kind": "api"}', status: 400 },
  ])("is refused when it is $name", async ({ body, status }) => {
    const answered = await post({ ...json({}), body });

    expect(answered.status).toBe(status);
    expect(problemOf(answered).code).toBe("REQUEST_INVALID");
  });

  it("is told every problem at once", async () => {
    const answered = await post(json({ kind: "api", nodename: "x", scopes: ["raed"], ttlSeconds: 1 }));

    expect(problemOf(answered)).toMatchObject({
      status: 400,
      detail:
        'unknown field "nodename"; known are kind, node, name, scopes, ttlSeconds. ' +
        'field "scopes": "raed" is not one of read, health:read, gpu:read, metrics:read, admin. field "ttlSeconds": "1" must be >= 60.',
    });
  });

  it("is told which fields go together", async () => {
    const answered = await post(json({ kind: "join", name: "x", scopes: ["read"] }));

    expect(problemOf(answered).detail).toBe(
      'field "node" is missing: a token of kind join needs it. field "name" is not one of a token of kind join. ' +
        'field "scopes" is not one of a token of kind join.',
    );
  });

  it("is refused where a change needs none", async () => {
    const answered = await doors.ask("admin", "/api/v1/credentials/neko/rotate", json({ x: 1 }));

    expect(answered.status).toBeGreaterThanOrEqual(400);
  });
});

describe("methods", () => {
  it("are told by address", async () => {
    const allowed = async (path: string, method: string) => {
      const { status, headers } = await doors.ask("admin", path, { method });
      return { status, allow: headers.allow };
    };

    expect(await allowed("/api/v1/nodes/neko", "POST")).toEqual({ status: 405, allow: "GET, HEAD, DELETE" });
    expect(await allowed("/api/v1/tokens", "DELETE")).toEqual({ status: 405, allow: "GET, HEAD, POST" });
    expect(await allowed("/api/v1/credentials/neko/rotate", "GET")).toEqual({ status: 405, allow: "POST" });
    expect(await allowed("/nowhere", "POST")).toEqual({ status: 405, allow: "GET, HEAD" });
    expect((await allowed("/api/v1/nodes", "TRACE")).status).toBe(405);
  });

  it("HEAD makes no backup", async () => {
    expect((await doors.ask("admin", "/api/v1/backup", { method: "HEAD" })).status).toBe(405);
  });
});
