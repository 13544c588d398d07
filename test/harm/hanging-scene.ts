/**
 * The built agent on this machine among things that hang for ever: a FUSE mount that never answers, and a smartctl that sleeps uninterruptibly. Both
 * lie in a namespace of their own; the machine itself is not touched.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { agentBundle } from "../durability/agent-process.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { createProgram } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts, missingBundles } from "../e2e/installation.ts";
import { agentNodeFlags } from "../vm/guest-agent.ts";
import { missingForNamespace, namespaceCommand } from "./namespace.ts";

export interface HangingScene extends AsyncDisposable {
  /** Where the silent filesystem is mounted. */
  readonly mountPoint: string;
  /** What the collector's API says of the node. */
  detail(): Promise<NodeDetail>;
  /** Process id of the agent, as this machine's /proc has it. */
  readonly agentPid: number;
  logs(): string;
}

const nodeName = "hanging";
const smartctl = "/usr/sbin/smartctl";
const startMs = 60_000;

/** Replaces smartctl, and runs the agent. */
const script = `
mount --bind "$folder/smartctl" ${smartctl}
"$node" ${agentNodeFlags} "$@" &
wait $!`;

/** Why it cannot be played here, in words; undefined when it can. */
export function missingForHanging(): string | undefined {
  if (!existsSync(smartctl)) return `${smartctl} is not there to be replaced (Debian: apt-get install smartmontools)`;
  return missingBundles() ?? missingForNamespace();
}

/** Starts collector and agent, and waits until the collector shows the node. */
export async function startHangingScene(agentArguments: readonly string[]): Promise<HangingScene> {
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-hanging-"));
  const mountPoint = join(folder, "silent");
  await writeFile(join(folder, "smartctl"), `#!/bin/sh\nexec /usr/bin/stat -f ${mountPoint}\n`, { mode: 0o755 });
  const [http, grpc] = await freePorts(2);
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const collector = createProgram({
    argv: [
      process.execPath,
      collectorBundle,
      ...["--listen", `127.0.0.1:${http}`, "--grpc-listen", `127.0.0.1:${grpc}`, "--data-dir", join(folder, "collector")],
    ],
    env,
    logFile: join(folder, "collector.log"),
  });
  const where = ["--collector", `127.0.0.1:${grpc}`, "--node-name", nodeName, "--spool-dir", join(folder, "spool")];
  const agent = createProgram({
    argv: namespaceCommand({
      folder,
      script,
      argv: [agentBundle, "run", ...where, "--health-listen", "none", ...agentArguments],
    }),
    env,
    logFile: join(folder, "agent.log"),
  });
  const dispose = async (): Promise<void> => {
    await agent[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  const ask = async (): Promise<NodeDetail | undefined> => {
    const response = await fetch(`http://127.0.0.1:${http}/api/v1/nodes/${nodeName}`).catch(() => undefined);
    return response?.ok === true ? ((await response.json()) as NodeDetail) : undefined; // our own API
  };
  try {
    collector.start();
    agent.start();
    await waitUntil("the agent reports", startMs, async () => {
      if (agent.ended() !== undefined) throw new Error("the agent ended");
      return ((await ask())?.probes.length ?? 0) > 0;
    });
    const detail = async (): Promise<NodeDetail> => {
      const answer = await ask();
      if (answer === undefined) throw new Error(`the collector does not answer: ${collector.log()}`);
      return answer;
    };
    const agentPid = await agentProcess(agent.pid() ?? 0);
    return { mountPoint, detail, agentPid, logs: () => agent.log() + collector.log(), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    const text = agent.log() + collector.log();
    await dispose();
    throw new Error(text, { cause: error });
  }
}

/** unshare → sh → the server of the mount and the agent, of which the agent was started last. */
async function agentProcess(unsharePid: number): Promise<number> {
  const [shell = 0] = childrenOf(unsharePid);
  const pid = childrenOf(shell).at(-1);
  if (pid === undefined) throw new Error("there is no agent");
  return pid;
}

/** Process ids of the children of a process, oldest first as long as the kernel's numbers do not begin anew. */
export function childrenOf(pid: number): readonly number[] {
  const isChild = (candidate: number): boolean => {
    try {
      const stat = readFileSync(`/proc/${candidate}/stat`, "utf8");
      // After the name in parentheses: state, then the parent (proc(5)).
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid;
    } catch {
      return false; // it ended between the listing and the reading
    }
  };
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.toSorted((a, b) => a - b).filter(isChild);
}
