/** A tailnet on loopback: the control server with its relay, and daemons that join it, each with a host tree of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inNewNetwork, type TailscalePrograms } from "./tailscale-programs.ts";
import { type TestDaemon, testDaemon } from "./test-daemon.ts";

/** What the control server is asked for; see network/main.go. */
export type Order =
  | { readonly do: "nodes" }
  | {
      readonly do: "update";
      readonly node: string;
      readonly isOnline?: boolean;
      readonly lastSeenAtMs?: number;
      readonly keyExpiresAtMs?: number;
      readonly isKeyExpired?: true;
      readonly tags?: readonly string[];
      readonly advertisedRoute?: string;
    }
  | { readonly do: "expire" | "require-login"; readonly is: boolean }
  | { readonly do: "log-in"; readonly url: string }
  | { readonly do: "add-fake-nodes"; readonly count: number };

/** A tailnet that runs. Disposing it ends it and all its daemons. */
export interface Tailnet extends AsyncDisposable {
  /** Of the control server. */
  readonly url: string;
  order(order: Order): Promise<unknown>;
  /** A daemon that is not started yet. */
  daemon(name: string, variables?: Readonly<Record<string, string>>): Promise<TestDaemon>;
  /** Process that holds the namespace. */
  readonly pid: number;
}

/** Starts a tailnet with nobody in it. */
export async function startTailnet(folder: string, { daemon, network }: TailscalePrograms): Promise<Tailnet> {
  const [command, ...argv] = inNewNetwork;
  const control = spawn(command, [...argv, network], { stdio: ["pipe", "pipe", "inherit"], env: {} });
  const { pid, stdin, stdout } = control;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error("the control server ended");
    return JSON.parse(value);
  };
  const { url } = (await nextLine()) as { readonly url: string }; // the line that main.go begins with
  const daemons: TestDaemon[] = [];
  return {
    url,
    pid,
    order: (order) => {
      stdin.write(`${JSON.stringify(order)}\n`);
      return nextLine();
    },
    async daemon(name, variables = {}) {
      const root = join(folder, name);
      await mkdir(join(root, "run/tailscale"), { recursive: true });
      const made = testDaemon({ name, root, program: daemon, namespacePid: pid, controlUrl: url, variables });
      daemons.push(made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const each of daemons) await each.kill();
      await end(control);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  await once(child, "exit");
}
