/**
 * Notices disks and filesystems that come and go. Sources: the names in /sys/block and /proc/1/mountinfo, both answered from memory.
 * Looking every few seconds is cheaper than a subscription to the kernel's events, which Node has no way to.
 *
 * On a node of Kubernetes mounts come and go with every container: only a change of the filesystems that are listed counts.
 */
import { runEvery } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { isDiskWithHealth } from "../probes/support/block/name-class.ts";
import { parseMountinfo } from "../probes/support/mounts/mountinfo.ts";
import { selectFilesystems } from "../probes/support/mounts/select-filesystems.ts";
import { defineWatcher, type Watcher, type WatcherContext } from "../watcher.ts";

/** What was seen at one look. */
interface View {
  readonly devices: ReadonlySet<string>;
  readonly mountinfo: string;
  readonly filesystems: ReadonlySet<string>;
}

const intervalMs = 5_000;
/** As much as the probe of disks takes. */
const maximumMountinfoBytes = 16 << 20;

/** The watcher. */
export const diskChanges: Watcher = defineWatcher({
  name: "disk-changes",
  title: "disks and filesystems that come and go",
  watch,
});

async function watch({ host, clock, trigger, signal }: WatcherContext): Promise<void> {
  let before: View | undefined;
  await runEvery({ clock, intervalMs: () => intervalMs, jitter: 0, random: () => 0, signal }, async () => {
    const now = await look(host, before);
    const reasons = before === undefined ? [] : changes(before, now);
    const hasNewDisk = before !== undefined && without(now.devices, before.devices).some(isDiskWithHealth);
    before = now;
    if (reasons.length > 0) trigger(hasNewDisk ? ["disks", "smart"] : ["disks"], reasons.join(", "));
  });
}

/** Mountinfo that did not change by a character is not interpreted again. */
async function look(host: Host, before: View | undefined): Promise<View> {
  const [names, mountinfo] = await Promise.all([
    host.list("/sys/block"),
    host.readText("/proc/1/mountinfo", { maximumBytes: maximumMountinfoBytes }),
  ]);
  const filesystems = before?.mountinfo === mountinfo ? before.filesystems : filesystemsOf(mountinfo);
  return { devices: new Set(names), mountinfo, filesystems };
}

function filesystemsOf(mountinfo: string): ReadonlySet<string> {
  const filesystems = selectFilesystems(parseMountinfo(mountinfo).mounts);
  return new Set(
    filesystems.map(({ mountPoint, dev, isReadOnly }) => `${mountPoint} of ${dev}${isReadOnly ? " read-only" : ""}`),
  );
}

/** Names of what came and went, for the log. */
function changes(before: View, now: View): readonly string[] {
  return [
    ...without(now.devices, before.devices).map((name) => `new device ${name}`),
    ...without(before.devices, now.devices).map((name) => `device ${name} is gone`),
    ...without(now.filesystems, before.filesystems).map((name) => `new mount ${name}`),
    ...without(before.filesystems, now.filesystems).map((name) => `mount ${name} is gone`),
  ];
}

function without(some: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return [...some].filter((each) => !others.has(each));
}
