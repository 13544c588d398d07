import { describe, expect, it } from "vitest";
import { findIdentities } from "./find-identities.ts";
import type { IdentityKind } from "./identity-kind.ts";

function found(path: string, text: string): readonly string[] {
  return findIdentities([{ path, text }]).values.map(({ kind, value }) => `${kind}: ${value}`);
}

const mount = (rest: string): string => `58 28 0:44 / /mnt/x rw,relatime shared:31 - ${rest}\n`;

describe("findIdentities", () => {
  it.each<{ readonly path: string; readonly text: string; readonly kind: IdentityKind; readonly values: readonly string[] }>([
    { path: "/sys/class/nvme/nvme0/serial", text: "S4EMNX0R1  \n", kind: "serial numbers", values: ["S4EMNX0R1"] },
    {
      path: "/sys/block/sda/device/vpd_pg80",
      text: "\0\ufffd\0\u0014     WD-WX1234567\0",
      kind: "serial numbers",
      values: ["WD-WX1234567"],
    },
    {
      path: "/proc/cpuinfo",
      text: "Revision\t: c04170\nSerial\t\t: 1a2b3c4d5e6f7a8b\n",
      kind: "serial numbers",
      values: ["1a2b3c4d5e6f7a8b"],
    },
    {
      path: "/run/udev/data/b8:0",
      text: "E:ID_SERIAL=Disk_AB12345\nE:ID_SERIAL_SHORT=AB12345\n",
      kind: "serial numbers",
      values: ["AB12345"],
    },
    {
      path: "/etc/rancher/k3s/config.yaml",
      text: 'node-name:\n  - "bobcat"\nserver:\n  - "https://neko:6443"\n',
      kind: "host names",
      values: ["bobcat", "neko"],
    },
    {
      path: "/etc/systemd/system/k3s-agent.service",
      text: '[Service]\nEnvironment="K3S_URL=https://neko:6443"\nExecStart="k3s" "agent" "--node-name=bobcat"\n',
      kind: "host names",
      values: ["bobcat", "neko"],
    },
    {
      path: "/etc/fstab",
      text: "UUID=5f1c6a4e-0000-4000-8000-000000000001 / ext4 defaults\n",
      kind: "identifiers",
      values: ["5f1c6a4e-0000-4000-8000-000000000001"],
    },
    { path: "/run/udev/data/b254:0", text: "E:ID_SERIAL=overlay-77\n", kind: "serial numbers", values: ["overlay-77"] },
    { path: "command 01-smartctl", text: '{"serial_number": "ZA1B2C3D"}', kind: "serial numbers", values: ["ZA1B2C3D"] },
    { path: "/dev/kmsg", text: "6,1,2,-;usb 1-1: SerialNumber: 0123ABC777\n", kind: "serial numbers", values: ["0123ABC777"] },
    { path: "/sys/block/sda/device/wwid", text: "naa.5000c500a1b2c3d4\n", kind: "identifiers", values: ["5000c500a1b2c3d4"] },
    {
      path: "/sys/block/sda/device/wwid",
      text: "t10.ATA     Disk 4TB              WD-WX1234567\n",
      kind: "identifiers",
      values: ["WD-WX1234567"],
    },
    {
      path: "/run/udev/data/b8:1",
      text: "E:ID_FS_UUID=1A2B-3C4D\nE:ID_PART_ENTRY_UUID=0a1b2c3d-01\n",
      kind: "identifiers",
      values: ["1A2B-3C4D", "0a1b2c3d-01"],
    },
    {
      path: "command 01-smartctl",
      text: '{"wwn": {"naa": 5, "oui": 3152, "id": 2712847316}}',
      kind: "identifiers",
      values: ["2712847316"],
    },
    {
      path: "command 01-smartctl",
      text: '"Namespace 1 IEEE EUI-64:            002538 5b71b0b1d5",\n"Logical Unit id:      0x5000c500a1b2c3d4"',
      kind: "identifiers",
      values: ["002538 5b71b0b1d5", "5000c500a1b2c3d4"],
    },
    {
      path: "/run/udev/data/b8:16",
      text: "S:disk/by-path/ip-192.0.2.5:3260-iscsi-iqn.2005-10.org.cats.nas:disk1-lun-1\n",
      kind: "identifiers",
      values: ["org.cats.nas:disk1"],
    },
    {
      path: "/dev/kmsg",
      text: "4,1,2,-;[UFW BLOCK] IN=eth0 OUT= MAC=d8:3a:dd:01:23:45:e0:28:6d:0a:0b:0c:08:00 SRC=192.0.2.9\n",
      kind: "MAC addresses",
      values: ["d8:3a:dd:01:23:45:e0:28:6d:0a:0b:0c:08:00"],
    },
    {
      path: "/etc/machine-id",
      text: "4a3b2c1d4a3b2c1d4a3b2c1d4a3b2c1d\n",
      kind: "identifiers",
      values: ["4a3b2c1d4a3b2c1d4a3b2c1d4a3b2c1d"],
    },
    { path: "/sys/class/net/eth0/address", text: "d8:3a:dd:01:23:45\n", kind: "MAC addresses", values: ["d8:3a:dd:01:23:45"] },
    { path: "/proc/sys/kernel/hostname", text: "lynx.cats.example\n", kind: "host names", values: ["lynx.cats.example", "lynx"] },
    {
      path: "/etc/resolv.conf",
      text: "nameserver 192.0.2.1\nsearch cats.example lan tail77.ts.net\n",
      kind: "host names",
      values: ["cats.example", "cats", "tail77.ts.net", "tail77"],
    },
    {
      path: "/proc/1/mountinfo",
      text: mount("nfs4 storage:/export/media rw,addr=192.0.2.9"),
      kind: "host names",
      values: ["storage"],
    },
    {
      path: "/proc/1/mountinfo",
      text: mount("cifs //files.cats.example/share rw,username=alice"),
      kind: "user names",
      values: ["alice"],
    },
    { path: "/proc/1/mountinfo", text: mount("cifs //files/share rw"), kind: "host names", values: ["files"] },
    { path: "/proc/1/mountinfo", text: mount("fuse.sshfs alice@files:/home/alice rw"), kind: "user names", values: ["alice"] },
    {
      path: "/proc/1/mountinfo",
      text: mount("nfs4 192.0.2.9:/export/media rw"),
      kind: "mount sources",
      values: [":/export/media"],
    },
    {
      path: "/proc/1/mountinfo",
      text: mount("ceph 192.0.2.9:6789:/ rw,relatime,name=alice,secret=<hidden>"),
      kind: "user names",
      values: ["alice"],
    },
    { path: "names", text: "/home/alice/disk\n/run/media/bob/STICK", kind: "user names", values: ["alice", "bob"] },
  ])("finds $kind in $path", ({ path, text, kind, values }) => {
    expect(found(path, text).filter((each) => each.startsWith(`${kind}: `))).toEqual(values.map((value) => `${kind}: ${value}`));
  });

  it.each([
    { path: "/sys/class/dmi/id/product_serial", text: "To Be Filled By O.E.M.\n" },
    { path: "/sys/class/dmi/id/board_serial", text: "Default string\n" },
    { path: "/proc/sys/kernel/hostname", text: "raspberrypi\n" },
    { path: "/etc/resolv.conf", text: "search lan\nnameserver 192.0.2.1\noptions edns0 trust-ad\n" },
    { path: "/sys/class/net/lo/address", text: "00:00:00:00:00:00\n" },
    { path: "/run/udev/data/b8:1", text: "E:ID_PART_ENTRY_TYPE=0fc63daf-8483-4772-8e79-3d69d8477de4\n" },
    { path: "/proc/1/mountinfo", text: mount("ext4 /dev/sda1 rw") },
    { path: "/proc/1/mountinfo", text: mount("cgroup cgroup rw,xattr,name=systemd") },
    { path: "/proc/1/mountinfo", text: mount("overlay overlay rw,lowerdir=/var/lib/a:/var/lib/b") },
    { path: "/proc/1/net/if_inet6", text: "fd123456789a0000da3addfffe012345 02 40 00 00     eth0\n" },
  ])("leaves what says nothing of the machine: $text", ({ path, text }) => {
    expect(found(path, text)).toEqual([]);
  });
});
