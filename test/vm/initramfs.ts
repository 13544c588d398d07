/** The first thing the guest runs: BusyBox and the kernel modules for its devices, just enough to mount the system image. */

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { finished, pipeline } from "node:stream/promises";
import { cachedFolder, contentKey } from "./cache.ts";
import type { GuestKernel } from "./kernel.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { findTool } from "./tool.ts";

/** Loads the modules in order of dependence, mounts the system image (by its serial number) and goes on there. */
const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for module in /modules/*; do insmod "$module"; done
for disk in /sys/block/vd*; do
  [ "$(cat "$disk/serial")" = system ] && mount -t ext4 -o ro "/dev/\${disk##*/}" /system
done
mount --move /dev /system/dev
mount --move /proc /system/proc
mount --move /sys /system/sys
exec chroot /system /init
`;

/** Path of the initramfs for a kernel, from the cache where it was made before. */
export async function guestInitramfs(kernel: GuestKernel): Promise<string> {
  const busybox = findTool("busybox") ?? "";
  const files = [busybox, ...(await sharedLibraries(busybox))];
  const key = await contentKey([init, kernel.name], files);
  const entry = await cachedFolder("initramfs", key, async (folder) => {
    const root = await mkdtemp(join(tmpdir(), "nodekeeper-initramfs-"));
    try {
      await fill(root, kernel, busybox, files);
      await archive(root, join(folder, "initramfs"));
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
  return join(entry, "initramfs");
}

async function fill(root: string, kernel: GuestKernel, busybox: string, files: readonly string[]): Promise<void> {
  for (const folder of ["bin", "dev", "proc", "sys", "system"]) {
    await mkdir(join(root, folder));
  }
  for (const file of files) {
    const target = file === busybox ? "/bin/busybox" : file;
    await mkdir(dirname(join(root, target)), { recursive: true });
    await copyFile(file, join(root, target));
  }
  await writeFile(join(root, "init"), init, { mode: 0o755 });
  await cp(kernel.modules, join(root, "modules"), { recursive: true });
}

async function archive(root: string, target: string): Promise<void> {
  const names = await readdir(root, { recursive: true });
  const cpio = spawn(findTool("cpio") ?? "cpio", ["--create", "--format=newc", "--quiet"], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  cpio.stdin.end(`${names.toSorted().join("\n")}\n`);
  await Promise.all([pipeline(cpio.stdout, createWriteStream(target)), finished(cpio.stdin)]);
}
