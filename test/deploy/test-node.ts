/**
 * A node of a cluster for a test: mount, PID and network namespaces of its own, in which PID 1 has the files of a kept Raspberry Pi as its root, with
 * this machine's kernel behind /proc and /dev/kmsg. Containers are run in it by runc. Nothing of it is seen outside, and it ends with the test.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryPath } from "../e2e/installation.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { findTool } from "../vm/tool.ts";
import { type Ended, outcome } from "./outcome.ts";
import { seccompFile } from "./seccomp.ts";

/** A container that runs. */
export interface RunningContainer {
  readonly ended: Promise<Ended>;
  /** What it printed until now. */
  log(): string;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<Ended>;
}

/** Of a runtime specification what is changed here. */
export interface RootedSpec {
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly [field: string]: unknown;
}

/** A node. */
export interface TestNode extends AsyncDisposable {
  /** Where its "/" lies, in its own mount namespace and in ours (without what is mounted there). */
  readonly root: string;
  /** A folder for the test's own things. */
  readonly folder: string;
  /** The network namespace that its pods share. */
  readonly networkNamespace: string;
  /** Arguments of nsenter that lead into the network namespace alone. */
  readonly enterNetwork: readonly string[];
  /** Runs a program in the node's namespaces, as root, with our files. */
  run(...argv: readonly string[]): Promise<Ended>;
  /** Starts a container. The files of its image stay as they are: it has a layer of its own above them. */
  start(id: string, spec: RootedSpec): Promise<RunningContainer>;
  /** Runs a program beside a container's own, with the same rights. */
  exec(id: string, argv: readonly string[]): Promise<Ended>;
}

/** Why there can be none here, in words; undefined when there can. */
export function missingForNode(): string | undefined {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return "containers need root on Linux";
  const missing = ["runc", "unshare", "nsenter", "busybox", "ip"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0)
    return `not installed: ${missing.join(", ")} (Debian: apt-get install runc util-linux busybox-static iproute2)`;
  return existsSync(seccompFile)
    ? undefined
    : `there is no ${seccompFile} (Debian: apt-get install golang-github-containers-common)`;
}

/** $1 the node's root. Its last line is the node's PID 1, which lives as long as somebody holds its stdin. */
const setUp = `
set -e
root=$1
mount --bind "$root" "$root"
mount --make-rshared "$root"
mount --rbind /proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/urandom" c 1 9
mknod -m 644 "$root/dev/kmsg" c 1 11
ip link set lo up
echo ready
exec chroot "$root" /bin/busybox cat
`;

/** Makes one. */
export async function startTestNode(): Promise<TestNode> {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(await temporaryFolder());
  const root = join(folder, "node");
  await cp(repositoryPath("test/fixtures/hosts/bobcat"), root, { recursive: true, verbatimSymlinks: true, filter: isOfNode });
  for (const name of ["proc", "dev", "bin", "mnt/late"]) await mkdir(join(root, name), { recursive: true });
  await cp(findTool("busybox") ?? "", join(root, "bin/busybox"));

  const arguments_ = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--ipc"];
  const holder = spawn("unshare", [...arguments_, "sh", "-c", setUp, "sh", root], { stdio: ["pipe", "pipe", "inherit"] });
  parts.defer(() => endOf(holder));
  const pid = await readyPid(holder);
  const enter = ["--target", String(pid), "--mount", "--pid", "--net", "--ipc"];
  const state = join(folder, "runc");
  const running = new Map<string, ChildProcess>();
  let bundleCount = 0;
  const runc = (...argv: readonly string[]): Promise<Ended> =>
    outcome(spawn("nsenter", [...enter, "runc", "--root", state, ...argv]));
  parts.defer(async () => {
    for (const id of running.keys()) await runc("delete", "--force", id);
  });
  const lasting = parts.move();

  return {
    root,
    folder,
    networkNamespace: `/proc/1/ns/net`, // as seen from within
    enterNetwork: ["--target", String(pid), "--net"],
    run: (...argv) => outcome(spawn("nsenter", [...enter, ...argv])),
    exec: (id, argv) => runc("exec", id, ...argv),
    async start(id, spec) {
      const bundle = join(folder, "bundles", `${id}-${bundleCount++}`);
      const [upper, work, rootfs] = ["upper", "work", "rootfs"].map((name) => join(bundle, name));
      for (const path of [upper, work, rootfs]) await mkdir(path ?? "", { recursive: true });
      const layers = `lowerdir=${spec.root.path},upperdir=${upper},workdir=${work}`;
      const mounted = await outcome(
        spawn("nsenter", [...enter, "mount", "-t", "overlay", "-o", layers, "overlay", rootfs ?? ""]),
      );
      if (mounted.exitCode !== 0) throw new Error(`the image could not be mounted: ${mounted.stderr}`);
      await writeFile(join(bundle, "config.json"), JSON.stringify({ ...spec, root: { ...spec.root, path: rootfs } }));
      const child = spawn("nsenter", [...enter, "runc", "--root", state, "run", "--bundle", bundle, id], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      running.set(id, child);
      let log = "";
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
      const ended = outcome(child).finally(() => running.delete(id));
      return {
        ended,
        log: () => log,
        async stop() {
          await runc("kill", id, "TERM");
          return await ended;
        },
      };
    },
    [Symbol.asyncDispose]: () => lasting.disposeAsync(),
  };
}

/** The tree's own notes and what the kernel shows are left out: a node has its kernel for that. */
function isOfNode(path: string): boolean {
  return !/\/bobcat\/(?:\.nodekeeper|proc|dev|SOURCE\.md|expected-report\.json)(?:\/|$)/.test(path);
}

/** The PID, here, of the node's PID 1. */
async function readyPid(holder: ChildProcess): Promise<number> {
  if (holder.stdout === null) throw new Error("spawned with a pipe");
  for await (const line of createInterface(holder.stdout)) if (line === "ready") break;
  const children = await outcome(spawn("cat", [`/proc/${holder.pid}/task/${holder.pid}/children`]));
  const pid = Number(children.stdout.trim());
  if (!(pid > 0)) throw new Error("the node did not start");
  return pid;
}

async function endOf(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const exit = once(holder, "exit");
  holder.stdin?.end();
  await exit;
}
