/**
 * A machine that is a folder, with services that answer: the recorded Raspberry Pi, to which a test adds two GPUs, an Ollama, a
 * tailscaled and K3s. The agent reads it by --host-root as it reads a real one.
 */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { repositoryPath } from "./installation.ts";

/** The machine. */
export interface MadeUpHost extends AsyncDisposable {
  readonly root: string;
  /** Writes a file of it. */
  write(path: string, text: string): Promise<void>;
}

/** The GPU that sleeps: one of NVIDIA, which may not be touched. */
export const sleepingGpu = "0000:01:00.0";
/** The GPU that is awake: one of AMD, which is read from files. */
export const awakeGpu = "0000:03:00.0";

const gibibyte = 2 ** 30;
const ollamaPid = 2201;
const ollamaInode = 22_010;

/** Makes it. */
export async function makeHost(): Promise<MadeUpHost> {
  const root = await mkdtemp(join(tmpdir(), "nodekeeper-host-"));
  const recorded = repositoryPath("test/fixtures/hosts/bobcat");
  const ofRecording = [".nodekeeper", "expected-report.json", "SOURCE.md"];
  await cp(recorded, root, { recursive: true, verbatimSymlinks: true, filter: (path) => !ofRecording.includes(basename(path)) });
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const files = { ...gpu(sleepingGpu, nvidia), ...nvidiaDriver, ...gpu(awakeGpu, amd), ...k3s };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  for (const address of [sleepingGpu, awakeGpu])
    await link(root, `/sys/bus/pci/devices/${address}`, `../../../devices/${address}`);

  const ollama = await listen(ollamaAnswers, 0);
  for (const [path, text] of Object.entries(ollamaProcess(portOf(ollama)))) await write(path, text);
  await link(root, `/proc/${ollamaPid}/fd/3`, `socket:[${ollamaInode}]`);
  await mkdir(join(root, "run/tailscale"), { recursive: true });
  const tailscaled = await listen(tailscaledAnswers, join(root, "run/tailscale/tailscaled.sock"));
  return {
    root,
    write,
    [Symbol.asyncDispose]: async () => {
      for (const server of [ollama, tailscaled]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** What differs between two GPUs. */
interface GpuFiles {
  readonly uevent: string;
  readonly status: "active" | "suspended";
  readonly files: Readonly<Record<string, string>>;
}

const nvidia: GpuFiles = { uevent: "DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:25A0\n", status: "suspended", files: {} };

const nvidiaDriver: Readonly<Record<string, string>> = {
  "/proc/driver/nvidia/version":
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (root@host)\n",
  [`/proc/driver/nvidia/gpus/${sleepingGpu}/information`]:
    "Model: \t\t NVIDIA GeForce RTX 3050 Ti Laptop GPU\nDevice Minor: \t 0\n",
  "/usr/share/misc/pci.ids": "10de  NVIDIA Corporation\n\t25a0  GA107M [GeForce RTX 3050 Ti Mobile]\n",
  [`/proc/driver/nvidia/gpus/${sleepingGpu}/power`]:
    "Runtime D3 status:          Enabled (fine-grained)\nVideo Memory:               Off\n",
};

const amd: GpuFiles = {
  uevent: "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:744C\n",
  status: "active",
  files: {
    mem_info_vram_total: `${24 * gibibyte}\n`,
    mem_info_vram_used: `${6 * gibibyte}\n`,
    gpu_busy_percent: "3\n",
    "hwmon/hwmon7/name": "amdgpu\n",
    "hwmon/hwmon7/temp1_label": "edge\n",
    "hwmon/hwmon7/temp1_input": "44000\n",
    "hwmon/hwmon7/power1_average": "31000000\n",
  },
};

function gpu(address: string, { uevent, status, files }: GpuFiles): Readonly<Record<string, string>> {
  const all = {
    class: "0x030000\n",
    uevent: `${uevent}PCI_SLOT_NAME=${address}\n`,
    power_state: status === "active" ? "D0\n" : "D3cold\n",
    "power/runtime_status": `${status}\n`,
    "power/control": "auto\n",
    ...files,
  };
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [gpuFile(address, name), text]));
}

/** Where a file of a GPU lies. */
export function gpuFile(address: string, name: string): string {
  return `/sys/devices/${address}/${name}`;
}

const k3s: Readonly<Record<string, string>> = {
  "/etc/systemd/system/k3s-agent.service": "[Service]\nExecStart=/usr/local/bin/k3s agent\n",
  "/etc/rancher/k3s/config.yaml": "node-name: bobcat\n",
};

/** Its process, and the socket that it listens on: all addresses, this port. An agent in a container reaches it at the node's. */
function ollamaProcess(port: number): Readonly<Record<string, string>> {
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const local = `00000000:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = `   0: ${local} 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 ${ollamaInode} 1 0 100 0 0 10 0\n`;
  const folder = `/proc/${ollamaPid}`;
  return {
    "/proc/1/net/tcp": header + listening,
    "/proc/1/net/tcp6": header,
    [`${folder}/comm`]: "ollama\n",
    [`${folder}/cmdline`]: "/usr/local/bin/ollama\0serve\0",
    [`${folder}/stat`]: `${ollamaPid} (ollama) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 5000 100 200\n`,
    [`${folder}/status`]: "Name:\tollama\nUid:\t998\t998\t998\t998\n",
    [`${folder}/cgroup`]: "0::/system.slice/ollama.service\n",
    [`${folder}/environ`]: "OLLAMA_KEEP_ALIVE=24h\0",
  };
}

const ollamaAnswers: RequestListener = (request, response) => {
  const model = { name: "granite4:3b", model: "granite4:3b", size: 2.1 * gibibyte, digest: "ab".repeat(32) };
  const details = { family: "granite", parameter_size: "3.4B", quantization_level: "Q4_K_M" };
  const answers: Readonly<Record<string, unknown>> = {
    "/api/version": { version: "0.32.15" },
    "/api/tags": { models: [{ ...model, size: Math.round(model.size), modified_at: "2026-01-01T00:00:00Z", details }] },
    "/api/ps": { models: [] },
    "/api/show": { details, capabilities: ["completion"], model_info: {} },
  };
  const body = answers[request.url ?? ""];
  response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
};

const never = "0001-01-01T00:00:00Z";

const tailscaledAnswers: RequestListener = (request, response) => {
  const machine = (id: string, more: object): object => ({
    ...{ ID: id, HostName: id, DNSName: `${id}.example.ts.net.`, OS: "linux", TailscaleIPs: ["100.64.0.9"], Relay: "fra" },
    ...{ RxBytes: 1_000_000, TxBytes: 2_000_000, LastSeen: never, LastHandshake: never, Online: true, Active: false },
    ...more,
  });
  const status = {
    ...{ Version: "1.98.8", TUN: true, BackendState: "Running", TailscaleIPs: ["100.64.0.7"], Health: [] },
    Self: machine("bobcat", {}),
    Peer: {
      "nodekey:1": machine("neko", { Active: true, CurAddr: "192.0.2.21:41641" }),
      "nodekey:2": machine("panther", { Active: true, CurAddr: "" }),
      "nodekey:3": machine("phone", { Online: false, LastSeen: "2026-01-01T00:00:00Z" }),
    },
  };
  if ((request.url ?? "").startsWith("/localapi/v0/watch-ipn-bus")) {
    response.writeHead(200, { "content-type": "application/json" }).write('{"Version":"1.98.8"}\n'); // and stays open, as the daemon's does
    return;
  }
  const isStatus = (request.url ?? "").startsWith("/localapi/v0/status");
  response.writeHead(isStatus ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(isStatus ? status : {}));
};

async function listen(answer: RequestListener, at: number | string): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (typeof at === "number") server.listen(at, "127.0.0.1", resolve);
    else server.listen(at, resolve);
  });
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function link(root: string, path: string, target: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(target, join(root, path));
}
