/** The built agent as a process of its own, reading this machine more often than it would by itself. */
import { fileURLToPath } from "node:url";
import { createProgram, type Program } from "./program.ts";

/** The bundle that `pnpm run build` makes. */
export const agentBundle: string = fileURLToPath(new URL("../../agent/dist/agent.cjs", import.meta.url));

/** `agent run` with the shortest intervals that a collector accepts. It reports to an address under a name; its spool survives its lives. */
export function createAgentProcess(node: string, collector: string, spoolDir: string, logFile: string): Program {
  const intervals = ["system", "network", "disks", "sensors"].flatMap((probe) => ["--interval", `${probe}=1s`]);
  const options = ["--collector", collector, "--node-name", node, "--spool-dir", spoolDir, "--health-listen", "none"];
  const env = { PATH: process.env["PATH"] ?? "" };
  return createProgram({ argv: [process.execPath, agentBundle, "run", ...options, ...intervals], env, logFile });
}
