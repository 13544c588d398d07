/** The collector as a process: settings, what it says when it cannot start, how it ends, and what it still knows after a restart. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { disk, list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent } from "../fakes/fake-agent.ts";

const main = join(import.meta.dirname, "../../collector/src/main.ts");
const folder = mkdtempSync(join(tmpdir(), "nodekeeper-collector-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Run extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it printed so far. */
  output(): string;
  /** Its exit code and all that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  /** Where it listens, once it does. */
  listening(): Promise<{ readonly url: string; readonly grpcAddress: { readonly host: string; readonly port: number } }>;
}

function run(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"], env: {} });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, output }));
  return {
    child,
    ended,
    output: () => output,
    async listening() {
      for (;;) {
        const line = output
          .split("\n")
          .slice(0, -1) // the last one may be half a line
          .find((each) => each.includes("the collector is listening"));
        if (line !== undefined) return JSON.parse(line);
        const end = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
        if (end !== undefined) throw new Error(`it ended: ${output}`);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function start(dataDir: string): Run {
  return run("--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0", "--data-dir", dataDir);
}

async function nodeOf(
  url: string,
): Promise<{ readonly status: number; readonly body: { readonly subjects?: readonly object[] } }> {
  const response = await fetch(`${url}/api/v1/nodes/neko`);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

describe("the collector's process", { timeout: 90_000 }, () => {
  it("explains itself and says its version", async () => {
    expect(await run("--help").ended).toMatchObject({ code: 0, output: expect.stringContaining("Usage: collector [options]") });
    expect(await run("--version").ended).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it("ends with 78 and every problem of its settings, without a stack", async () => {
    const { code, output } = await run("--listen", "0.0.0.0:1", "--grpc-listn", "x").ended;

    expect(code).toBe(78);
    expect(output).toContain("collector: the configuration has 2 problems:");
    expect(output).toContain("--listen: expected an address of this machine alone");
    expect(output).toContain('unknown flag --grpc-listn; did you mean "--grpc-listen"?');
    expect(output).not.toMatch(/^\s+at /m);
  });

  it.each(["--listen", "--grpc-listen"])("ends with 69 and one sentence when the address of %s is taken", async (flag) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const rest = flag === "--listen" ? "--grpc-listen" : "--listen";

    const { code, output } = await run(flag, `127.0.0.1:${port}`, rest, "127.0.0.1:0", "--data-dir", join(folder, `taken${flag}`))
      .ended;
    other.close();

    expect(code).toBe(69);
    expect(output).toContain(
      `on 127.0.0.1:${port}: another program does. End the other program, or give the collector another port.`,
    );
    expect(output).not.toMatch(/^\s+at /m);
  });

  it("ends with 73 and one sentence when it may not write its folder", async () => {
    const { code, output } = await start(join(main, "data")).ended;

    expect(code).toBe(73);
    expect(output).toMatch(/^collector: the data directory .*main\.ts\/data cannot be written/m);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it("commits and acknowledges what it has when it is told to end, and knows it after a restart", async () => {
    const dataDir = join(folder, "data");
    await using first = start(dataDir);
    const { url, grpcAddress } = await first.listening();
    await using agent = connectAgent(grpcAddress);
    agent.hello();
    await agent.next("helloAck");
    agent.report([observation({ subjects: [disk("sda")], lists: [list("block_device", true)] })]);
    await agent.next("ack");
    first.child.kill("SIGTERM");
    const end = await first.ended;

    await using second = start(dataDir);
    const restarted = await second.listening();
    await using back = connectAgent(restarted.grpcAddress);
    back.hello();
    const greeting = await back.next("helloAck");
    const node = await nodeOf(restarted.url);

    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(end.code).toBe(0);
    expect(end.output).toContain("the collector has stopped");
    expect(greeting.acknowledged).toMatchObject([{ first: 1, last: 1 }]);
    expect(greeting.held).toMatchObject([{ probe: "disks" }]);
    expect(node.status).toBe(200);
    expect(node.body.subjects).toMatchObject([{ kind: "block_device", id: "sda", outcome: "ok" }]);
  });

  it("loses nothing that was acknowledged when it is killed", async () => {
    const dataDir = join(folder, "killed");
    await using first = start(dataDir);
    const { grpcAddress } = await first.listening();
    await using agent = connectAgent(grpcAddress);
    agent.hello();
    await agent.next("helloAck");
    for (let sequence = 1; sequence <= 200; sequence += 1) {
      agent.report([observation({ subjects: [disk("sda")] }, { sequence, uptimeMs: 100_000n + BigInt(sequence) })]);
    }
    await agent.next("ack");
    first.child.kill("SIGKILL");
    await first.ended;
    await agent.ended;
    const acknowledged = agent.received.flatMap(({ message }) => (message.case === "ack" ? message.value.ranges : []));

    await using second = start(dataDir);
    await using back = connectAgent((await second.listening()).grpcAddress);
    back.hello();
    const { acknowledged: kept } = await back.next("helloAck");

    expect(acknowledged.length).toBeGreaterThan(0);
    for (const { first, last } of acknowledged) {
      expect(kept.some((range) => range.first <= first && range.last >= last)).toBe(true);
    }
  });
});
