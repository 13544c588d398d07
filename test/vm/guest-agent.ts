/** The built agent in a guest, started as it is shipped. */
import { agentBundle } from "../durability/agent-process.ts";
import type { ImageFile } from "./ext4-image.ts";
import type { Guest } from "./guest.ts";

/** How it is started. */
export interface GuestAgentOptions {
  /** Words before the agent's command line, e.g. of a program that gives it a namespace. */
  readonly launcher?: readonly string[] | undefined;
  /** Of `agent run`, besides its name and where it keeps its spool. */
  readonly arguments: readonly string[];
}

/** The name under which the guest reports. */
export const guestNode = "guest";

/** The flags that the agent is started with everywhere: they keep V8's heap small. */
export const agentNodeFlags = "--lite-mode --max-semi-space-size=1 --max-old-space-size=64";

/** What the guest must be given for it. */
export const agentFile: ImageFile = { hostPath: agentBundle, guestPath: "/agent.cjs" };

/** Starts it; its log is /tmp/agent.log, its process id /tmp/agent.pid. */
export async function startGuestAgent(guest: Pick<Guest, "run">, options: GuestAgentOptions): Promise<void> {
  const own = ["--node-name", guestNode, "--spool-dir", "/tmp/spool", "--health-listen", "none"];
  const program = ["node", agentNodeFlags, "/files/agent.cjs", "run"];
  const argv = [...(options.launcher ?? []), ...program, ...own, ...options.arguments];
  await guest.run(`${argv.join(" ")} >/tmp/agent.log 2>&1 & echo $! >/tmp/agent.pid`);
}
