import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding, FindingList, NodeDetail, NodeList, NodeSummary } from "@nodekeeper/shared/api";
import { afterEach, describe, expect, it } from "vitest";
import { runCli } from "./run-cli.ts";

const nowMs = Date.UTC(2026, 0, 1, 12);
const neko: NodeSummary = {
  name: "neko",
  status: "ok",
  reason: "all is well",
  freshness: "fresh",
  isConnected: true,
  lastContactAt: "2026-01-01T11:59:57.000Z",
  agentVersion: "0.1.0",
  operatingSystem: "Debian GNU/Linux 12",
  memoryTotalBytes: 32 * 1024 ** 3,
  fullestFilesystem: { mountPoint: "/", usedPercent: 41.3 },
  findingCounts: { high: 0, medium: 0, low: 0 },
};
const bobcat: NodeSummary = {
  ...neko,
  name: "bobcat",
  status: "failed",
  reason: "/ is 97 % full",
  findingCounts: { high: 1, medium: 0, low: 0 },
};
const finding: Finding = {
  id: "f1",
  rule: "disk-nearly-full",
  title: "Disk nearly full",
  severity: "high",
  state: "firing",
  node: "bobcat",
  subject: { kind: "filesystem", id: "/" },
  text: "/ is 97 % full",
  action: "Free some space, or grow it.",
  evidence: [{ name: "used_percent", value: 97 }],
  pendingSince: "2026-01-01T11:00:00.000Z",
  firingSince: "2026-01-01T11:01:00.000Z",
  isHeld: false,
};
const detail: NodeDetail = {
  summary: bobcat,
  identity: { machineId: "m", bootId: "b", epoch: "e" },
  firstSeenAt: "2026-01-01T10:00:00.000Z",
  probes: [],
  lists: [{ kind: "filesystem", probe: "disks", isComplete: true }],
  subjects: [
    {
      kind: "block_device",
      id: "eui.1",
      probe: "disks",
      outcome: "ok",
      freshness: "fresh",
      value: { name: "nvme0n1", model: "Example 980", sizeBytes: 500_107_862_016, bus: "nvme" },
      samples: {},
    },
    {
      kind: "disk_health",
      id: "eui.1",
      probe: "smart",
      outcome: "failed",
      failure: { code: "HOST_PERMISSION_DENIED", message: "not root" },
      freshness: "fresh",
      samples: {},
    },
    {
      kind: "filesystem",
      id: "/",
      probe: "disks",
      outcome: "ok",
      freshness: "fresh",
      value: { type: "ext4", source: "/dev/nvme0n1p2", sizeBytes: 100 * 1024 ** 3 },
      samples: { used_bytes: 97 * 1024 ** 3, available_bytes: 3 * 1024 ** 3 },
    },
  ],
  findings: [finding],
  losses: [],
};

/** A collector that knows the fixed answers above, on a real socket. */
type Answers = Readonly<Record<string, { readonly status: number; readonly body: unknown }>>;
const answers: Answers = {
  "/api/v1/nodes": { status: 200, body: { nodes: [neko, bobcat], total: 2, stream: "s", version: 1 } satisfies NodeList },
  "/api/v1/nodes/bobcat": { status: 200, body: detail },
  "/api/v1/nodes/nobody": {
    status: 404,
    body: {
      type: "about:blank",
      title: "Not found",
      status: 404,
      detail: 'no node called "nobody" has reported',
      code: "NOT_FOUND",
      requestId: "r",
    },
  },
  "/api/v1/findings": { status: 200, body: { findings: [finding], total: 1 } satisfies FindingList },
};
const openServers: { close(): void }[] = [];

async function aCollector(others: Answers = {}): Promise<string> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    const answer = others[path] ?? answers[path] ?? { status: 500, body: "broken" };
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
  openServers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a listening TCP server has this form of address
}

const bobcatRoot = join(import.meta.dirname, "../../../test/fixtures/hosts/bobcat");

