/** The agent as a process: what it says of bad settings, and its two sides as two processes over the socket. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { probes } from "../../agent/src/doctor.ts";
import { FakeCollector } from "../../agent/src/test-support/fake-collector.ts";
import { createProgram, type Program } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts, repositoryPath } from "../e2e/installation.ts";

const main = repositoryPath("agent/src/main.ts");

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env: {}, timeout: 40_000 });
  return { status, stdout, stderr };
}

/** Addresses on which a process takes connections, of TCP and UDP, IPv4 and IPv6: proc(5), /proc/[pid]/fd and /proc/net/tcp. */
function listeningOf(program: Program): readonly string[] {
  const pid = program.pid() ?? 0;
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/fd/${fd}`)
            .match(/^socket:\[(\d+)\]$/)
            ?.slice(1) ?? []
        );
      } catch {
        return []; // it was closed between the two looks
      }
    }),
  );
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = ""]) => inodes.has(inode) && (state === "0A" || table.startsWith("udp")))
      .map(([, local = ""]) => addressOf(local)),
  );
}

/** 0100007F:1B96 is 127.0.0.1:7062; an address of IPv6 stays as it is. */
function addressOf(local: string): string {
  const [address = "", port = ""] = local.split(":");
  if (address.length !== 8) return local;
  const bytes = address.match(/../g) ?? [];
  return `${bytes
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".")}:${Number.parseInt(port, 16)}`;
}

describe("the agent's command line", { timeout: 60_000 }, () => {
  it("explains itself", () => {
    const { status, stdout } = run("--help");

    expect(status).toBe(0);
    expect(stdout).toContain("Usage: agent <run|probe|report> [options]");
    expect(stdout).toMatch(/--spool-dir DIR +the spool's directory/);
  });

  it("suggests the command that was meant", () => {
    expect(run("prob")).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('unknown command "prob"; did you mean "probe"?'),
    });
  });

  it("names every problem of its settings at once, without a stack", () => {
    const { status, stderr } = run(
      "run",
      "--colector",
      "127.0.0.1:1",
      "--collector",
      "10.0.0.1:1",
      "--interval",
      "diks=10s",
      "--spool-disk",
      "1MB",
    );

    expect(status).toBe(78);
    expect(stderr.split("\n").filter((line) => line !== "")).toEqual([
      "agent: the configuration has 4 problems:",
      '  - unknown flag --colector; did you mean "--collector"?',
      '  - --spool-disk: expected a size such as 512KiB, 8MiB or 1GiB, got "1MB"',
      '  - --interval: unknown probe "diks"; did you mean "disks"?',
      expect.stringMatching(
        /^ {2}- --collector 10\.0\.0\.1:1 is not on this machine, .* `nodekeeper enroll 10\.0\.0\.1:1 --token …`/,
      ),
    ]);
  });

  it("says in one sentence that its spool cannot be written", () => {
    const { status, stderr } = run("run", "--spool-dir", "/proc/nowhere", "--health-listen", "none", "--log-level", "silent");

    expect(status).toBe(73);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain("cannot use /proc/nowhere as the spool's directory");
  });
});

describe("feature 2: the agent as two processes, which dial out and open no port to others,", { timeout: 120_000 }, () => {
  let folder: string;
  const programs: Program[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nodekeeper-agent-"));
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await program[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  function program(name: string, ...args: string[]): Program {
    const made = createProgram({ argv: [process.execPath, main, ...args], env: {}, logFile: join(folder, `${name}.log`) });
    programs.push(made);
    made.start();
    return made;
  }

  it("reports over the socket, survives the death of either side without a number used twice, and leaves in order", async () => {
    await using collector = await FakeCollector.listen();
    const [probeHealth, reportHealth] = await freePorts(2);
    const socket = join(folder, "socket", "spool.sock");
    const probe = program(
      "probe",
      ...["probe", "--spool-dir", join(folder, "spool"), "--socket", socket, "--node-name", "split", "--interval", "system=1s"],
      ...["--health-listen", `127.0.0.1:${probeHealth}`],
    );
    const report = program(
      "report",
      ...[
        "report",
        "--socket",
        socket,
        "--collector",
        `127.0.0.1:${collector.address.port}`,
        "--health-listen",
        `127.0.0.1:${reportHealth}`,
      ],
    );
    const has = (count: number) => waitUntil(`${count} observations`, 40_000, () => collector.observations.length >= count);

    const heard = () => new Set(collector.observations.map(({ probe }) => probe));
    await waitUntil("every probe to have run", 40_000, () => heard().size === probes.length + 1); // and the agent's own
    expect(collector.stream.hello).toMatchObject({ nodeName: "split", wireVersion: 1 });
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
    expect((await stat(join(folder, "spool"))).mode & 0o777).toBe(0o700);
    for (const port of [probeHealth, reportHealth])
      await waitUntil("it to be ready", 40_000, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200);
    expect(listeningOf(probe)).toEqual([`127.0.0.1:${probeHealth}`]);
    expect(listeningOf(report)).toEqual([`127.0.0.1:${reportHealth}`]);
    expect(await (await fetch(`http://127.0.0.1:${reportHealth}/metrics`)).text()).toContain("nodekeeper_agent_connected 1");

    await report.kill();
    report.start();
    await has(collector.observations.length + 3);
    const epoch = collector.stream.hello.epoch;
    await probe.kill();
    probe.start();
    await has(collector.observations.length + 8);

    expect(collector.stream.hello.epoch).toBe(epoch);
    const seen = new Map<number, string>();
    for (const { sequence, probe: name, observedAtUnixMs } of collector.observations) {
      const what = `${name} at ${observedAtUnixMs}`;
      expect(seen.get(sequence) ?? what).toBe(what); // sent again is allowed, another under the same number is not
      seen.set(sequence, what);
    }
    expect(await report.stop()).toBe(0);
    expect(collector.stream.goodbye).toBe(true);
    expect(await probe.stop()).toBe(0);
  });

  it("says that another agent has the spool", async () => {
    const first = program(
      "first",
      "probe",
      "--spool-dir",
      join(folder, "spool"),
      "--socket",
      join(folder, "socket", "a.sock"),
      "--health-listen",
      "none",
    );
    await waitUntil("the first runs", 40_000, () => first.log().includes("reading this machine"));

    const { status, stderr } = run(
      "run",
      "--spool-dir",
      join(folder, "spool"),
      "--health-listen",
      "none",
      "--log-level",
      "silent",
    );

    expect(status).toBe(69);
    expect(stderr).toContain(join(folder, "spool"));
  });
});
