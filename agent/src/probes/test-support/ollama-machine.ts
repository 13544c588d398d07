/** A made-up machine with an Ollama server, for tests: its process, unit, sockets and answers. */

import { AppError } from "@nodekeeper/shared";
import type { ServiceAddress, ServiceAnswer, ServiceRequest } from "../../host/services.ts";
import { TreeHost } from "./tree-host.ts";

/** A tree that remembers where its services were asked. */
export class OllamaHost extends TreeHost {
  override readonly root: string;
  override readonly isLive: boolean;
  readonly askedAt: ServiceAddress[] = [];
  /** Addresses at which nobody answers. */
  readonly silent: Set<string> = new Set();

  constructor(root = "/", isLive = true) {
    super({
      "/proc/1/comm": "systemd\n",
      "/proc/stat": `cpu  1 1 1 1\nbtime ${bootSeconds}\n`,
      "/etc/passwd": "root:x:0:0::/root:/bin/sh\nollama:x:998:998::/usr/share/ollama:/bin/false\n",
      "/proc/1/net/tcp": socketTable(),
      "/proc/1/net/tcp6": socketTable(),
    });
    this.root = root;
    this.isLive = isLive;
    this.answer("version", { version: "0.32.15" });
    this.answer("tags", { models: [] });
    this.answer("ps", { models: [] });
  }

  /** What the server answers to a question: JSON, or a text with a status. */
  answer(question: string, body: unknown, status = 200): void {
    this.serviceAnswers.set(`ollama ${question}`, { status, text: typeof body === "string" ? body : JSON.stringify(body) });
  }

  /** Starts a server: its process, and a socket for each listener. */
  start(server: MadeUpServer = {}): void {
    const {
      pid = 2201,
      listeners = [ipv4Listener("0100007F")],
      environment = [],
      cgroup = "/system.slice/ollama.service",
    } = server;
    const { startTicks = 500_000, name = "ollama", arguments: words = ["/usr/local/bin/ollama", "serve"] } = server;
    this.add(`/proc/${pid}`, {
      comm: `${name}\n`,
      cmdline: `${words.join("\0")}\0`,
      stat: `${pid} (${name}) S 1 ${pid} ${pid} 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 ${startTicks} 100 200\n`,
      status: `Name:\t${name}\nUid:\t998\t998\t998\t998\n`,
      cgroup: `0::${cgroup}\n`,
      environ: [...environment, ""].join("\0"),
    });
    const tables = server.isContainer === true ? `/proc/${pid}/net` : "/proc/1/net";
    const numbered = listeners.map((listener, index) => ({ ...listener, inode: pid * 10 + index }));
    for (const table of ["tcp", "tcp6"])
      this.entries.set(`${tables}/${table}`, socketTable(numbered.filter((each) => each.table === table)));
    const ofPid = numbered.map(({ inode }) => ({ pid, path: `socket:[${inode}]` }));
    this.holders = [...this.holders.filter((holder) => holder.pid !== pid), ...ofPid];
  }

  /** Ends it. */
  stop(pid = 2201): void {
    this.remove(`/proc/${pid}`);
    this.entries.set("/proc/1/net/tcp", socketTable());
    this.entries.set("/proc/1/net/tcp6", socketTable());
  }

  override async ask(request: ServiceRequest): Promise<ServiceAnswer> {
    if (request.service === "ollama") {
      this.askedAt.push(request.at);
      if (this.silent.has(request.at.address)) throw new AppError("PEER_UNREACHABLE", `nobody listens at ${request.at.address}`);
    }
    return await super.ask(request);
  }
}

/** What may differ of a server. */
export interface MadeUpServer {
  readonly pid?: number;
  readonly listeners?: readonly Listener[];
  /** NAME=value. */
  readonly environment?: readonly string[];
  readonly cgroup?: string;
  readonly startTicks?: number;
  readonly name?: string;
  readonly arguments?: readonly string[];
  /** Whether it has a network of its own. */
  readonly isContainer?: boolean;
}

interface Listener {
  readonly table: "tcp" | "tcp6";
  /** In the kernel's digits. */
  readonly digits: string;
  readonly port: number;
}

/** Of IPv4, e.g. "0100007F" for 127.0.0.1. */
export function ipv4Listener(digits: string, port = 11_434): Listener {
  return { table: "tcp", digits, port };
}

/** Of IPv6, e.g. 32 zeros for all addresses. */
export function ipv6Listener(digits: string, port = 11_434): Listener {
  return { table: "tcp6", digits, port };
}

/** In answers of the made-up server. */
export function digest(of: string): string {
  return Buffer.from(of).toString("hex").padEnd(64, "0").slice(0, 64);
}

const bootSeconds = 1_767_000_000;

function socketTable(listeners: readonly (Listener & { readonly inode: number })[] = []): string {
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const lines = listeners.map(({ digits, port, inode }, index) => {
    const local = `${digits}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const remote = `${"0".repeat(digits.length)}:0000`;
    return `${index.toString().padStart(4)}: ${local} ${remote} 0A 00000000:00000000 00:00000000 00000000   998        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
  });
  return header + lines.join("");
}
