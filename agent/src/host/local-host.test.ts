import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import type { Host } from "./host.ts";
import { createLocalHost } from "./local-host.ts";

interface Tree extends AsyncDisposable {
  readonly host: Host;
  readonly path: string;
}

/** A host whose root is a folder; texts become files, `{ link }` symbolic links with exactly that text. */
async function makeTree(entries: Readonly<Record<string, string | { readonly link: string }>>): Promise<Tree> {
  const folder = await createTempDirectory();
  const path = join(folder.path, "root");
  for (const [name, entry] of Object.entries(entries)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    if (typeof entry === "string") await writeFile(join(path, name), entry);
    else await symlink(entry.link, join(path, name));
  }
  await writeFile(join(folder.path, "outside"), "outside");
  return {
    host: createLocalHost({ root: path, clock: systemClock }),
    path,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("a file of records", () => {
  it("is taken whole where it fits, and by its last whole blocks where it does not", async () => {
    await using tree = await makeTree({ "/log": `${"abcdef".repeat(100)}xy` });
    const read = (maximumBytes: number): Promise<string> =>
      tree.host.readText("/log", { maximumBytes, blockBytes: 6, encoding: "latin1" });

    await expect(read(602)).resolves.toBe(`${"abcdef".repeat(100)}xy`);
    await expect(read(20)).resolves.toBe("abcdefabcdefxy");
    await expect(tree.host.readText("/log", { maximumBytes: 20 })).rejects.toMatchObject({ code: "HOST_FILE_TOO_LARGE" });
  });

  it("keeps every byte, and only what is asked to be kept", async () => {
    await using tree = await makeTree({ "/log": "" });
    await writeFile(join(tree.path, "log"), Buffer.from([0, 0x80, 0xff, 0xc3, 0x28]));

    const text = await tree.host.readText("/log", { encoding: "latin1", keep: (all) => all.slice(1) });

    expect([...Buffer.from(text, "latin1")]).toEqual([0x80, 0xff, 0xc3, 0x28]);
  });
});

describe("a file on a disk", () => {
  it("keeps the time at which it was read last", async ({ skip }) => {
    await using tree = await makeTree({ "/etc/os-release": "ID=debian\n", "/control": "read as anyone does" });
    const longAgo = new Date("2001-01-01");
    for (const name of ["/etc/os-release", "/control"]) await utimes(join(tree.path, name), longAgo, new Date());

    await tree.host.readText("/etc/os-release");
    readFileSync(join(tree.path, "/control"));

    const isKept = async (name: string): Promise<boolean> => (await stat(join(tree.path, name))).atimeMs === longAgo.getTime();
    if (await isKept("/control")) skip("the temporary directory is mounted with noatime");
    expect(await isKept("/etc/os-release")).toBe(true);
  });
});

describe("a local host under another root", () => {
  it("leads an absolute link into the root", async () => {
    await using tree = await makeTree({ "/var/run": { link: "/run" }, "/run/utmp": "inside" });

    await expect(tree.host.readText("/var/run/utmp")).resolves.toBe("inside");
    await expect(tree.host.list("/var/run")).resolves.toEqual(["utmp"]);
    await expect(tree.host.realPath("/var/run/utmp")).resolves.toBe("/run/utmp");
  });

  it.each(["/../outside", "/a/../../../outside", "/up/outside", "/up2", "/deep/er/up3/outside"])(
    "never leaves it by %s",
    async (path) => {
      await using tree = await makeTree({
        "/a/file": "",
        "/up": { link: "../../../../.." },
        "/up2": { link: "../outside" },
        "/deep/er/up3": { link: "/../../.." },
      });

      await expect(tree.host.readText(path)).rejects.toMatchObject({ code: "HOST_FILE_MISSING" });
    },
  );

  it("follows chains of relative links through folders", async () => {
    await using tree = await makeTree({
      "/sys/class/net/eth0": { link: "../../devices/pci/net/eth0" },
      "/sys/devices/pci/net/eth0/mtu": "1500\n",
      "/sys/devices/pci/net/eth0/device": { link: "../../../pci" },
    });

    await expect(tree.host.readText("/sys/class/net/eth0/mtu")).resolves.toBe("1500\n");
    await expect(tree.host.realPath("/sys/class/net/eth0/device")).resolves.toBe("/sys/devices/pci");
  });

  it("gives up on a circle of links", async () => {
    await using tree = await makeTree({ "/a": { link: "b" }, "/b": { link: "a" } });

    await expect(tree.host.readText("/a")).rejects.toMatchObject({
      code: "HOST_READ_FAILED",
      message: "cannot resolve /a: more than 40 links",
    });
  });

  it("says host paths in its messages, not where the root lies", async () => {
    await using tree = await makeTree({ "/etc/hostname": "x" });

    await expect(tree.host.readText("/etc/hostname/below")).rejects.toThrow(
      "cannot read /etc/hostname/below: not a directory (ENOTDIR)",
    );
    await expect(tree.host.list("/nowhere")).rejects.toThrow("cannot list /nowhere: no such file or directory (ENOENT)");
  });

  it("refuses what is larger than asked for, and reads what is just as large", async () => {
    await using tree = await makeTree({ "/big": "x".repeat(70_000) });

    await expect(tree.host.readText("/big", { maximumBytes: 69_999 })).rejects.toMatchObject({
      code: "HOST_FILE_TOO_LARGE",
      message: "cannot read /big: larger than 69999 bytes",
    });
    await expect(tree.host.readText("/big", { maximumBytes: 70_000 })).resolves.toHaveLength(70_000);
  });

  it("is not held by a FIFO in the place of a file", async () => {
    await using tree = await makeTree({ "/run/x": "" });
    execFileSync("mkfifo", [join(tree.path, "run/fifo")]);

    await expect(tree.host.readText("/run/fifo")).resolves.toBe("");
  });

  it("refuses to ask the library that looks only under /", async () => {
    await using tree = await makeTree({ "/x": "" });

    await expect(tree.host.battery()).rejects.toMatchObject({ code: "HOST_NOT_SUPPORTED" });
  });

  it.each([
    ["/no/such/root", "no such file or directory (ENOENT)"],
    ["/proc/version", "not a directory (ENOTDIR)"],
  ])("says so when its root cannot be one: %s", (root, reason) => {
    expect(() => createLocalHost({ root, clock: systemClock })).toThrow(
      `the host's root cannot be opened: cannot list ${root}: ${reason}; give the folder where the host's root filesystem lies`,
    );
  });
});

describe("this machine as a local host", () => {
  const host = createLocalHost({ root: "/", clock: systemClock });
  const refused = "/sys/devices/system/clocksource/clocksource0/unbind_clocksource";

  it.each(["/proc/1/net/route", "/proc/filesystems", "/proc/sys/kernel/osrelease", "/sys/class/net/lo/mtu", "/proc/version"])(
    "reads a file without size to its end: %s",
    async (path) => {
      await expect(host.readText(path)).resolves.toBe(readFileSync(path, "utf8"));
    },
  );

  it("tells a question that does not apply from a file that is not there", async () => {
    await expect(host.readText("/sys/class/net/lo/speed")).rejects.toMatchObject({
      code: "HOST_READ_FAILED",
      message: "cannot read /sys/class/net/lo/speed: invalid argument (EINVAL)",
      context: { errno: "EINVAL" },
    });
    await expect(host.readText("/sys/class/net/nope/speed")).rejects.toMatchObject({ code: "HOST_FILE_MISSING" });
  });

  it.skipIf(!existsSync(refused))("says when the kernel refuses", async () => {
    await expect(host.readText(refused)).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
  });

  it("measures a filesystem as df does, by itself and by a child", async () => {
    const [blocks = 0] = execFileSync("df", ["-B1", "--output=size", "/"], { encoding: "utf8" }).split("\n").slice(1).map(Number);

    const here = await host.statFilesystem("/");
    const byChild = await host.statRemoteFilesystem("/", { timeoutMs: 5_000, signal: new AbortController().signal });

    expect(here.sizeBytes).toBe(blocks);
    expect(byChild.sizeBytes).toBe(blocks);
    expect(byChild.inodesTotal).toBe(here.inodesTotal);
  });

  it("says the boot-time clock to ten milliseconds", async () => {
    const before = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;

    const { uptimeMs, wallMs } = await host.time();

    expect(uptimeMs).toBeGreaterThanOrEqual(Math.round(before));
    expect(uptimeMs).toBeLessThan(before + 1_000);
    expect(Math.abs(wallMs - Date.now())).toBeLessThan(1_000);
  });
});
