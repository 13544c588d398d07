/** The agent as a process of its own, run from its sources, on this machine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Address } from "@nodekeeper/shared";
import { createProgram, type Program } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";

/** Sources run as they are on Node 24. */
export const agentArgv: readonly [string, ...string[]] = [
  process.execPath,
  fileURLToPath(new URL("../../agent/src/main.ts", import.meta.url)),
];

/** A folder for one test, and agents in it. */
export interface AgentFolder extends AsyncDisposable {
  readonly path: string;
  readonly spoolDir: string;
  readonly socket: string;
  /** Does not start it yet. */
  agent(form: "run" | "probe" | "report", ...options: readonly string[]): Program;
  /** Options of a form that reports to this collector. */
  to(collector: Address): readonly string[];
}

/** Makes the folder; disposing kills what still runs in it and removes it. */
export async function anAgentFolder(): Promise<AgentFolder> {
  const path = await mkdtemp(join(tmpdir(), "nodekeeper-agent-"));
  const programs: Program[] = [];
  const spoolDir = join(path, "spool");
  const socket = join(path, "socket", "spool.sock");
  return {
    path,
    spoolDir,
    socket,
    to: ({ host, port }) => ["--collector", `${host}:${port}`],
    agent(form, ...options) {
      const own = {
        run: ["--spool-dir", spoolDir],
        probe: ["--spool-dir", spoolDir, "--socket", socket],
        report: ["--socket", socket],
      };
      const argv: readonly [string, ...string[]] = [
        ...agentArgv,
        ...[form, "--node-name", "under-test", "--health-listen", "none", ...own[form], ...options],
      ];
      const program = createProgram({ argv, env: {}, logFile: join(path, `${form}-${programs.length}.log`) });
      programs.push(program);
      return program;
    },
    [Symbol.asyncDispose]: async () => {
      for (const program of programs) await program[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Waits until a program has ended by itself; how it ended. */
export async function ending(program: Program): Promise<string> {
  return waitUntil("the agent ends", 40_000, () => program.ended());
}