async function aFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "nodekeeper-cli-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function run(...args: string[]) {
  let out = "";
  let error = "";
  const exitCode = await runCli({
    args,
    env: {},
    isTerminal: false,
    columns: undefined,
    nowMs,
    signal: new AbortController().signal,
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { out, error, exitCode };
}

describe("runCli", () => {
  afterEach(() => {
    for (const server of openServers.splice(0)) server.close();
  });

  it("lists the fleet as a plain table when piped, and ends with 1 because a node is not ok", async () => {
    const { out, exitCode } = await run("nodes", "--collector", await aCollector());

    expect(out.split("\n")).toEqual([
      "NAME    STATUS  SEEN       MEMORY  FULLEST  SYSTEM               REASON",
      "neko    ok      3 s ago  32.0 GiB     41 %  Debian GNU/Linux 12",
      "bobcat  failed  3 s ago  32.0 GiB     41 %  Debian GNU/Linux 12  / is 97 % full",
      "",
    ]);
    expect(exitCode).toBe(1);
  });

  it("has a column of GPUs only where the fleet has some with memory of their own", async () => {
    const gpu = { id: "0000:01:00.0", name: "Example 5070" };
    const siberian: NodeSummary = {
      ...neko,
      name: "siberian",
      gpus: [
        { ...gpu, verdict: "asleep" },
        { ...gpu, id: "0000:02:00.0", verdict: "unavailable", problem: "driver-mismatch" },
      ],
    };
    const integrated: NodeSummary = { ...neko, gpus: [{ ...gpu, verdict: "free", isIntegrated: true }] };
    const of = async (...nodes: NodeSummary[]): Promise<readonly string[]> => {
      const body: NodeList = { nodes, total: nodes.length, stream: "s", version: 1 };
      return (await run("nodes", "--collector", await aCollector({ "/api/v1/nodes": { status: 200, body } }))).out.split("\n");
    };

    expect((await of(siberian, integrated)).slice(0, 3)).toEqual([
      "NAME      STATUS  SEEN       MEMORY  FULLEST  GPU                      SYSTEM",
      "siberian  ok      3 s ago  32.0 GiB     41 %  asleep, driver mismatch  Debian GNU/Linux 12",
      "neko      ok      3 s ago  32.0 GiB     41 %                           Debian GNU/Linux 12",
    ]);
    expect((await of(integrated))[0]).not.toContain("GPU");
  });

  it("takes no step for a node: a URL would lead somewhere else", async () => {
    const { error, exitCode } = await run("node", "..", "--collector", await aCollector());

    expect(error).toContain('there is no node ".."');
    expect(exitCode).toBe(66);
  });

  it("prints the API's own body with --json", async () => {
    const { out } = await run("nodes", "--json", "--collector", await aCollector());

    expect(JSON.parse(out)).toEqual({ nodes: [neko, bobcat], total: 2, stream: "s", version: 1 });
  });

  it("shows one node: what is wrong first, its disks and filesystems, and what could not be told", async () => {
    const { out, exitCode } = await run("node", "bobcat", "--collector", await aCollector());

    expect(out).toContain("bobcat  failed  / is 97 % full");
    expect(out).toMatch(
      /high {4}[0-9a-f]{6} {2}\/ is 97 % full \(disk-nearly-full, for 59 min\)\n {16}Free some space, or grow it\./,
    );
    expect(out).toMatch(/nvme0n1 +Example 980 +466 GiB +nvme +could not tell/);
    expect(out).toMatch(/\/ +ext4 +100 GiB +3\.0 GiB +97 % +\/dev\/nvme0n1p2/);
    expect(out).toContain("?  smart nvme0n1: not root (HOST_PERMISSION_DENIED)");
    expect(exitCode).toBe(1);
  });

  it("names a node that is not there, with an exit code of its own", async () => {
    expect(await run("node", "nobody", "--collector", await aCollector())).toEqual({
      out: "",
      error: 'nodekeeper: no node called "nobody" has reported\n',
      exitCode: 66,
    });
  });

  it("says that no collector answers, and what to do", async () => {
    const { error, exitCode } = await run("findings", "--collector", "http://127.0.0.1:9");

    expect(error).toBe(
      "nodekeeper: cannot reach the collector at http://127.0.0.1:9: nothing answers there. Start one with `npm start`, or name another with --collector URL.\n",
    );
    expect(exitCode).toBe(69);
  });

  it("suggests the command and the flag that were meant", async () => {
    expect(await run("finding")).toMatchObject({
      error: 'nodekeeper: unknown command "finding"; did you mean "findings"?\n',
      exitCode: 64,
    });
    expect((await run("nodes", "--jsn")).error).toContain('unknown flag --jsn; did you mean "--json"?');
    expect((await run("node")).error).toBe(
      "nodekeeper: <name> is missing\nusage: nodekeeper node <name> [flags]; `nodekeeper node --help` lists the flags\n",
    );
    expect((await run("nodes", "--collector", "ftp://x")).error).toContain("--collector: expected a URL such as");
  });

  it("examines and records a host that is a folder, and says where the recording lies and what was replaced", async () => {
    await using folder = await aFolder();
    const recording = join(folder.path, "recording");

    const captured = await run("capture", "--host-root", bobcatRoot, "--output", recording, "--redact");
    const examined = await run("doctor", "--host-root", recording);

    expect(captured).toMatchObject({ exitCode: 0, error: "" });
    expect(captured.out).toMatch(/^recorded \d+ files into \S+recording\nreplaced, and looked for in every file/);
    expect(captured.out).toMatch(/^ +\d+ serial numbers$/m);
    expect(examined.out).toContain("Raspberry Pi 5 Model B");
    expect(examined.out).not.toMatch(/bobcat|192\.168\.20\./);
  });

  it("warns that a recording as it is says whose machine it is of", async () => {
    await using folder = await aFolder();

    const { out } = await run("capture", "--host-root", bobcatRoot, "--output", join(folder.path, "recording"));

    expect(out).toContain("It holds serial numbers, addresses and names of this machine; --redact replaces them.");
  });

  it("records into no folder that holds something, and no host that is not there", async () => {
    await using folder = await aFolder();

    expect(await run("capture", "--host-root", bobcatRoot, "--output", bobcatRoot)).toMatchObject({
      exitCode: 64,
      error: expect.stringContaining("it is not empty; name a folder that is not there yet"),
    });
    expect(await run("capture", "--host-root", "/nowhere", "--output", join(folder.path, "x"))).toMatchObject({ exitCode: 64 });
    expect((await run("capture")).error).toContain("--output is missing");
  });

  it("says first what is wrong and what could not be told, and ends with 1", async () => {
    const { out, exitCode } = await run("doctor", "--host-root", bobcatRoot);
    const json = await run("doctor", "--host-root", bobcatRoot, "--json");

    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^bobcat: .*could not be told/);
    expect(out).toMatch(/^\? {2}disks \/mnt\/nas: \/mnt\/nas does not respond/m);
    expect(lines.indexOf("")).toBeLessThan(lines.findIndex((line) => line.startsWith("machine ")));
    expect(lines.length).toBeLessThanOrEqual(60); // of a machine with troubles of every kind
    expect(exitCode).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      troubles: expect.any(Array),
      unknowns: expect.any(Array),
      subjects: expect.any(Array),
    });
  });

  it("helps: all commands without one, and its flags with one", async () => {
    const general = await run();
    const findings = await run("findings", "--help");

    expect(general.exitCode).toBe(64);
    expect(general.out).toContain("usage: nodekeeper <command> [flags]");
    expect(general.out).toMatch(/node <name> +show everything about one node/);
    expect(findings).toMatchObject({ exitCode: 0 });
    expect(findings.out).toMatch(/--all +show resolved findings too/);
  });
});
