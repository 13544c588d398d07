/** What the API says when it cannot serve: always a problem as RFC 9457 has it, which names what was wrong, and never our internals. */
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { errorCodes } from "@nodekeeper/shared";
import { Problem } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { formProblems } from "../../collector/src/api/test-support/expect-body.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";

let api: ApiHarness;

beforeAll(async () => {
  api = await startApi();
  api.state.apply(new Machine("neko").connect(Date.now()));
  api.state.apply(new Machine("panther").connect(Date.now()));
});

afterAll(() => api[Symbol.asyncDispose]());

/** Sends a request and expects a problem. */
async function problemOf(path: string, init: RequestInit = {}): Promise<Problem & { allow: string | null }> {
  const response = await fetch(`${api.server.url}${path}`, init);
  const body: unknown = await response.json();
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(formProblems(Problem, body)).toEqual([]);
  const problem = body as Problem; // as was just found
  expect(problem.status).toBe(response.status);
  expect(problem.type).toBe(`/docs/errors.md#${problem.code.toLowerCase()}`);
  expect(response.headers.get("x-request-id")).toBe(problem.requestId);
  return { ...problem, allow: response.headers.get("allow") };
}

/** Sends bytes and reads the whole answer. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(api.server.address.port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("problems", () => {
  it("suggests the nearest name for a node that is not known", async () => {
    expect(await problemOf("/api/v1/nodes/nko")).toMatchObject({
      status: 404,
      code: "NOT_FOUND",
      detail: 'no node is called "nko"; did you mean "neko"?',
    });
  });

  it("says which there are when no name is near, for every route of a node", async () => {
    const detail = 'no node is called "tiger"; known are neko and panther';
    for (const path of ["/api/v1/nodes/tiger", "/api/v1/nodes/tiger/health", "/api/v1/nodes/tiger/history?kind=cpu"]) {
      expect(await problemOf(path)).toMatchObject({ status: 404, detail });
    }
    expect(await problemOf("/api/v1/findings?node=tiger")).toMatchObject({ status: 404, detail });
  });

  it("tells a few of very many problems: whoever may ask without a name could make us search for each what was meant", async () => {
    const query = Array.from({ length: 2_000 }, (_, index) => `a${index}`).join("&");

    const { detail } = await problemOf(`/healthz?${query}`);

    expect(detail.match(/unknown query parameter/g)).toHaveLength(8);
    expect(detail).toMatch(/and 1992 more\.$/);
  });

  it("says that nothing reports yet where that is why", async () => {
    await using empty = await startApi();
    const { text } = await empty.get("/api/v1/nodes/neko");

    expect(JSON.parse(text)).toMatchObject({ status: 404, detail: 'no node is called "neko": no agent has reported yet' });
  });

  it.each([
    {
      name: "every problem at once, with what was probably meant",
      path: "/api/v1/nodes?stauts=ok&limit=0&status=ok,brokn&cursor=x",
      detail:
        'unknown query parameter "stauts"; did you mean "status"? query parameter "status": "brokn" is not one of ok, degraded, failed, unknown, asleep. ' +
        'query parameter "limit": "0" must be >= 1.',
    },
    {
      name: "a number that is none",
      path: "/api/v1/findings?limit=many",
      detail: 'query parameter "limit": "many" is not a whole number.',
    },
    {
      name: "a key given twice",
      path: "/api/v1/nodes?q=a&q=b",
      detail: 'query parameter "q" is given more than once.',
    },
    {
      name: "a key where none is known",
      path: "/api/v1/nodes/neko?x=1",
      detail: 'unknown query parameter "x"; there are none here.',
    },
    {
      name: "a time that is none, and what is missing",
      path: "/api/v1/nodes/neko/history?from=yesterday",
      detail:
        'query parameter "kind" is missing. query parameter "from": "yesterday" is not a time as RFC 3339 writes it, such as 2026-11-22T18:00:00Z.',
    },
    {
      name: "a day that does not exist",
      path: "/api/v1/nodes/neko/history?kind=cpu&to=2026-02-30T00:00:00Z",
      detail: 'query parameter "to": "2026-02-30T00:00:00Z" is not a time as RFC 3339 writes it, such as 2026-11-22T18:00:00Z.',
    },
    {
      name: "a leap second, which the form allows",
      path: "/api/v1/nodes/neko/history?kind=cpu&to=2016-12-31T23:59:60Z",
      detail: 'query parameter "to": there is no such time as "2016-12-31T23:59:60Z".',
    },
    {
      name: "a span that runs backwards",
      path: "/api/v1/nodes/neko/history?kind=filesystem&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
      detail: 'query parameter "from" (2026-01-02T00:00:00.000Z) is after "to" (2026-01-01T00:00:00.000Z).',
    },
    {
      name: "a kind that does not exist",
      path: "/api/v1/nodes/neko/history?kind=filesytem",
      detail: expect.stringMatching(/"filesytem" is not one of .*; did you mean "filesystem"\?$/),
    },
    {
      name: "a cursor that is none",
      path: "/api/v1/nodes?cursor=nonsense",
      detail: 'query parameter "cursor" is not valid: it is not a `nextCursor` of this API; begin again without it',
    },
    { name: "a path that is not percent-encoded", path: "/api/v1/%zz", detail: "the URL's path is not validly percent-encoded" },
  ])("names $name", async ({ path, detail }) => {
    expect(await problemOf(path)).toMatchObject({ status: 400, code: "REQUEST_INVALID", detail });
  });

  it("refuses a name longer than any node's", async () => {
    expect(await problemOf(`/api/v1/nodes/${"a".repeat(300)}`)).toMatchObject({ status: 400 });
    expect(await problemOf(`/api/v1/nodes/${"a".repeat(10_000)}`)).toMatchObject({ status: 400 });
  });

  it("says what there is at an address where nothing is", async () => {
    expect(await problemOf("/api/v2/nodes")).toMatchObject({
      status: 404,
      detail: "there is nothing at /api/v2/nodes; /openapi.json describes what there is",
    });
  });

  it("says which methods there are", async () => {
    expect(await problemOf("/api/v1/nodes", { method: "DELETE" })).toMatchObject({
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      allow: "GET, HEAD",
    });
    expect(await problemOf("/nowhere", { method: "POST" })).toMatchObject({ status: 405 });
  });

  it("says that the stream speaks WebSocket only", async () => {
    expect(await problemOf("/api/v1/stream")).toMatchObject({ status: 426, code: "UPGRADE_REQUIRED" });
  });

  it("takes no body", async () => {
    const answer = await raw(
      "GET /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    );
    expect(answer).toContain("HTTP/1.1 421"); // the name comes first

    const { port } = api.server.address;
    const refused = await raw(
      `GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello`,
    );
    expect(refused).toContain("HTTP/1.1 413");
    expect(refused).toContain("PROTOCOL_TOO_LARGE");
  });

  it("takes no more than 16 KiB of headers", async () => {
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n[\s\S]*"code":"PROTOCOL_TOO_LARGE"/,
    );
  });

  it("answers what is not HTTP with a problem too", async () => {
    expect(await raw("GARBAGE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"code":"REQUEST_INVALID"/);
  });

  it("keeps its own faults to the log, under the request's id", async () => {
    const logged: object[] = [];
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (facts: object) => void logged.push(facts),
      fatal: () => undefined,
      child: () => logger,
    };
    await using broken = await startApi({ logger });
    broken.state.apply(new Machine("neko").connect(Date.now()));
    broken.store.failure = new TypeError("cannot read /root/secret at fooBar.ts:12");

    const { status, text } = await broken.get("/api/v1/nodes/neko/history?kind=cpu");
    const problem = JSON.parse(text) as Problem;

    expect(status).toBe(500);
    expect(problem).toMatchObject({ code: "INTERNAL", title: "The collector made a mistake" });
    expect(problem.detail).toContain(problem.requestId);
    expect(text).not.toMatch(/secret|fooBar|TypeError/);
    expect(logged).toMatchObject([
      { requestId: problem.requestId, err: { message: "cannot read /root/secret at fooBar.ts:12" } },
    ]);
  });
});

describe("docs/errors.md", () => {
  it("has a section for every code, and none for others", async () => {
    const page = await readFile(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
    const sections = [...page.matchAll(/^### (\w+)\n\n(?=\S)/gm)].map((match) => match[1]);

    expect(sections.toSorted()).toEqual(Object.keys(errorCodes).sort());
  });

  it("says of every code whether it passes", async () => {
    const page = await readFile(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
    const wrong = Object.entries(errorCodes).filter(([code, { transient }]) => {
      const section = page.split(`### ${code}\n`)[1]?.split("\n#")[0] ?? "";
      return !section.replaceAll("\n", " ").includes(`matter, ${transient ? "passing" : "lasting"}`);
    });

    expect(wrong).toEqual([]);
  });
});
