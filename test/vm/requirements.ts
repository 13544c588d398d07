/** What this machine must have so that a guest can boot on it, and the reason, in words, why one cannot. */
import { guestKernel } from "./kernel.ts";
import { findTool } from "./tool.ts";

/** Each tool with the Debian package that brings it. */
const tools: Readonly<Record<string, string>> = {
  "qemu-system-x86_64": "qemu-system-x86",
  busybox: "busybox-static",
  cpio: "cpio",
  depmod: "kmod",
  modprobe: "kmod",
  mke2fs: "e2fsprogs",
  e2fsck: "e2fsprogs",
  debugfs: "e2fsprogs",
  smartctl: "smartmontools",
  setpriv: "util-linux",
};

let answer: Promise<string | undefined> | undefined;

/** Why no guest can boot here; undefined when one can. Looks once, and fetches the kernel where it is not in the cache. */
export function missingForGuests(): Promise<string | undefined> {
  answer ??= look();
  return answer;
}

async function look(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `a guest runs this machine's own Node, and is x86-64 Linux, while this is ${process.arch} ${process.platform}`;
  }
  const missing = Object.keys(tools).filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => tools[tool]))];
    return `not installed: ${missing.join(", ")} (Debian: apt-get install ${packages.join(" ")})`;
  }
  try {
    await guestKernel();
    return undefined;
  } catch (error) {
    return `no kernel for a guest: ${error instanceof Error ? error.message : String(error)}`;
  }
}
