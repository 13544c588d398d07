/**
 * The guest's root filesystem: BusyBox, this machine's Node and smartctl with their libraries, on a read-only disk. On a disk and
 * not in the initramfs, because then only those pages of Node are read that are used, and the guest needs no memory for the rest.
 */
import { join } from "node:path";
import { cachedFolder, contentKey } from "./cache.ts";
import { createFilesImage } from "./ext4-image.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { findTool, runTool } from "./tool.ts";

/** Where a guest sees the files that it was started with. */
export const filesFolder = "/files";

/**
 * Sets the guest up, then answers the host, which sends one script a line, as "<number> <script in base64>", and gets
 * "<number> <exit code> =<stdout in base64> =<stderr in base64>". Disks are linked by serial number under /dev/serial. What is forwarded
 * to the guest's 127.0.0.1 comes from outside, which a kernel takes only with route_localnet.
 */
const init = `#!/bin/busybox sh
export PATH=/bin HOME=/tmp
for folder in /tmp /run /mnt /etc /var; do mount -t tmpfs tmpfs "$folder"; done
mkdir /dev/serial /dev/shm
mount -t tmpfs tmpfs /dev/shm
for disk in /sys/block/*; do
  for file in "$disk/serial" "$disk/device/serial"; do
    [ -r "$file" ] && ln -s "/dev/\${disk##*/}" "/dev/serial/$(tr -d ' ' <"$file")"
  done
done
[ -e /dev/serial/files ] && mount -t ext4 -o ro /dev/serial/files ${filesFolder}
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then
  echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet
  ip link set eth0 up
  ip address add 10.0.2.15/24 dev eth0
  ip route add default via 10.0.2.2
fi
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name")" = control ] && exec 3<>"/dev/\${port##*/}"
done
echo ready >&3
while read -r number script <&3; do
  echo "$script" | base64 -d >/run/script
  sh /run/script </dev/null >/run/stdout 2>/run/stderr 3>&-
  echo "$number $? =$(base64 -w0 /run/stdout) =$(base64 -w0 /run/stderr)" >&3
done
poweroff -f
`;

/** Path of the image, from the cache where the same programs went into one before. */
export async function guestSystemImage(): Promise<string> {
  const programs: Readonly<Record<string, string>> = {
    "/bin/busybox": findTool("busybox") ?? "",
    "/bin/node": process.execPath,
    "/bin/smartctl": findTool("smartctl") ?? "",
  };
  const libraries = new Set((await Promise.all(Object.values(programs).map(sharedLibraries))).flat());
  const key = await contentKey([init], [...Object.values(programs), ...libraries]);
  const entry = await cachedFolder("system", key, async (folder) => {
    const applets = (await runTool("busybox", ["--list"])).trim().split("\n");
    await createFilesImage(join(folder, "image"), {
      folders: ["/dev", "/proc", "/sys", "/tmp", "/run", "/mnt", "/etc", "/var", "/root", filesFolder],
      files: [
        ...Object.entries(programs).map(([guestPath, hostPath]) => ({ guestPath, hostPath })),
        ...[...libraries].map((path) => ({ guestPath: path, hostPath: path })),
      ],
      links: Object.fromEntries(applets.filter((applet) => applet !== "busybox").map((applet) => [`/bin/${applet}`, "busybox"])),
      scripts: { "/init": init },
    });
  });
  return join(entry, "image");
}
