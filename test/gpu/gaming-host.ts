/**
 * A workstation that people play on and that serves models: a folder with an NVIDIA card whose driver is the stand-in library, an Ollama that answers on a
 * real socket and holds what it has loaded, and a tailnet in which it has an address. The agent reads it by --host-root.
 */
import { cp, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { repositoryRoot } from "../architecture/sources.ts";
import { type Scenario, standInHost } from "./stand-in.ts";

/** What differs between two of them. */
export interface GamingHostOptions {
  readonly name: string;
  /** In the tailnet; nobody else has it. */
  readonly address: string;
  readonly cardGib: number;
  /** Whether the model is in memory. */
  readonly isLoaded?: boolean;
}

/** A program that holds memory of the card. */
export interface GpuProgram {
  readonly pid: number;
  /** As the kernel has it: cut to 15 characters. */
  readonly name: string;
  readonly gib: number;
}

/** The machine. */
export interface GamingHost extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly root: string;
  /** Where its Ollama listens, on all addresses. */
  readonly ollamaPort: number;
  /** Models that somebody had it unload, in order. */
  readonly unloads: readonly string[];
  start(program: GpuProgram): Promise<void>;
  end(pid: number): Promise<void>;
}

/** What its Ollama has: of the form of an 8B, so that it needs 4.9 GiB of weights beside its context. */
export const gameModel = "llama3.1:8b";

const card = "0000:01:00.0";
const gibibyte = 2 ** 30;
const weightsBytes = Math.round(4.6 * gibibyte);
const loadedBytes = Math.round(5.6 * gibibyte);
const serverPid = 2201;
const runnerPid = 2290;
const serverInode = 22_010;

