import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { type HealthSource, serveHealth } from "./health.ts";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function serve(
  source: Partial<HealthSource>,
): Promise<AsyncDisposable & { get(path: string, method?: string): Promise<Response> }> {
  const port = await freePort();
  const whole = { liveness: () => [], readiness: () => [], metrics: () => [], ...source };
  const server = await serveHealth({ host: "127.0.0.1", port }, whole);
  return { ...server, get: (path, method = "GET") => fetch(`http://127.0.0.1:${port}${path}`, { method }) };
}

describe("the health server", () => {
  it("says that the agent lives and is ready", async () => {
    await using server = await serve({});

    const answers = await Promise.all(["/healthz", "/readyz"].map((path) => server.get(path)));

    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  });

  it("says what is stuck, and what keeps it from being ready", async () => {
    await using server = await serve({
      liveness: () => ["the loop of the probe disks is 90 s behind its plan"],
      readiness: () => ["the probe smart has not run yet", "no stream to a collector for 3 s: connection refused"],
    });

    const [live, ready] = await Promise.all([server.get("/healthz"), server.get("/readyz")]);

    expect([live.status, await live.text()]).toEqual([503, "the loop of the probe disks is 90 s behind its plan\n"]);
    expect([ready.status, (await ready.text()).split("\n").length]).toEqual([503, 3]);
  });

  it("shows metrics as Prometheus reads them, with those of the process itself", async () => {
    const values = [{ labels: { probe: 'a"b' }, value: 1.5 }, { value: undefined }];
    await using server = await serve({ metrics: () => [{ name: "nodekeeper_agent_x", type: "gauge", help: "X.", values }] });

    const answer = await server.get("/metrics");

    const text = await answer.text();
    expect(answer.headers.get("content-type")).toContain("version=0.0.4");
    expect(text).toContain(
      '# HELP nodekeeper_agent_x X.\n# TYPE nodekeeper_agent_x gauge\nnodekeeper_agent_x{probe="a\\"b"} 1.5\n',
    );
    expect(text).toMatch(/^nodekeeper_agent_resident_memory_bytes \d{8,}$/m);
    expect(text).toMatch(/^nodekeeper_agent_anonymous_memory_bytes \d{7,}$/m);
    for (const line of text.trim().split("\n")) expect(line).toMatch(/^(?:# (?:HELP|TYPE) |[a-z_]+(?:\{[^}]*\})? -?[\d.e+-]+$)/);
  });

  it("answers nothing else", async () => {
    await using server = await serve({});

    const answers = await Promise.all([server.get("/"), server.get("/../etc/passwd"), server.get("/healthz", "POST")]);

    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 405]);
  });

  it("says which address is in use", async () => {
    const port = await freePort();
    const source = { liveness: () => [], readiness: () => [], metrics: () => [] };
    await using _ = await serveHealth({ host: "127.0.0.1", port }, source);

    await expect(serveHealth({ host: "127.0.0.1", port }, source)).rejects.toMatchObject({
      code: "ADDRESS_IN_USE",
      message: expect.stringContaining(`127.0.0.1:${port} is in use`),
    });
  });
});
