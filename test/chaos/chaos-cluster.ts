/** A collector, real agents and simulated ones in a network of their own, over TLS and with credentials, and what is known of them afterwards. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { collectorServerName, createLogger, systemClock } from "@nodekeeper/shared";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { writeIdentity } from "../../agent/src/access/identity-file.ts";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { agentBundle } from "../durability/agent-process.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { readJournal } from "../durability/journal.ts";
import { readLedger } from "../durability/ledger.ts";
import { createProgram } from "../durability/program.ts";
import { mountSmallDisk, type SmallDisk } from "../durability/small-disk.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { authoritiesOf, type EnrolledMachine, prepareVault } from "../support/prepared-vault.ts";
import type { Targets } from "./faults.ts";
import { createMovingClock } from "./moving-clock.ts";
import { createNetwork, type Group, type Network } from "./network.ts";
import type { SimulationOrder, SimulationReport } from "./simulated-agents.ts";
import type { CommittedEpoch, Evidence } from "./verdict.ts";
import { startVictim, type WatchedVictim } from "./victim.ts";

/** How large it is. */
export interface ChaosSize {
  readonly realAgents: number;
  readonly simulatedAgents: number;
  readonly groups: number;
}

/** The cluster. */
export interface ChaosCluster extends AsyncDisposable {
  readonly targets: Targets;
  /** Waits until nothing more is on its way: everybody is connected and has sent what it held. */
  settle(): Promise<void>;
  /** Stops everything in order, and gives what is known. */
  stopAndCollect(): Promise<Evidence>;
  /** Impossible things that simulated agents saw. */
  complaints(): readonly string[];
  /** Programs that ended by themselves. */
  unexpectedEnds(): readonly string[];
}

const port = 7071;
const diskBytes = 256 * 2 ** 20;
const observeEveryMs = 1_000;
const startTimeoutMs = 60_000;
const settleTimeoutMs = 240_000;

