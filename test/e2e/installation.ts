/** Collector and agent as they are installed: the built bundles, as processes of their own, on free ports and in a folder of their own. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../architecture/sources.ts";
import { createProgram, type Program } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";

/** A running installation. */
export interface Installation extends AsyncDisposable {
  /** e.g. http://127.0.0.1:41234 */
  readonly url: string;
  readonly nodeName: string;
  readonly collector: Program;
  readonly agent: Program;
}

const bundles = [
  "agent/dist/agent.cjs",
  "collector/dist/collector.cjs",
  "packages/cli/dist/nodekeeper.cjs",
  "packages/dashboard/dist/index.html",
];

/** Why the installation cannot be tested here; undefined when it can. */
export function missingBundles(): string | undefined {
  const missing = bundles.filter((path) => !existsSync(join(repositoryRoot, path)));
  return missing.length === 0 ? undefined : `not built: ${missing.join(", ")} (npm test builds them)`;
}

/** Path of a file of the repository. */
export function repositoryPath(path: string): string {
  return join(repositoryRoot, path);
}

/** What may differ of an installation. */
export interface InstallationOptions {
  /** The machine that the agent reads; this one by default. */
  readonly hostRoot?: string;
  /** More flags of the agent. */
  readonly agentFlags?: readonly string[];
  /** Probes that must have reported. */
  readonly probes?: readonly string[];
}

/** Starts both, and waits until the collector shows the agent's node with its probes. */
export async function startInstallation(nodeName: string, options: InstallationOptions = {}): Promise<Installation> {
  const { hostRoot = "/", agentFlags = [], probes = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-e2e-"));
  const [http, grpc] = await freePorts(2);
  const env = { PATH: "/usr/bin:/bin" };
  const collector = createProgram({
    argv: [
      process.execPath,
      repositoryPath("collector/dist/collector.cjs"),
      ...["--listen", `127.0.0.1:${http}`, "--grpc-listen", `127.0.0.1:${grpc}`, "--data-dir", join(folder, "collector")],
    ],
    env,
    logFile: join(folder, "collector.log"),
  });
  const agent = createProgram({
    argv: [
      process.execPath,
      repositoryPath("agent/dist/agent.cjs"),
      "run",
      ...[
        "--collector",
        `127.0.0.1:${grpc}`,
        "--health-listen",
        "none",
        "--spool-dir",
        join(folder, "agent"),
        "--node-name",
        nodeName,
        "--host-root",
        hostRoot,
        ...agentFlags,
      ],
    ],
    env,
    logFile: join(folder, "agent.log"),
  });
  const url = `http://127.0.0.1:${http}`;
  collector.start();
  agent.start();
  await waitUntil("the node reports every probe", 60_000, async () => {
    for (const program of [collector, agent]) if (program.ended() !== undefined) throw new Error(`ended early: ${program.log()}`);
    const response = await fetch(`${url}/api/v1/nodes/${nodeName}`).catch(() => undefined);
    const body = (response?.ok === true ? await response.json() : {}) as {
      readonly probes?: readonly { readonly name: string }[];
    }; // our own API
    const reported = new Set(body.probes?.map(({ name }) => name));
    return reported.size >= 6 && probes.every((name) => reported.has(name));
  });
  return {
    url,
    nodeName,
    collector,
    agent,
    [Symbol.asyncDispose]: async () => {
      await agent[Symbol.asyncDispose]();
      await collector[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Lower than what the kernel gives to whoever asks for any port or dials, and each worker of the runner has its own. */
const firstPort = 20_000;
const portsOfWorker = 1_000;
const workerCount = 10;
const given = new Set<number>();

/** Ports that nobody listens on now, and that nobody else takes before they are used, or while a program that has one is started anew. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const first = firstPort + portsOfWorker * (Number(process.env["VITEST_POOL_ID"] ?? 0) % workerCount);
  const ports: number[] = [];
  while (ports.length < count) {
    const port = first + Math.floor(Math.random() * portsOfWorker);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
