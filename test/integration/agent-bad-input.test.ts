/** What an operator gets who starts the agent wrongly: one clear text, the exit code of its kind, and no stack. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { version } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { eventually, FakeCollector } from "../../agent/src/test-support/fake-collector.ts";
import { agentArgv, anAgentFolder, ending } from "./agent-under-test.ts";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runAgent(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const [command, ...rest] = agentArgv;
  return new Promise((resolve) => {
    execFile(command, [...rest, ...args], { env, timeout: 40_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

describe("agent, started wrongly", { timeout: 90_000 }, () => {
  it.each([
    { args: [], text: "say what to do" },
    { args: ["repot"], text: 'unknown command "repot"; did you mean "report"?' },
  ])("explains its commands: $args", async ({ args, text }) => {
    const { code, stderr } = await runAgent(args);

    expect(code).toBe(64);
    expect(stderr).toContain(text);
    expect(stderr).toContain("Usage: agent <run|probe|report>");
  });

  it("names all problems of its settings at once, from flags and environment", async () => {
    const { code, stderr } = await runAgent(
      ["run", "--spol-dir", "/x", "--collector", "192.0.2.1:7061", "--interval", "disk=1s"],
      { NODEKEEPER_AGENT_LOG_LEVEL: "loud", NODEKEEPER_AGENT_SOKET: "/y" },
    );

    expect(code).toBe(78);
    expect(stderr).toContain("5 problems");
    for (const part of [
      'did you mean "--spool-dir"',
      "192.0.2.1",
      'did you mean "disks"',
      "NODEKEEPER_AGENT_LOG_LEVEL",
      "NODEKEEPER_AGENT_SOCKET",
    ])
      expect(stderr).toContain(part);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("says which directory it cannot use and why", async () => {
    await using folder = await anAgentFolder();
    await writeFile(folder.spoolDir, "in the way");
    const agent = folder.agent("run");
    agent.start();

    expect(await ending(agent)).toBe("73");
    expect(agent.log()).toBe(
      `agent: cannot use ${folder.spoolDir} as the spool's directory: there is a file of that name in the way\n`,
    );
  });

  it("never changes the mode of a directory that holds other people's things", async () => {
    await using folder = await anAgentFolder();
    await mkdir(join(folder.path, "shared"), { mode: 0o755 });
    await writeFile(join(folder.path, "shared", "letter"), "");
    const { code, stderr } = await runAgent(["run", "--health-listen", "none", "--spool-dir", join(folder.path, "shared")]);

    expect(code).toBe(73);
    expect(stderr).toContain("Give a directory of its own");
  });

  it("says that its health address is in use", async () => {
    await using folder = await anAgentFolder();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, stderr } = await runAgent(["run", "--spool-dir", folder.spoolDir, "--health-listen", `127.0.0.1:${port}`]);
    server.close();

    expect(code).toBe(69);
    expect(stderr).toContain(`127.0.0.1:${port} is in use by another program`);
  });

  it("does not share a spool with an agent that runs", async () => {
    await using collector = await FakeCollector.listen();
    await using folder = await anAgentFolder();
    folder.agent("run", ...folder.to(collector.address)).start();
    await eventually("the first one reports", () => collector.observations.length > 0, 40_000);
    const second = folder.agent("run", ...folder.to(collector.address));
    second.start();

    expect(await ending(second)).toBe("69");
    expect(second.log()).toContain("is in use by another agent");
  });

  it("says that there is no machine under its host root", async () => {
    await using folder = await anAgentFolder();
    const { code, stderr } = await runAgent([
      "run",
      "--spool-dir",
      folder.spoolDir,
      "--host-root",
      folder.path,
      "--health-listen",
      "none",
    ]);

    expect(code).toBe(78);
    expect(stderr).toContain(`no running system under --host-root ${folder.path}`);
  });

  it("prints its version and its help", async () => {
    expect(await runAgent(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect((await runAgent(["report", "--help"])).stdout).toContain("--health-listen HOST:PORT|none");
  });
});