/** Starts it, everybody enrolled. */
export async function startChaosCluster(size: ChaosSize): Promise<ChaosCluster> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-chaos-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const network = stack.use(await createNetwork(size.groups));
  const disk = stack.use(await mountSmallDisk(join(folder, "collector"), diskBytes));
  const realNodes = Array.from({ length: size.realAgents }, (_, index) => `real-${index + 1}`);
  const simulatedNodes = Array.from({ length: size.simulatedAgents }, (_, index) => `simulated-${index + 1}`);
  const machines = await prepareVault(disk.outside, [...realNodes, ...simulatedNodes]);
  const adminSocket = join(folder, "admin.sock");

  const collector = stack.use(await startCollector(folder, network, disk, adminSocket));
  const authorities = await authoritiesOf(disk.outside);
  const simulations = network.groups.map((group, index) =>
    startSimulation(group, {
      address: `${network.address}:${port}`,
      ledgerFile: join(folder, `ledger-${index}`),
      observeEveryMs,
      agents: machines
        .filter(({ node }) => node.startsWith("simulated-"))
        .filter((_, number) => number % network.groups.length === index)
        .map(({ node, machineId, credential }) => ({
          node,
          proof: { machineId, credential, authorities: authorities.join("\n"), serverName: collectorServerName },
        })),
    }),
  );
  for (const simulation of simulations) stack.defer(() => void simulation.child.kill("SIGKILL"));
  const agents = await Promise.all(
    machines
      .filter(({ node }) => node.startsWith("real-"))
      .map(async (machine, index) => {
        const group = network.groups[index % network.groups.length];
        if (group === undefined) throw new Error("there is no group");
        return await startAgent(folder, group, machine, network.address, authorities);
      }),
  );
  for (const agent of agents) stack.use(agent);
  await waitUntil("every agent to be connected", startTimeoutMs, async () => (await connectedCount()) === machines.length);
  const running = stack.move();

  async function connectedCount(): Promise<number> {
    return (await allNodes(adminSocket)).filter(({ isConnected }) => isConnected).length;
  }

  return {
    targets: { agents, collector, groups: network.groups, disk },
    complaints: () => simulations.flatMap(({ last }) => last()?.complaints ?? []),
    unexpectedEnds: () => [collector, ...agents].flatMap(({ unexpectedEnds }) => unexpectedEnds),
    async settle() {
      const settled = new AbortController();
      for (const { child } of simulations) child.stdin?.end();
      await Promise.race([
        Promise.all(simulations.map(({ ended }) => ended)),
        systemClock.sleep(settleTimeoutMs, settled.signal).then(() => {
          const waiting = simulations.flatMap(({ last }) => last()?.waiting ?? []);
          throw new Error(`simulated agents still hold something:\n${waiting.join("\n")}\n${collector.log().slice(-3_000)}`);
        }),
      ]);
      settled.abort();
      for (const node of realNodes) {
        await waitUntil(`${node} to have sent what it held`, settleTimeoutMs, async () => {
          const held = await spoolCount(adminSocket, node);
          return held !== undefined && held < 30;
        }).catch((thrown) => Promise.reject(new Error(`${thrown}\n${agents[realNodes.indexOf(node)]?.log().slice(-3_000)}`)));
      }
    },
    async stopAndCollect() {
      await Promise.all(agents.map((agent) => agent.stop()));
      const losses = new Map<string, NodeDetail["losses"]>();
      for (const node of realNodes) losses.set(node, (await nodeDetail(adminSocket, node)).losses);
      await collector.stop();
      const copy = join(folder, "copy");
      await disk.copyTo(copy);
      const sent = simulations.flatMap(({ ledgerFile }) => readLedger(ledgerFile));
      return { sent, losses, rows: readJournal(copy), ...(await readCommitted(copy)) };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startCollector(folder: string, network: Network, disk: SmallDisk, adminSocket: string): Promise<WatchedVictim> {
  const clock = createMovingClock(join(folder, "collector.clock"));
  const program = createProgram({
    argv: [
      ...(network.enter as readonly [string, ...string[]]), // nsenter and its arguments
      ...disk.enter,
      ...[process.execPath, collectorBundle, "--data-dir", disk.folder, "--admin-socket", adminSocket],
      ...["--listen", "none", "--grpc-listen", "none", "--kubernetes", "off"],
      ...["--public-grpc-listen", `0.0.0.0:${port}`, "--public-name", network.address],
    ],
    env: { PATH: process.env["PATH"] ?? "", ...clock.env },
    logFile: join(folder, "collector.log"),
  });
  return await startVictim({ name: "collector", program, clock, isUp: (from) => isUp(program.log, program.ended, from) });
}

/** The collector says when it listens; false when it ended before. */
async function isUp(log: (from: number) => string, ended: () => string | undefined, from: number): Promise<boolean> {
  return await waitUntil("the collector to listen", startTimeoutMs, () => {
    if (ended() !== undefined) return { isUp: false };
    return log(from).includes('"the collector is listening"') ? { isUp: true } : undefined;
  }).then((answer) => answer.isUp);
}

async function startAgent(
  folder: string,
  group: Group,
  { node, machineId, credential }: EnrolledMachine,
  address: string,
  authorities: readonly string[],
): Promise<WatchedVictim> {
  const home = join(folder, node);
  await mkdir(home);
  const identityFile = join(home, "report", "identity.json");
  writeIdentity(identityFile, {
    nodeName: node,
    credentials: [credential],
    caCertificates: authorities,
    addresses: [`${address}:${port}`],
    givenAddresses: [`${address}:${port}`],
    serverName: collectorServerName,
  });
  const machineIdFile = join(home, "machine-id");
  await writeFile(machineIdFile, `${machineId}\n`);
  const clock = createMovingClock(join(home, "clock"));
  const intervals = ["system", "network", "disks", "sensors"].flatMap((probe) => ["--interval", `${probe}=2s`]);
  const program = createProgram({
    argv: [
      ...(group.enter as readonly [string, ...string[]]), // nsenter and its arguments
      // All agents run on one machine; each has a machine-id of its own, else they would be clones.
      ...["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/machine-id && exec "$@"', machineIdFile],
      ...[process.execPath, agentBundle, "run", "--collector", `${address}:${port}`, "--identity-file", identityFile],
      ...[
        "--node-name",
        node,
        "--spool-dir",
        join(home, "spool"),
        "--spill-after",
        "3s",
        "--health-listen",
        "none",
        ...intervals,
      ],
    ],
    env: { PATH: process.env["PATH"] ?? "", ...clock.env },
    logFile: join(home, "log"),
  });
  return await startVictim({ name: node, program, clock, isUp: async () => true });
}

interface Simulation {
  readonly child: ChildProcess;
  readonly ledgerFile: string;
  readonly ended: Promise<void>;
  last(): SimulationReport | undefined;
}

function startSimulation(group: Group, order: SimulationOrder): Simulation {
  const script = fileURLToPath(new URL("simulated-agents.ts", import.meta.url));
  const [command = "", ...argv] = [...group.enter, process.execPath, script];
  const child = spawn(command, argv, { stdio: ["pipe", "pipe", "inherit"] });
  let last: SimulationReport | undefined;
  child.stdin.write(`${JSON.stringify(order)}\n`);
  child.stdout.on("data", (bytes: Buffer) => {
    const line = bytes.toString().trim().split("\n").at(-1) ?? "";
    last = JSON.parse(line) as SimulationReport; // whole lines, each written at once by the program above
  });
  const ended = once(child, "exit").then(([code]) => {
    if (code !== 0) throw new Error(`simulated agents ended with ${code}`);
  });
  ended.catch(() => undefined); // whoever waits for it is told
  return { child, ledgerFile: order.ledgerFile, ended, last: () => last };
}

async function spoolCount(adminSocket: string, node: string): Promise<number | undefined> {
  const { summary, subjects } = await nodeDetail(adminSocket, node);
  if (!summary.isConnected) return undefined;
  return subjects.find(({ kind }) => kind === "agent_process")?.samples?.["spool_observations"];
}

async function nodeDetail(adminSocket: string, node: string): Promise<NodeDetail> {
  return (await get(adminSocket, `/api/v1/nodes/${node}`)) as NodeDetail; // the API validates what it answers
}

async function allNodes(adminSocket: string): Promise<readonly { readonly isConnected: boolean }[]> {
  const body = (await get(adminSocket, "/api/v1/nodes?limit=1000")) as {
    readonly nodes: readonly { readonly isConnected: boolean }[];
  };
  return body.nodes;
}

function get(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: 10_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
      });
    });
    sent.once("error", reject).end();
  });
}

async function readCommitted(dataDir: string): Promise<Pick<Evidence, "committed" | "storedCount">> {
  const epochs: { node: string; epoch: string }[] = [];
  {
    using database = new DatabaseSync(join(dataDir, "nodekeeper.db"));
    for (const { node, epoch } of database.prepare("SELECT node, epoch FROM epochs").all())
      epochs.push({ node: String(node), epoch: String(epoch) });
  }
  await using store = await openStore({ directory: dataDir, clock: systemClock, logger: createLogger("test", "silent") });
  const committed: CommittedEpoch[] = [];
  for (const { node, epoch } of epochs) committed.push({ node, epoch, spans: await store.committedSpans(node, epoch) });
  const { observationCount } = await store.status();
  return { committed, storedCount: observationCount };
}