/** Makes it. */
export async function gamingHost({ name, address, cardGib, isLoaded = false }: GamingHostOptions): Promise<GamingHost> {
  await using stack = new AsyncDisposableStack();
  const driver = stack.use(await standInHost({ gpus: {} }));
  const { root } = driver;
  const programs = new Map<number, GpuProgram>();
  const unloads: string[] = [];
  let loaded = isLoaded;
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const play = (): Promise<void> => driver.play(scenario(cardGib, [...programs.values(), ...(loaded ? [runner] : [])]));
  const unload = async (model: string): Promise<void> => {
    unloads.push(model);
    loaded = false;
    await play();
  };
  const port = await listen(
    ollama(() => loaded, unload),
    stack,
    0,
  );

  const recorded = join(repositoryRoot, "test/fixtures/hosts/bobcat");
  const ofRecording = [".nodekeeper", "expected-report.json", "SOURCE.md"];
  await cp(recorded, root, { recursive: true, verbatimSymlinks: true, filter: (path) => !ofRecording.includes(basename(path)) });
  await write("/etc/machine-id", `${Buffer.from(name).toString("hex").padEnd(32, "0").slice(0, 32)}\n`);
  for (const [path, text] of Object.entries({ ...cardFiles, ...socketOf(port) })) await write(path, text);
  await link(root, `/sys/bus/pci/devices/${card}`, `../../../devices/${card}`);
  await addProcess({ pid: serverPid, name: "ollama", gib: 0 }, "/system.slice/ollama.service", `socket:[${serverInode}]`);
  await addProcess(runner, "/system.slice/ollama.service", "/dev/nvidia0");
  await mkdir(join(root, "run/tailscale"), { recursive: true });
  await listen(tailscaled(name, address), stack, join(root, "run/tailscale/tailscaled.sock"));
  await play();
  const startedAtMs = performance.now();
  const tick = async (): Promise<void> => {
    const upSeconds = (100_000 + (performance.now() - startedAtMs) / 1000).toFixed(2);
    await write("/proc/uptime.next", `${upSeconds} 1.00\n`);
    await rename(join(root, "proc/uptime.next"), join(root, "proc/uptime"));
  };
  await tick();
  const ticking = setInterval(() => void tick().catch(() => undefined), 250); // the folder may be gone in the end
  stack.defer(() => clearInterval(ticking));

  async function addProcess(program: GpuProgram, cgroup: string, held: string): Promise<void> {
    const { pid, name: comm } = program;
    const files = {
      comm: `${comm}\n`,
      cmdline: comm === "ollama" ? "/usr/local/bin/ollama\0serve\0" : `${comm}\0`,
      stat: `${pid} (${comm}) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 5000 100 200\n`,
      status: `Name:\t${comm}\nUid:\t1000\t1000\t1000\t1000\n`,
      cgroup: `0::${cgroup}\n`,
      environ: "",
    };
    for (const [file, text] of Object.entries(files)) await write(`/proc/${pid}/${file}`, text);
    await link(root, `/proc/${pid}/fd/3`, held);
  }

  const owned = stack.move();
  return {
    ...{ name, address, root, unloads, ollamaPort: port },
    async start(program) {
      programs.set(program.pid, program);
      await addProcess(program, "/user.slice/user-1000.slice/user@1000.service/app.slice/app-game.scope", "/dev/nvidia0");
      await play();
    },
    async end(pid) {
      programs.delete(pid);
      await play();
      await rm(join(root, `proc/${pid}`), { recursive: true });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const runner: GpuProgram = { pid: runnerPid, name: "llama-server", gib: loadedBytes / gibibyte };

/** What the driver says of the card while these hold its memory. */
function scenario(cardGib: number, programs: readonly GpuProgram[]): Scenario {
  const bytesOf = ({ gib }: GpuProgram): number => Math.round(gib * gibibyte);
  const reserved = 256 * 2 ** 20;
  const used = programs.reduce((sum, program) => sum + bytesOf(program), 0);
  const total = cardGib * gibibyte;
  const list = (of: readonly GpuProgram[]): string => of.map((program) => `${program.pid},${bytesOf(program)}`).join(" ");
  const answers = {
    nvmlDeviceGetUUID: "GPU-11111111-2222-3333-4444-555555555555",
    nvmlDeviceGetName: `Card of ${cardGib} GiB`,
    nvmlDeviceGetMemoryInfo: `${total} ${total - used} ${used}`,
    nvmlDeviceGetMemoryInfo_v2: `${total} ${reserved} ${total - reserved - used} ${used}`,
    nvmlDeviceGetUtilizationRates: programs.some(({ pid }) => pid !== runnerPid) ? "97 35" : "0 0",
    nvmlDeviceGetComputeRunningProcesses_v3: list(programs.filter(({ pid }) => pid === runnerPid)),
    nvmlDeviceGetGraphicsRunningProcesses_v3: list(programs.filter(({ pid }) => pid !== runnerPid)),
    nvmlDeviceGetMPSComputeRunningProcesses_v3: "",
  };
  return { library: { nvmlSystemGetDriverVersion: "580.159.04" }, gpus: { [card]: answers } };
}

const cardFiles: Readonly<Record<string, string>> = {
  [`/sys/devices/${card}/class`]: "0x030000\n",
  [`/sys/devices/${card}/uevent`]: `DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:2C05\nPCI_SLOT_NAME=${card}\n`,
  [`/sys/devices/${card}/power_state`]: "D0\n",
  [`/sys/devices/${card}/power/runtime_status`]: "active\n",
  [`/sys/devices/${card}/power/control`]: "on\n", // a desktop's card does not sleep
  "/dev/nvidia0": "", // a program that opens it is noticed between two readings
  "/proc/driver/nvidia/version":
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (root@host)\n",
  [`/proc/driver/nvidia/gpus/${card}/information`]: "Model: \t\t A card\nDevice Minor: \t 0\n",
};

/** In the kernel's table of sockets: all addresses, this port. */
function socketOf(port: number): Readonly<Record<string, string>> {
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const local = `00000000:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const line = `   0: ${local} 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 ${serverInode} 1 0 100 0 0 10 0\n`;
  return { "/proc/1/net/tcp": header + line, "/proc/1/net/tcp6": header };
}

function ollama(isLoaded: () => boolean, unload: (model: string) => Promise<void>): RequestListener {
  const details = { family: "llama", parameter_size: "8.0B", quantization_level: "Q4_K_M" };
  const model = { name: gameModel, model: gameModel, digest: "ab".repeat(32), size: weightsBytes, details };
  const shape = {
    ...{ "general.architecture": "llama", "llama.block_count": 32, "llama.context_length": 131_072 },
    ...{ "llama.attention.head_count": 32, "llama.attention.head_count_kv": 8, "llama.embedding_length": 4096 },
  };
  const memory = { size: loadedBytes, size_vram: loadedBytes, context_length: 4096, expires_at: "2318-01-01T00:00:00Z" };
  const answer = async (path: string, body: string): Promise<unknown> => {
    switch (path) {
      case "/api/version":
        return { version: "0.32.15" };
      case "/api/tags":
        return { models: [{ ...model, modified_at: "2026-01-01T00:00:00Z" }] };
      case "/api/ps":
        return { models: isLoaded() ? [{ ...model, ...memory }] : [] };
      case "/api/show":
        return { details, capabilities: ["completion"], model_info: shape };
      case "/api/generate": {
        const asked: { readonly model: string; readonly keep_alive: number } = JSON.parse(body);
        if (asked.keep_alive === 0) await unload(asked.model);
        return { model: asked.model, response: "", done: true, done_reason: "unload" };
      }
      default:
        return undefined;
    }
  };
  return (request, response) =>
    void textOf(request)
      .then((body) => answer(request.url ?? "", body))
      .then((said) => {
        response
          .writeHead(said === undefined ? 404 : 200, { "content-type": "application/json" })
          .end(JSON.stringify(said ?? {}));
      });
}

function tailscaled(name: string, address: string): RequestListener {
  const self = {
    ID: `n${name}`,
    HostName: name,
    DNSName: `${name}.example.ts.net.`,
    OS: "linux",
    TailscaleIPs: [address],
    Online: true,
  };
  const status = {
    Version: "1.98.8",
    TUN: true,
    BackendState: "Running",
    TailscaleIPs: [address],
    Health: [],
    Self: self,
    Peer: {},
  };
  return ({ url = "" }, response) => {
    if (url.startsWith("/localapi/v0/watch-ipn-bus")) {
      response.writeHead(200, { "content-type": "application/json" }).write('{"Version":"1.98.8"}\n'); // and stays open
      return;
    }
    const isStatus = url.startsWith("/localapi/v0/status");
    response.writeHead(isStatus ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(isStatus ? status : {}));
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return text;
}

/** Where it listens; 0 on a socket of a path. */
async function listen(answer: RequestListener, stack: AsyncDisposableStack, at: number | string): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (typeof at === "number") server.listen(at, "127.0.0.1", resolve);
    else server.listen(at, resolve);
  });
  stack.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return typeof at === "number" ? (server.address() as AddressInfo).port : 0; // of a server on TCP
}

async function link(root: string, path: string, target: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(target, join(root, path));
}
