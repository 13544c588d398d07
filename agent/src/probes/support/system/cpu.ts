/** Kind cpu: the processors together, their load and their time. */
import { type HostFiles, namesAt, requiredTextAt, textAt } from "../host-files.ts";
import { integerIn, malformed, numberIn } from "../malformed.ts";
import { printable } from "../printable.ts";
import { sectionOf } from "../section.ts";
import { armCoreName } from "./arm-cores.ts";
import type { SystemSection } from "./system-section.ts";

const cpuinfo = "/proc/cpuinfo";
const online = "/sys/devices/system/cpu/online";
const smtActive = "/sys/devices/system/cpu/smt/active";
const policies = "/sys/devices/system/cpu/cpufreq";

/** The section. */
export const cpu: SystemSection = {
  inventory: "cpu",
  folders: (isResting) => (isResting ? [] : [policies]),
  files: (_, isResting) => ["/proc/loadavg", "/proc/stat", online, ...(isResting ? [] : [cpuinfo, smtActive])],
  furtherFiles: (listed, isResting) => (isResting ? [] : frequencyFiles(listed)),
  parse: (files, isResting) => [
    sectionOf("cpu", "", () => ({
      value: isResting
        ? { logicalCount: textAt(files, online) === undefined ? undefined : logicalCountOf(files) }
        : {
            modelName: modelNameOf(requiredTextAt(files, cpuinfo)),
            logicalCount: logicalCountOf(files),
            coreCount: coreCountOf(files),
            maximumFrequencyHertz: maximumFrequencyOf(files),
          },
      samples: { ...loadsOf(files), ...timesOf(files) },
    })),
  ],
};

/** No processor runs at more than 100 GHz. */
const kilohertz = { minimum: 0, maximum: 100_000_000 };
/** More than the kernel can be built for. */
const maximumProcessors = 65_536;

/** USER_HZ: what the kernel counts CPU time in for programs, on every architecture that we know. */
const ticksPerSecond = 100;

const timeNames = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

/** x86 has a name; ARM has numbers, and may mix cores. */
function modelNameOf(text: string): string {
  const cores = [...text.matchAll(/^CPU implementer\s*:\s*(\S+)[\s\S]*?^CPU part\s*:\s*(\S+)/gm)];
  const named = cores.map(([, implementer = "", part = ""]) => armCoreName(implementer, part) ?? `ARM ${implementer}/${part}`);
  if (named.length > 0) return printable([...new Set(named)].sort().join(" + "));
  return printable((/^model name\s*:\s*(.*)$/m.exec(text)?.[1] ?? "").trim());
}

/** "0-3,6" are five. */
function logicalCountOf(files: HostFiles): number {
  const list = textAt(files, online)?.trim();
  if (list === undefined) return processorsIn(files);
  const ranges = list.split(",").map((range) => /^(\d+)(?:-(\d+))?$/.exec(range));
  return ranges.reduce((count, range) => {
    const [, first = "", last = first] = range ?? [];
    if (range === null || Number(last) < Number(first) || Number(last) >= maximumProcessors)
      throw malformed(online, "it is not a list of processors", list);
    return count + Number(last) - Number(first) + 1;
  }, 0);
}

function processorsIn(files: HostFiles): number {
  const count = [...requiredTextAt(files, cpuinfo).matchAll(/^processor\s*:/gm)].length;
  if (count === 0) throw malformed(cpuinfo, "it names no processor");
  return count;
}

/** On x86 each processor names its package and core. Elsewhere cores are known to be the processors where nothing runs two threads. */
function coreCountOf(files: HostFiles): number | undefined {
  const blocks = requiredTextAt(files, cpuinfo).split("\n\n");
  const cores = blocks.flatMap((block) => {
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    return core === undefined ? [] : [`${/^physical id\s*:\s*(\d+)/m.exec(block)?.[1] ?? "0"}/${core}`];
  });
  if (cores.length > 0) return new Set(cores).size;
  return textAt(files, smtActive)?.trim() === "0" ? logicalCountOf(files) : undefined;
}

function frequencyFiles(files: HostFiles): readonly string[] {
  const names = files.folders.get(policies);
  if (names?.outcome !== "ok") return [];
  return names.value.filter((name) => name.startsWith("policy")).map((name) => `${policies}/${name}/cpuinfo_max_freq`);
}

/** The kernel says kHz. Unset where nothing scales (virtual machines). */
function maximumFrequencyOf(files: HostFiles): bigint | undefined {
  namesAt(files, policies);
  const found = frequencyFiles(files).flatMap((path) => {
    const text = textAt(files, path);
    return text === undefined ? [] : [integerIn(path, "it", text.trim(), kilohertz)];
  });
  return found.length === 0 ? undefined : BigInt(Math.max(...found)) * 1000n;
}

function loadsOf(files: HostFiles): Readonly<Record<string, number>> {
  const words = requiredTextAt(files, "/proc/loadavg").split(" ");
  return {
    load_average_1m: numberIn("/proc/loadavg", "the first word", words[0]),
    load_average_5m: numberIn("/proc/loadavg", "the second word", words[1]),
    load_average_15m: numberIn("/proc/loadavg", "the third word", words[2]),
  };
}

function timesOf(files: HostFiles): Readonly<Record<string, number>> {
  const text = requiredTextAt(files, "/proc/stat");
  const ticks = /^cpu +(.*)$/m.exec(text)?.[1]?.trim().split(" ") ?? [];
  const times = timeNames.map((name, index) => {
    const value = numberIn("/proc/stat", `the ${name} time`, ticks[index]);
    return [`${name}_seconds_total`, value / ticksPerSecond] as const;
  });
  const switches = integerIn("/proc/stat", "ctxt", /^ctxt (.*)$/m.exec(text)?.[1]);
  return { ...Object.fromEntries(times), context_switches_total: switches };
}
