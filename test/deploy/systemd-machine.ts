/**
 * A machine with systemd as its PID 1, in namespaces of its own: this machine's files with a layer of memory above them, /proc/sys and /sys read-only,
 * and no network but loopback. What is installed and started there is seen nowhere else, and ends with the test.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { waitUntil } from "../durability/wait-until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { findTool } from "../vm/tool.ts";
import { type Ended, outcome } from "./outcome.ts";

/** A machine that has started. */
export interface SystemdMachine extends AsyncDisposable {
  /** Runs a program there, as root. */
  run(...argv: readonly string[]): Promise<Ended>;
}

const systemd = "/lib/systemd/systemd";

/** Why there can be none here, in words; undefined when there can. */
export function missingForSystemd(): string | undefined {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return "a machine with systemd needs root on Linux";
  if (!existsSync(systemd) || findTool("systemd-analyze") === undefined) return "systemd is not installed";
  return undefined;
}

/** $1 a folder, $2 a script that is run in the machine's root before systemd starts. Units of the machine itself are left out. */
const setUp = `
set -e
mount -t tmpfs -o mode=755 layer "$1"
cd "$1"
mkdir upper work root
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay root
mount -t proc proc root/proc
mount --bind root/proc/sys root/proc/sys
mount -o remount,ro,bind root/proc/sys
mount -t sysfs -o ro sysfs root/sys
mount --rbind /sys/fs/cgroup root/sys/fs/cgroup
mount -t tmpfs run root/run
mount --rbind /dev root/dev
: >root/etc/fstab
units=root/etc/systemd/system
rm -rf "$units"/*.wants "$units"/*.requires
for unit in systemd-tmpfiles-setup systemd-journal-flush systemd-update-utmp systemd-update-utmp-runlevel systemd-sysusers systemd-resolved \\
  systemd-logind console-getty; do ln -sf /dev/null "$units/$unit.service"; done
ln -sf /dev/null "$units/getty.target"
ip link set lo up
echo ready
exec chroot root env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin ${systemd} --system --unit=multi-user.target --show-status=no
`;

const startLimitMs = 60_000;

/** Starts one. */
export async function startSystemdMachine(): Promise<SystemdMachine> {
  await using parts = new AsyncDisposableStack();
  const { path } = parts.use(await temporaryFolder());
  const namespaces = [
    "--mount",
    "--propagation",
    "private",
    "--pid",
    "--fork",
    "--kill-child",
    "--net",
    "--uts",
    "--ipc",
    "--cgroup",
  ];
  const holder = spawn("unshare", [...namespaces, "sh", "-c", setUp, "sh", path], { stdio: ["ignore", "pipe", "ignore"] });
  parts.defer(() => endOf(holder));
  if (holder.stdout === null) throw new Error("spawned with a pipe");
  for await (const line of createInterface(holder.stdout)) if (line === "ready") break;
  const children = await outcome(spawn("cat", [`/proc/${holder.pid}/task/${holder.pid}/children`]));
  const target = children.stdout.trim();
  if (target === "") throw new Error("the machine did not start");
  const enter = ["--target", target, "--mount", "--pid", "--net", "--uts", "--ipc", "--root", "--wd"];
  const run: SystemdMachine["run"] = (...argv) =>
    outcome(spawn("nsenter", [...enter, ...argv], { env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" } }));
  await waitUntil("systemd has started", startLimitMs, async () => {
    const { stdout } = await run("systemctl", "is-system-running");
    return ["running", "degraded"].includes(stdout.trim());
  });
  const lasting = parts.move();
  return { run, [Symbol.asyncDispose]: () => lasting.disposeAsync() };
}

async function endOf(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const exit = once(holder, "exit");
  holder.kill("SIGKILL"); // and with it the machine's PID 1, by --kill-child
  await exit;
}
