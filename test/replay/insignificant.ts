/**
 * Fields of a host's files that may change without any change of the report, each with the reason. Whatever is not listed here must be seen:
 * the mutation test fails for a field that a probe reads past.
 */

/** Some fields. What is left out means all. */
export interface Insignificant {
  readonly files: RegExp;
  /** Lines, as they stand in the file. */
  readonly lines?: RegExp;
  /** Words of a line, from 0. */
  readonly words?: readonly number[];
  /** What was done, e.g. "removed" or "rw → rwx". */
  readonly changes?: RegExp;
  readonly reason: string;
}

const otherReason = "a line that no fact or sample comes from";
/** Version of Go, and the commit: what changes the first line elsewhere is seen. */
const goAndCommit = /^(?:go|version|1\.24|1|24|9|b|5847677) → /;
/** proc_pid_stat(5): starttime is the 22nd field. */
const startTimeWord = 21;
const consistencyOnly = "read only to tell kinds apart, and this change tells the same kind";

/** All of them. */
export const insignificant: readonly Insignificant[] = [
  // The operating system.
  { files: /^\/(?:etc|usr\/lib)\/os-release$/, lines: /^(?!(?:ID|VERSION_ID|PRETTY_NAME)=)/, reason: otherReason },
  { files: /^\/etc\/os-release$/, changes: /^removed$/, reason: "it is a link; the file itself is then read in its place" },
  { files: /^\/proc\/uptime$/, words: [1], reason: "idle time of all processors; /proc/stat says it, too" },
  {
    files: /^\/proc\/sys\/kernel\/arch$/,
    changes: /^(?:emptied|removed)$/,
    reason: "before Linux 6.1 it is not there; the processors tell the same",
  },
  { files: /^\/etc\/hostname$/, reason: "the kernel's own word goes before" },
  { files: /\/available_clocksource$/, reason: "looked at for kvm-clock only, to tell kinds of virtual machines apart" },
  {
    files: /^\/run\/systemd\/container$/,
    changes: /^(?:emptied|removed)$/,
    reason: "other signs of a container may tell the same",
  },
  { files: /^\/\.dockerenv$/, reason: "/run/systemd/container goes before" },
  {
    files: /^\/sys\/class\/dmi\/id\/(?:board_vendor|bios_vendor)$/,
    reason: "stands in for an empty sys_vendor, and tells kinds of virtual machines apart",
  },

  {
    files: /^\/var\/log\/wtmp(?:\.1)?$/,
    changes: /→|^removed$/,
    reason: "words that tell no boot, records torn by a byte too many; empty it is as good as none",
  },

  { files: /^\/proc\/\d+\/comm$/, reason: "the name of a process that is no Ollama: of such nothing is kept" },

  // Processors and memory.
  {
    files: /^\/proc\/loadavg$/,
    words: [3, 4],
    reason: "running and last process; /proc/stat says the first, nobody needs the second",
  },
  { files: /^\/proc\/stat$/, lines: /^(?!cpu |ctxt |procs_)/, reason: otherReason },
  {
    files: /^\/proc\/stat$/,
    lines: /^cpu /,
    words: [9, 10],
    reason: "time of guests, which is counted in user and nice already",
  },
  {
    files: /^\/proc\/cpuinfo$/,
    lines: /^(?!model name|physical id|core id|processor|CPU implementer|CPU part|flags|CPU architecture)/,
    reason: otherReason,
  },
  { files: /^\/proc\/cpuinfo$/, lines: /^processor/, reason: "/sys/devices/system/cpu/online says how many there are" },
  {
    files: /^\/proc\/cpuinfo$/,
    lines: /^(?:physical id|core id|model name|CPU architecture)/,
    reason: "the other processors say the same, or the kernel says it elsewhere",
  },
  {
    files: /^\/proc\/cpuinfo$/,
    lines: /^flags/,
    reason: "two of them are looked at, and only where the kernel does not say it itself",
  },
  {
    files: /^\/proc\/cpuinfo$/,
    lines: /^CPU (?:implementer|part)/,
    words: [0, 1],
    reason: "without its name the line is not there; the other processors say the same",
  },
  { files: /^\/sys\/devices\/system\/cpu\/online$/, changes: /^removed$/, reason: "/proc/cpuinfo counts the same" },
  { files: /^\/sys\/devices\/system\/cpu\/smt\/active$/, reason: "asked for only where the processors do not name their cores" },
  { files: /\/cpuinfo_max_freq$/, reason: "the highest of all counts; the other processors may say the same" },
  {
    files: /^\/proc\/meminfo$/,
    lines: /^(?!(?:MemTotal|MemFree|MemAvailable|Buffers|Cached|SwapTotal|SwapFree|Dirty):)/,
    reason: otherReason,
  },
  { files: /^\/proc\/vmstat$/, lines: /^(?!oom_kill )/, reason: otherReason },
  { files: /\/devicetree\/base\/compatible$/, reason: "only the vendor before the first comma is told" },

  // The network.
  {
    files: /^\/proc\/1\/net\/dev$/,
    words: [5, 6, 7, 8, 13, 14, 15, 16],
    lines: /^ *[^|]+:/,
    reason: "kinds of errors that are counted in errs already",
  },
  {
    files: /^\/proc\/1\/net\/dev$/,
    lines: /^ *(?:veth|cali|lxc)/,
    reason: "an interface of a container network: counted, not listed",
  },
  { files: /^\/proc\/1\/net\/route$/, words: [4, 5, 8, 9, 10], reason: "use counts, and limits of packets of one route" },
  { files: /^\/proc\/1\/net\/route$/, words: [6], reason: "metrics only say which of two default routes goes before" },
  {
    files: /^\/proc\/1\/net\/route$/,
    lines: /^Iface/,
    words: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    changes: /^(?:MTU|Window|IRTT) /,
    reason: "columns that are not read",
  },
  {
    files: /^\/proc\/1\/net\/route$/,
    lines: /^\S+\t00000000\t/,
    words: [1],
    reason: "a mask of no bits leaves nothing of the destination",
  },
  {
    files: /^\/proc\/1\/net\/route$/,
    lines: /^\S+\t\S+\t00000000\t/,
    words: [2],
    reason: "without the flag of a gateway the gateway means nothing",
  },
  {
    files: /^\/proc\/1\/net\/route$/,
    lines: /^\S+\t(?!00000000)\S+\t(?!00000000)/,
    reason: "a route by a gateway that is not the default one",
  },
  { files: /^\/proc\/1\/net\/ipv6_route$/, lines: /^(?!0{32} 00 )/, reason: "a route that is not a default one" },
  {
    files: /^\/proc\/1\/net\/ipv6_route$/,
    lines: /^0{32} 00 /,
    words: [0, 2, 3, 5, 6, 7],
    reason: "the parts of a default route besides gateway and interface",
  },
  { files: /^\/proc\/1\/net\/ipv6_route$/, lines: / lo$/, reason: "what is refused where there is no default route" },
  { files: /^\/proc\/1\/net\/if_inet6$/, words: [1, 3, 4], reason: "number of the interface, scope and flags: the name is told" },
  {
    files: /^\/proc\/1\/net\/fib_trie$/,
    lines: /^ *\+--|universe|UNICAST|BROADCAST|^(?:Main|Local):$|\/8 host LOCAL/,
    reason: "inner nodes and routes; own addresses are leaves",
  },
  {
    files: /^\/proc\/1\/net\/fib_trie$/,
    lines: /\|--|\/32 host LOCAL/,
    reason: "a leaf of another kind, one that stands in both tables, or an address in no network on a link",
  },
  { files: /^\/etc\/resolv\.conf$/, lines: /^(?!nameserver )/, reason: otherReason },
  { files: /^\/sys\/class\/net\/[^/]+\/(?:address)$/, changes: /^emptied$/, reason: "loopback and tunnels have none to tell" },
  { files: /^\/sys\/class\/net\/[^/]+\/uevent$/, lines: /^IFINDEX=/, reason: otherReason },
  { files: /^\/sys\/class\/net\/[^/]+\/type$/, changes: /→/, reason: consistencyOnly },
  { files: /^\/sys\/class\/net\/[^/]+\/device\/uevent$/, lines: /^(?!DRIVER=)/, reason: otherReason },
  { files: /^\/sys\/class\/net\/[^/]+\/flags$/, reason: "looked at where the state does not say it, and for one bit" },
  { files: /^\/run\/flannel\/subnet\.env$/, lines: /^(?!FLANNEL_(?:NETWORK|SUBNET|MTU)=)/, reason: otherReason },
  { files: /^\/sys\/class\/net\/[^/]+\/(?:speed|duplex)$/, reason: "the words for no link, and their lack, mean the same" },

  // Disks.
  { files: /^\/run\/udev\/data\//, reason: "asked for what sysfs cuts off or leaves out, and says the same otherwise" },
  { files: /^\/sys\/block\/[^/]+\/dev$/, reason: "leads to what udev says, and to filesystems that name the device themselves" },
  {
    files: /^\/sys\/block\/[^/]+\/stat$/,
    words: [1, 5, 10, 12, 13, 14, 15, 16],
    reason: "merges, weighted time, and the rest of discards and flushes",
  },
  {
    files: /^\/sys\/block\/[^/]+\/(?:nsid|device\/(?:vpd_pg80|wwid))$/,
    reason: "a part of the identity only where the disk has no better one",
  },
  {
    files: /^\/sys\/block\/[^/]+\/device\/(?:model|serial|vendor|rev)$/,
    changes: /^(?:emptied|removed)$/,
    reason: "udev says the same",
  },
  {
    files: /^\/sys\/class\/nvme\/[^/]+\/transport$/,
    changes: /^(?:emptied|removed)$/,
    reason: "PCIe is what controllers have whose driver says nothing",
  },
  {
    files: /^\/sys\/devices\/.*\/aer_dev_(?:correctable|nonfatal|fatal)$/,
    lines: /^(?!TOTAL_ERR_)/,
    reason: "kinds of errors that are counted in the total already",
  },
  { files: /\/(?:current|max)_link_speed$/, words: [2], reason: "the word PCIe behind the number and its unit" },
  {
    files: /\/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d\/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d\/max_link_(?:speed|width)$/,
    changes: /→/,
    reason: "the function can more than the port above it, whose word then counts",
  },
  {
    files: /\/power\/runtime_status$/,
    changes: /^removed$/,
    reason: "a kernel without power management says nothing: then nothing sleeps",
  },
  { files: /^\/proc\/partitions$/, reason: "spares a look into slots that hold nothing (loop, nbd); their sizes say the same" },
  { files: /^\/proc\/1\/mountinfo$/, words: [0, 1], reason: "numbers of mounts, by which one may hide another" },
  {
    files: /^\/proc\/1\/mountinfo$/,
    lines:
      / - (?:proc|sysfs|devtmpfs|tmpfs|devpts|cgroup2?|mqueue|securityfs|debugfs|tracefs|bpf|pstore|hugetlbfs|configfs|fusectl|efivarfs|ramfs|autofs|binfmt_misc|squashfs|overlay|nsfs) /,
    reason: "no storage: interfaces of the kernel, memory, images and views",
  },
  {
    files: /^\/proc\/1\/mountinfo$/,
    lines: / - nfs4 /,
    words: [2, 5, 6, 7, 8, 9, 10, 11],
    reason: "a mount that does not answer shows only where it is",
  },
  {
    files: /^\/proc\/1\/mountinfo$/,
    lines: /^(?:\S+ ){6}- /,
    words: [5, 9],
    reason: "options besides ro, of the mount and of the filesystem",
  },
  {
    files: /^\/proc\/1\/mountinfo$/,
    lines: /^(?:\S+ ){7}- /,
    words: [5, 6, 10],
    reason: "options besides ro, of the mount and of the filesystem, and how mounts spread",
  },
  {
    files: /^\/proc\/1\/mountinfo$/,
    lines: /^\S+ \S+ \S+ \/\S/,
    reason: "a folder of a filesystem that is mounted a second time elsewhere: the filesystem is told where it is mounted whole",
  },
  { files: /^usage /, lines: /^inodesFree$/, changes: /^0 → 1$/, reason: "a filesystem without a table of inodes says 0 of 0" },
  {
    files: /^smartctl /,
    lines:
      /"(?:json_format_version|version|exit_status|name|info_name|type|nvme_total_capacity|value|nvme|smartctl|device)"|^ +[[\]{}\d,]+$|^ *\d/,
    reason: "what smartctl says of itself, and of the device again",
  },
  {
    files: /^smartctl /,
    lines: /"nsid"|"current_self_test_operation"|"No self-test in progress"|"Short"/,
    reason: "the namespace of a test, that none runs, and a word that begins with the test's kind",
  },
  {
    files: /^smartctl /,
    lines: /"(?:temperature|current|power_cycle_count|power_on_time|hours)"/,
    reason: "said twice, in the log and in common; either stands in for the other",
  },

  // GPUs and the external connector of a Raspberry Pi.
  {
    files: /^\/sys\/(?:bus\/pci\/)?devices\/.*\/(?:class|vendor)$/,
    reason: "tells screens, bridges and what is on the board from the rest; the rest is told by what its drivers made of it",
  },
  {
    files: /^\/boot\/firmware\/config\.txt$/,
    lines: /^(?!dtparam=pciex1)/,
    reason: "other settings, other boards, and comments",
  },
  { files: /\/cooling_device\d+\/type$/, changes: /^(?:pwm|fan) → /, reason: "a fan is told by the word fan in it" },
  { files: /^pi-firmware/, lines: /^throttled=/, changes: /→ 50001$/, reason: "the kernel's driver says it more often" },
  { files: /^pi-firmware/, lines: /^EXT5V_V/, words: [1], changes: /^24 → /, reason: "number of the converter's channel" },
  {
    files: /^\/sys\/fs\/cgroup\/cgroup\.controllers$/,
    lines: /^/,
    words: [0, 1, 2, 4],
    reason: "of the controllers the one of memory is looked for",
  },

  // K3s, containerd and Longhorn.
  {
    files: /^\/proc\/\d+\/stat$/,
    lines: /^/,
    words: [...Array(60).keys()].filter((word) => word !== startTimeWord),
    reason: "of a process of K3s only the start is told",
  },
  {
    files: /^\/etc\/systemd\/system\/k3s-agent\.service$/,
    lines: /^ExecStart=/,
    words: [0, 1],
    reason: "where the program lies, and its role, which the unit's name says, too",
  },
  { files: /^k3s --version$/, lines: /^go version|^k3s version/, words: [0, 1, 2, 3], changes: goAndCommit, reason: otherReason },
  { files: /^containerd --version$/, words: [1], reason: "the module that it was built from" },
  {
    files: /\/containerd\/config\.toml$/,
    reason: "only runtimes for GPUs are told, and a folder that K3s did not make says that it is none of its",
  },
  { files: /^\/etc\/fstab$/, lines: /^(?:PARTUUID=|proc )/, reason: "filesystems that are none of Longhorn's" },
  {
    files: /^\/proc\/\d+\/stat$/,
    lines: /^\d+ \(containerd\)/,
    reason: "a process that K3s started: of those only that they run is told",
  },
  { files: /^\/proc\/1\/auxv$/, reason: "words other than the size of a page", changes: /^d → / },
  { files: /^\/etc\/fstab$/, lines: /^UUID=/, words: [2, 3], reason: "type and options" },
  { files: /\/longhorn-disk\.cfg$/, reason: "where its disk is not mounted, that it is there is all that matters" },
  { files: /^\/proc\/modules$/, words: [1, 2, 3, 4, 5], reason: "size, users and state of a module" },
  { files: /^\/lib\/modules\/[^/]+\/modules\.(?:builtin|dep)$/, reason: "looked at for modules that are not loaded" },

  // Sensors.
  {
    files: /\/temp\d+_(?:max|crit)$/,
    changes: /→|^removed$/,
    reason: "where it stands for no limit, any such number and none at all mean the same",
  },
];

/** Why a change of a field need not be seen; undefined where it must. */
export function whyInsignificant(field: {
  readonly file: string;
  readonly line: string;
  readonly word: number;
  readonly change: string;
}): string | undefined {
  const found = insignificant.find(
    ({ files, lines, words, changes }) =>
      files.test(field.file) &&
      (lines === undefined || (field.word >= 0 && lines.test(field.line))) &&
      (words === undefined || words.includes(field.word)) &&
      (changes === undefined || changes.test(field.change)),
  );
  return found?.reason;
}
