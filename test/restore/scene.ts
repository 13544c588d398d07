/** A collector and agents as processes of their own, with a recorder between them; what must be right again after a disaster. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { agentBundle, createAgentProcess } from "../durability/agent-process.ts";
import { type CollectorProcess, collectorBundle, createCollectorProcess } from "../durability/collector-process.ts";
import { createLedger, type Ledger } from "../durability/ledger.ts";
import type { Program } from "../durability/program.ts";
import { type Recorder, startRecorder } from "../durability/recorder.ts";
import { waitUntil } from "../durability/wait-until.ts";

/** What a command printed, and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly complaint: string;
}

/** The scene. Disposing ends all of it. */
export interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly dataDir: string;
  /** The database in it. */
  readonly database: string;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly collector: CollectorProcess;
  /** By the name of their nodes; not started yet. */
  readonly agents: ReadonlyMap<string, Program>;
  /** Starts the collector, and leads the agents to it. */
  startCollector(): Promise<void>;
  /** Waits until each of the agents has some more observations acknowledged. */
  moreAcknowledged(): Promise<void>;
  /** A node as the API shows it; undefined where it does not. */
  node(name: string): Promise<NodeDetail | undefined>;
  /** Runs a command of the collector's program. */
  command(...args: readonly string[]): Ran;
}

/** True where the bundles are built that this needs. */
export const isBuilt: boolean = existsSync(collectorBundle) && existsSync(agentBundle);
/** To the name of a suite. */
export const builtRemark: string = isBuilt ? "" : " (not built: pnpm run build)";

/** Starts nothing but the recorder. */
export async function createScene(nodes: readonly string[]): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-restore-"));
  const dataDir = join(folder, "collector");
  const ledger = createLedger(join(folder, "ledger"));
  const recorder = await startRecorder(ledger);
  const collector = createCollectorProcess(dataDir, join(folder, "collector.log"));
  const agents = new Map(
    nodes.map((node) => [
      node,
      createAgentProcess(node, `127.0.0.1:${recorder.port}`, join(folder, `spool-${node}`), join(folder, `${node}.log`)),
    ]),
  );
  let url = "";
  return {
    ...{ folder, dataDir, database: join(dataDir, "nodekeeper.db"), ledger, recorder, collector, agents },
    async startCollector() {
      const addresses = await collector.startListening();
      url = addresses.url;
      recorder.setCollector(addresses.grpcAddress);
    },
    async moreAcknowledged() {
      const known = new Map(nodes.map((node) => [node, ledger.acknowledgedCount(node)]));
      await waitUntil("acknowledgements", 75_000, () =>
        nodes.every((node) => ledger.acknowledgedCount(node) > (known.get(node) ?? 0) + 3),
      );
    },
    async node(name) {
      const response = await fetch(`${url}/api/v1/nodes/${name}`).catch(() => undefined);
      return response?.ok === true ? ((await response.json()) as NodeDetail) : undefined; // our own API
    },
    command(...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [collectorBundle, ...args], { encoding: "utf8", env: {} });
      return { code: status, output: stdout, complaint: stderr };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values(), collector].map((program) => program[Symbol.asyncDispose]()));
      await recorder[Symbol.asyncDispose]();
      ledger[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
