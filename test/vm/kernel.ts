/**
 * The guest's kernel: Debian's own package for amd64, downloaded by apt and unpacked, never installed.
 *
 * The kernel inside it is taken out of its compressed wrapper: under emulation the wrapper takes four seconds to unpack itself,
 * and QEMU starts the bare ELF file directly (PVH entry).
 */
import { spawn } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { cachedFolder, cachedFolders, contentKey } from "./cache.ts";
import { findTool, runTool } from "./tool.ts";

export interface GuestKernel {
  /** The package's name, which has the release in it. */
  readonly name: string;
  /** The kernel as an ELF file. */
  readonly image: string;
  /** Folder of the modules that a guest loads; sorted by name they are in an order in which they can be loaded. */
  readonly modules: string;
}

/** The Debian package that depends on the newest kernel of the distribution. */
const metaPackage = "linux-image-amd64";

/** Buses, the control channel, disks of all three kinds, network, ext4 with its checksum, and loop devices. */
const modules = [
  "virtio_pci",
  "virtio_console",
  "virtio_net",
  "virtio_blk",
  "nvme",
  "ahci",
  "sd_mod",
  "crc32c_generic",
  "ext4",
  "loop",
];

/** First bytes of an xz stream, which is how Debian compresses its amd64 kernel. */
const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** The kernel from the cache, or freshly from apt. Throws, in words, where neither has one. */
export async function guestKernel(): Promise<GuestKernel> {
  const modulesKey = await contentKey(modules, []);
  const cached = (await cachedFolders("kernel")).find((entry) => entry.endsWith(modulesKey));
  const folder = cached ?? (await fetchKernel(modulesKey));
  return { name: basename(folder), image: join(folder, "kernel"), modules: join(folder, "modules") };
}

async function fetchKernel(modulesKey: string): Promise<string> {
  const packageName = await newestKernelPackage();
  return await cachedFolder("kernel", `${packageName}-${modulesKey}`, async (folder) => {
    const unpacked = await mkdtemp(join(tmpdir(), "nodekeeper-kernel-"));
    try {
      await runTool("apt-get", ["download", "-q", packageName], { cwd: unpacked });
      await runTool("dpkg", ["-x", join(unpacked, await onlyName(unpacked)), unpacked]);
      const release = await onlyName(join(unpacked, "lib", "modules"));
      await unpackKernel(join(unpacked, "boot", `vmlinuz-${release}`), join(folder, "kernel"));
      await mkdir(join(folder, "modules"));
      for (const [index, path] of (await modulePaths(unpacked, release)).entries()) {
        await copyFile(path, join(folder, "modules", `${String(index).padStart(3, "0")}-${basename(path)}`));
      }
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
  });
}

async function newestKernelPackage(): Promise<string> {
  const depends = await runTool("apt-cache", ["depends", metaPackage]);
  const packageName = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (packageName === undefined) {
    throw new Error(`apt knows no ${metaPackage} (run apt-get update, on a Debian for amd64)`);
  }
  return packageName;
}

async function onlyName(folder: string): Promise<string> {
  const [name] = await readdir(folder);
  if (name === undefined) {
    throw new Error(`${folder} is empty`);
  }
  return name;
}

/** Files of the modules and all that they need, each once, in the order in which they can be loaded. */
async function modulePaths(root: string, release: string): Promise<readonly string[]> {
  await runTool("depmod", ["-b", root, release]);
  const listing = await runTool("modprobe", ["-d", root, "-S", release, "--show-depends", "-a", ...modules]);
  const paths = [...listing.matchAll(/^insmod (\S+)/gm)].map((match) => match[1]);
  return [...new Set(paths.filter((path) => path !== undefined))];
}

/** Writes the ELF file that is inside `compressed`; where the wrapper is another one, the file as it is, which boots slower. */
async function unpackKernel(compressed: string, target: string): Promise<void> {
  const start = (await readFile(compressed)).indexOf(xzMagic);
  const xz = findTool("xz");
  if (start >= 0 && xz !== undefined) {
    // More data follows the stream inside the wrapper, which is why xz is told to stop after one.
    const unpacker = spawn(xz, ["--decompress", "--single-stream", "--stdout"], { stdio: ["pipe", "pipe", "ignore"] });
    await Promise.all([
      pipeline(createReadStream(compressed, { start }), unpacker.stdin).catch(() => undefined), // xz closes its input at the stream's end
      pipeline(unpacker.stdout, createWriteStream(target)),
    ]);
    if ((await stat(target)).size > 0) {
      return;
    }
  }
  await copyFile(compressed, target);
}
