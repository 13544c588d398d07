/**
 * Whose processes NVIDIA's driver lists for us. It translates pids into the namespace of whoever asks and leaves out what cannot be seen from
 * there (measured, driver 580), and no process can enter a namespace above its own (setns(2)): in a container that does not share the host's
 * (hostPID), it lists nobody.
 */
import type { Host } from "../../../../host/host.ts";

/**
 * all: we count pids as the host does, and nothing runs outside of that. some: we count as this host does, which is itself a container. none:
 * the host counts otherwise than we, or nobody knows.
 */
export type ProcessView = "all" | "some" | "none";

/** Two questions to the host's /proc, neither of which needs any privilege. */
export async function readProcessView(host: Host): Promise<ProcessView> {
  const [own, second] = await Promise.all([readOrNothing(host, "/proc/self/status"), readOrNothing(host, "/proc/2/stat")]);
  // Our pid in the namespace of that /proc and in each one below, down to our own: more than one, and the host's is not ours.
  const pids = /^NSpid:\s*(?<pids>\d[\d\s]*)$/m.exec(own)?.groups?.["pids"]?.trim().split(/\s+/) ?? [];
  if (pids.length !== 1) return "none";
  return isKernelThread(second) ? "all" : "some";
}

/** Kernel threads run in the first namespace of all alone, where pid 2 is the first of them: proc_pid_stat(5), flags is the ninth field. */
function isKernelThread(stat: string): boolean {
  const flags = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[6]);
  return Math.trunc(flags / kernelThreadFlag) % 2 === 1;
}

/** PF_KTHREAD of the kernel's sched.h. */
const kernelThreadFlag = 0x0020_0000;

async function readOrNothing(host: Host, path: string): Promise<string> {
  return await host.readText(path).catch(() => "");
}
