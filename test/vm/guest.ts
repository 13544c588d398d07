/**
 * A small virtual machine for tests: this host's Node in an emulated x86-64 PC with real device models (NVMe and ATA controllers,
 * virtio disks), which can be killed together with its kernel. Emulation is in software, so it runs wherever QEMU does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFolder, contentKey } from "./cache.ts";
import { createFilesImage, type ImageFile } from "./ext4-image.ts";
import { connectGuestControl, type RunScript } from "./guest-control.ts";
import { guestInitramfs } from "./initramfs.ts";
import { guestKernel } from "./kernel.ts";
import { type LineChannel, openLineChannel } from "./line-channel.ts";
import { diskArguments, hostAddress, type MachineOptions, machineArguments } from "./machine.ts";
import { connectQmp, type Qmp } from "./qmp.ts";
import { guestSystemImage } from "./system-image.ts";
import { findTool } from "./tool.ts";

export interface GuestOptions extends MachineOptions {
  /** Files of the host; the guest finds the one with the path `/x` as `/files/x`. */
  readonly files?: readonly ImageFile[];
}

export interface Guest extends AsyncDisposable {
  /** From the start of QEMU to a guest that runs scripts. */
  readonly bootMs: number;
  /** Runs a script by the guest's BusyBox `sh` as root. */
  readonly run: RunScript;
  readonly qmp: Qmp;
  /** The port of 127.0.0.1 that leads to a forwarded port of the guest. */
  hostPort(guestPort: number): number;
  /** What the guest's kernel and init printed so far. */
  consoleText(): Promise<string>;
  /** SIGKILL for the whole machine: what its kernel had not written to its disks is gone. Disposing does the same. */
  kill(): Promise<void>;
}

/** On an idle host a boot takes 4 s, with its cores shared by other tests four times that. */
const bootTimeoutMs = 120_000;

const kernelArguments = [
  "console=ttyS0",
  "quiet",
  "panic=-1", // a panic ends QEMU (see -no-reboot), and the console says why
  "mitigations=off", // nothing to protect, and slow under emulation
  "nokaslr",
  "cryptomgr.notests",
  "random.trust_cpu=on", // else the first program that wants a random number waits for seconds
];

/** Boots a guest and returns once it runs scripts. Throws with the guest's console when it does not come up. */
export async function startGuest(options: GuestOptions = {}): Promise<Guest> {
  const kernel = await guestKernel();
  const [initramfs, system, files] = await Promise.all([
    guestInitramfs(kernel),
    guestSystemImage(),
    filesImage(options.files ?? []),
  ]);
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-guest-"));
  const control = await openLineChannel(join(folder, "control"));
  const monitor = await openLineChannel(join(folder, "monitor"));
  const qemu = spawnQemu([
    ...machineArguments(folder, options),
    ...["-kernel", kernel.image, "-initrd", initramfs, "-append", kernelArguments.join(" ")],
    ...diskArguments({ image: system, device: "virtio", serial: "system" }, 0, true),
    ...(files === undefined ? [] : diskArguments({ image: files, device: "virtio", serial: "files" }, 0, true)),
    ...(options.disks ?? []).flatMap((disk, index) => diskArguments(disk, index + 1)),
  ]);
  const consoleText = (): Promise<string> => readFile(join(folder, "console"), "utf8").catch(() => ""); // not written yet
  const dispose = async (): Promise<void> => {
    await killProcess(qemu.process);
    await Promise.all([control[Symbol.asyncDispose](), monitor[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const qmp = await orExit(qemu, monitor, (signal) => connectQmp(monitor, signal));
    const ports = await forwardedPorts(qmp);
    const run = await orExit(qemu, control, (signal) => connectGuestControl(control, signal));
    await openHostPorts(run, options.hostPorts ?? []);
    return {
      bootMs: performance.now() - startedAt,
      run,
      qmp,
      hostPort: (guestPort) => {
        const port = ports.get(guestPort);
        if (port === undefined) {
          throw new Error(`port ${guestPort} of the guest is not forwarded`);
        }
        return port;
      },
      consoleText,
      kill: () => killProcess(qemu.process),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    const text = await consoleText();
    await dispose();
    throw new Error(`the guest did not come up: ${qemu.stderr()}\n${text.split("\n").slice(-30).join("\n")}`, { cause: error });
  }
}

async function filesImage(files: readonly ImageFile[]): Promise<string | undefined> {
  if (files.length === 0) {
    return undefined;
  }
  const key = await contentKey(
    files.map((file) => file.guestPath),
    files.map((file) => file.hostPath),
  );
  return join(await cachedFolder("files", key, (folder) => createFilesImage(join(folder, "image"), { files })), "image");
}

interface Qemu {
  readonly process: ChildProcess;
  stderr(): string;
}

function spawnQemu(argv: readonly string[]): Qemu {
  // Should the tests be killed, the kernel kills the machine that they started.
  const process = spawn(
    findTool("setpriv") ?? "setpriv",
    ["--pdeathsig", "KILL", findTool("qemu-system-x86_64") ?? "qemu-system-x86_64", ...argv],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let text = "";
  process.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-4096);
  });
  return { process, stderr: () => text.trim() };
}

/** Does something over a channel as soon as QEMU has connected; rejects when QEMU ends or the time for a boot is over. */
async function orExit<T>(qemu: Qemu, channel: LineChannel, connect: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const onExit = (): void => ended.abort(new Error("QEMU ended"));
  qemu.process.once("exit", onExit);
  qemu.process.once("error", onExit);
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(bootTimeoutMs)]);
  try {
    await Promise.race([channel.connected, once(signal, "abort").then(() => signal.throwIfAborted())]);
    return await connect(signal);
  } finally {
    qemu.process.removeListener("exit", onExit);
    qemu.process.removeListener("error", onExit);
  }
}

/** A listener in the guest for each, which gives every connection to a program of its own. */
async function openHostPorts(run: RunScript, ports: readonly number[]): Promise<void> {
  for (const port of ports) await run(`nc -ll -p ${port} -e /bin/nc ${hostAddress} ${port} >/dev/null 2>&1 &`);
}

/** Guest port → port of 127.0.0.1, which the host's kernel chose. */
async function forwardedPorts(qmp: Qmp): Promise<ReadonlyMap<number, number>> {
  const text = String(await qmp("human-monitor-command", { "command-line": "info usernet" }));
  const rows = [...text.matchAll(/TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+127\.0\.0\.1\s+(\d+)/g)];
  return new Map(rows.map((row) => [Number(row[2]), Number(row[1])]));
}

async function killProcess(process: ChildProcess): Promise<void> {
  if (process.exitCode === null && process.signalCode === null && process.pid !== undefined) {
    process.kill("SIGKILL");
    await once(process, "exit");
  }
}
