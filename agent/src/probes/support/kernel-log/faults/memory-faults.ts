/** Memory and machine checks. Source of the texts: drivers/edac, arch/x86/kernel/cpu/mce, drivers/acpi/apei, mm of Linux. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

/** What memory and its watchers say. */
export const memoryFaults: readonly FaultKind[] = [
  {
    code: "memory-error-corrected",
    area: "memory",
    severity: "warning",
    meaning: "ECC memory mended an error; the same module again and again is about to fail.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^EDAC (?<device>MC\d+): \d+ CE /,
        format: "EDAC MC%d: %d CE %s%son %s (%s page:0x%lx offset:0x%lx grain:%ld syndrome:0x%lx%s%s)",
        confirmed: debianKernel,
        example:
          "EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 (channel:1 slot:0 page:0x1d8c7a offset:0x0 grain:32 syndrome:0x0)",
        device: "MC0",
      },
    ],
  },
  {
    code: "memory-error-uncorrected",
    area: "memory",
    severity: "fault",
    meaning: "ECC memory found an error that it could not mend: data was lost.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^EDAC (?<device>MC\d+): \d+ UE /,
        format: "EDAC MC%d: %d UE %s%son %s (%s page:0x%lx offset:0x%lx grain:%ld%s%s)",
        confirmed: debianKernel,
        example: "EDAC MC1: 1 UE memory read error on any memory (channel:0 slot:0 page:0x1f offset:0x0 grain:32)",
        device: "MC1",
      },
      {
        pattern: /^Memory failure: 0x[0-9a-f]+: (?:recovery action for|already hardware poisoned)/,
        format: "Memory failure: %#lx: recovery action for %s: %s",
        confirmed: debianKernel,
        example: "Memory failure: 0x1d8c7a: recovery action for dirty LRU page: Recovered",
        device: "",
      },
    ],
  },
  {
    code: "hardware-error-corrected",
    area: "processor",
    severity: "warning",
    meaning: "The processor or the firmware reports an error that was mended.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^\{\d+\}\[Hardware Error\]: event severity: (?:corrected|info)/,
        format: "%sevent severity: %s",
        confirmed: debianKernel,
        example: "{1}[Hardware Error]: event severity: corrected",
        device: "",
      },
      {
        pattern: /^mce: \[Hardware Error\]: Machine check events logged/,
        format: "mce: [Hardware Error]: Machine check events logged",
        confirmed: debianKernel,
        example: "mce: [Hardware Error]: Machine check events logged",
        device: "",
      },
    ],
  },
  {
    code: "hardware-error",
    area: "processor",
    severity: "fault",
    meaning: "The processor or the firmware reports an error that was not mended, of now or of before the last restart.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^\{\d+\}\[Hardware Error\]: event severity: (?:recoverable|fatal)/,
        format: "%sevent severity: %s",
        confirmed: debianKernel,
        example: "{2}[Hardware Error]: event severity: fatal",
        device: "",
      },
      {
        pattern: /^mce: \[Hardware Error\]: CPU \d+: Machine Check/,
        format: "mce: [Hardware Error]: CPU %d: Machine Check%s: %Lx Bank %d: %016Lx",
        confirmed: debianKernel,
        example: "mce: [Hardware Error]: CPU 12: Machine Check: 0 Bank 5: bea0000000000108",
        device: "",
      },
      {
        pattern: /^\[Hardware Error\]: Uncorrected, software (?:restartable|containable) error/,
        format: "Uncorrected, software restartable error.",
        confirmed: debianKernel,
        example: "[Hardware Error]: Uncorrected, software restartable error.",
        device: "",
      },
    ],
  },
  {
    code: "out-of-memory-kill",
    area: "memory",
    severity: "warning",
    meaning: "The machine ran out of memory and the kernel killed a process.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^(?:Out of memory(?: \(oom_kill_allocating_task\))?: )?Killed process \d+[ ,]/,
        format: "%s: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB, UID:%u",
        confirmed: debianKernel,
        example:
          "Out of memory: Killed process 4711 (ollama) total-vm:41203096kB, anon-rss:28113424kB, file-rss:0kB, shmem-rss:0kB, UID:998 pgtables:58212kB oom_score_adj:0",
        device: "",
      },
    ],
  },
  {
    code: "cgroup-out-of-memory-kill",
    area: "memory",
    severity: "notice",
    meaning: "A container or service reached its own limit of memory and lost a process.",
    triggers: [],
    forms: [
      {
        pattern: /^Memory cgroup out of memory(?: \(oom_kill_allocating_task\))?: Killed process \d+ \(/,
        format: "Memory cgroup out of memory",
        confirmed: debianKernel,
        example:
          "Memory cgroup out of memory: Killed process 2121 (python3) total-vm:1230000kB, anon-rss:520000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:936",
        device: "",
      },
    ],
  },
];
