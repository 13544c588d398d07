import { beforeEach, describe, expect, it } from "vitest";
import { longhorn } from "./longhorn.ts";
import { LonghornNode, release } from "./test-support/longhorn-node.ts";
import { factsAt, runOnce, runToPayload } from "./test-support/payload-view.ts";
import { denied } from "./test-support/tree-host.ts";

let host: LonghornNode;

beforeEach(() => {
  host = new LonghornNode();
});

describe("what Longhorn needs", () => {
  it("is all there on a node that is as it should be", async () => {
    const payload = await runToPayload(longhorn, host);

    const found = payload.subjects.map(({ id }) => [id, factsAt(payload, "longhorn_check", id)]);
    const info = "LONGHORN_CHECK_LEVEL_INFO";
    expect(found).toEqual([
      ["iscsid", { level: info, message: "iscsid runs" }],
      ["multipathd", { level: info, message: "multipathd does not run" }],
      ["open-iscsi", { level: info, message: "iscsiadm is installed" }],
      ["nfs-client", { level: info, message: "mount.nfs4 is installed" }],
      ["cryptsetup", { level: info, message: "cryptsetup is installed" }],
      ["dmsetup", { level: info, message: "dmsetup is installed" }],
      ["kernel", { level: info, message: `Linux ${release} is new enough` }],
      ["module-iscsi_tcp", { level: info, message: "iscsi_tcp is loaded" }],
      ["module-dm_crypt", { level: info, message: "dm_crypt is loaded" }],
      ["module-nfs", { level: info, message: "nfs is loaded" }],
      ["nfs-kernel", { level: info, message: "NFS 4 is supported" }],
      [
        "disk-folders",
        { level: info, message: "Longhorn keeps data in /mnt/longhorn", folders: ["/mnt/longhorn"], isLonghornHere: true },
      ],
    ]);
    expect(payload.lists).toMatchObject([
      { kind: "longhorn_check", isComplete: true },
      { kind: "longhorn_path", isComplete: true },
    ]);
    expect(host.texts.filter((text) => /s3cret|secret\.sock/.test(text))).toEqual([]);
  });

  it("is nobody's business where there is neither Longhorn nor K3s", async () => {
    host.remove("/var/lib/longhorn");
    expect(await runOnce(longhorn, host)).toBeUndefined();

    host.add("/var/lib/rancher/k3s", { "server/token": "" });
    expect(await host.check("iscsid")).toMatchObject({ message: "iscsid runs" });
    expect(await host.check("disk-folders")).toMatchObject({ isLonghornHere: false });
  });

  it("is not known where /var/lib cannot be looked into", async () => {
    host.entries.clear();
    host.entries.set("/var/lib", denied("/var/lib"));

    await expect(runOnce(longhorn, host)).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
  });

  it("lacks iscsid where neither the service nor its socket is there", async () => {
    host.remove("/sys/fs/cgroup/system.slice/iscsid.service");
    host.add("/sys/fs/cgroup/system.slice", { "cgroup.procs": "" });
    expect(await host.check("iscsid")).toEqual({
      level: "LONGHORN_CHECK_LEVEL_ERROR",
      message: "neither iscsid.service nor iscsid.socket runs",
      remedy: "systemctl enable --now iscsid",
    });

    host.add("/proc/1/net", { unix: "0: 2 0 10000 1 1 8 @ISCSIADM_ABSTRACT_NAMESPACE\n" });
    expect(await host.check("iscsid")).toMatchObject({ level: "LONGHORN_CHECK_LEVEL_INFO" });

    host.entries.set("/sys/fs/cgroup/system.slice", denied("/sys/fs/cgroup/system.slice"));
    host.add("/proc/1/net", { unix: "" });
    expect(await host.check("iscsid")).toMatch(/^HOST_PERMISSION_DENIED: /);
  });

  it.each([
    { name: "without a configuration", text: "", level: "WARN" },
    {
      name: "with a blacklist of SCSI disks",
      text: 'defaults {\n}\nblacklist {\n    devnode "^sd[a-z0-9]+"\n}\n',
      level: "INFO",
    },
    {
      name: "with Longhorn's vendor",
      text: 'blacklist {\n  device {\n    vendor "IET"\n    product "VIRTUAL-DISK"\n  }\n}\n',
      level: "INFO",
    },
    { name: "with a blacklist of others", text: 'blacklist {\n devnode "^nvme"\n}\n', level: "WARN" },
    { name: "with a blacklist of the first disk", text: 'blacklist {\n devnode "^sda$"\n}\n', level: "WARN" },
    { name: "with a comment", text: '# blacklist {\n# devnode "^sd"\n# }\n', level: "WARN" },
    { name: "with a pattern that is none", text: 'blacklist {\n devnode "[("\n}\n', level: "WARN" },
  ])("multipathd $name: $level", async ({ text, level }) => {
    host.add("/sys/fs/cgroup/system.slice/multipathd.service", { "cgroup.procs": "0\n" });
    host.add("/etc/multipath/conf.d", { "longhorn.conf": text });

    expect(await host.check("multipathd")).toMatchObject({ level: `LONGHORN_CHECK_LEVEL_${level}` });
  });

  it("warns of a socket that would start multipathd", async () => {
    host.add("/proc/1/net", { unix: "0: 2 0 10000 1 1 8 @/org/kernel/linux/storage/multipathd\n" });

    expect(await host.check("multipathd")).toMatchObject({
      level: "LONGHORN_CHECK_LEVEL_WARN",
      remedy: expect.stringContaining("blacklist {"),
    });
  });

  it.each([
    { os: "ID=debian\n", remedy: "apt install -y nfs-common" },
    { os: 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', remedy: "dnf install -y nfs-utils" },
    { os: 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', remedy: "zypper install -y nfs-client" },
    { os: "ID=arch\n", remedy: "pacman -S --noconfirm nfs-utils" },
    { os: "ID=talos\n", remedy: "Install the package that brings mount.nfs." },
  ])("says how to install what is missing: $remedy", async ({ os, remedy }) => {
    host.add("/etc", { "os-release": os });
    host.remove("/usr/sbin/mount.nfs4");

    expect(await host.check("nfs-client")).toMatchObject({ level: "LONGHORN_CHECK_LEVEL_ERROR", remedy });
    expect(await host.check("cryptsetup")).toMatchObject({ level: "LONGHORN_CHECK_LEVEL_INFO" });
  });

  it.each([
    ["6.12.47+rpt-rpi-2712", "INFO"],
    ["5.8", "INFO"],
    ["5.4.0-200-generic", "WARN"],
    ["4.19.0", "WARN"],
    ["5.15.0-94-generic", "WARN"],
    ["5.15.0-99-generic", "WARN"],
    ["5.15.0-100-generic", "INFO"],
    ["5.15.94", "INFO"],
    ["6.5.6-300.fc39.x86_64", "WARN"],
    ["6.5.7", "INFO"],
  ])("Linux %s: %s", async (name, level) => {
    host.add("/proc/sys/kernel", { osrelease: `${name}\n` });

    expect(await host.check("kernel")).toMatchObject({ level: `LONGHORN_CHECK_LEVEL_${level}` });
  });

  it("tells a module that is built in, there, or missing, from one of which nothing is known", async () => {
    host.add("/proc", { modules: "nfsx 1 0 - Live 0x0\n" });
    host.add(`/lib/modules/${release}`, {
      "modules.builtin": "kernel/fs/nfs/nfs.ko\n",
      "modules.dep": "kernel/drivers/scsi/iscsi_tcp.ko.zst: kernel/x.ko\nkernel/drivers/md/dm-crypt.ko:\n",
    });
    expect(await host.check("module-nfs")).toMatchObject({ message: "nfs is built into the kernel" });
    expect(await host.check("module-iscsi_tcp")).toMatchObject({ level: "LONGHORN_CHECK_LEVEL_INFO" });
    expect(await host.check("module-dm_crypt")).toMatchObject({
      level: "LONGHORN_CHECK_LEVEL_WARN",
      remedy: "modprobe dm_crypt && echo dm_crypt > /etc/modules-load.d/dm_crypt.conf",
    });

    host.add(`/lib/modules/${release}`, { "modules.dep": "kernel/drivers/md/dm-crypt.ko:\n" });
    expect(await host.check("module-iscsi_tcp")).toMatchObject({ level: "LONGHORN_CHECK_LEVEL_ERROR" });

    host.remove("/lib/modules");
    expect(await host.check("module-iscsi_tcp")).toMatch(/^HOST_FILE_MISSING: /);
  });

  it("supports NFS 4 by the kernel's configuration or by its module, and says where it does not", async () => {
    host.add("/proc", { modules: "iscsi_tcp 1 0\ndm_crypt 1 0\nnfs 1 0\n" });
    expect(await host.check("nfs-kernel")).toMatchObject({ message: "NFS 4 is supported" });

    host.add("/boot", { [`config-${release}`]: "# CONFIG_NFS_V4 is not set\n" });
    expect(await host.check("nfs-kernel")).toMatchObject({ level: "LONGHORN_CHECK_LEVEL_ERROR" });

    host.remove(`/boot/config-${release}`);
    host.add(`/lib/modules/${release}`, { "modules.builtin": "kernel/fs/nfs/nfsv4.ko\n" });
    expect(await host.check("nfs-kernel")).toMatchObject({ message: "NFS 4 is supported" });

    // All other modules are loaded, and this one only when it is needed.
    host.add(`/lib/modules/${release}`, {
      "modules.builtin": "kernel/fs/ext4/ext4.ko\n",
      "modules.dep": "kernel/fs/nfs/nfsv4.ko.xz: kernel/fs/nfs/nfs.ko.xz\n",
    });
    expect(await host.check("nfs-kernel")).toMatchObject({ message: "NFS 4 is supported" });
  });
});
