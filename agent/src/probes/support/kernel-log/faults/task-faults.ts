/** Tasks and processors that hang, and the kernel's own crashes. Source of the texts: kernel/, arch/ and drivers/thermal of Linux. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

/** What the kernel says of itself and of what runs on it. */
export const taskFaults: readonly FaultKind[] = [
  {
    code: "task-hung",
    area: "task",
    severity: "warning",
    meaning: "A task waits for minutes inside the kernel, mostly for a disk or a network filesystem.",
    triggers: ["disks", "system"],
    forms: [
      {
        pattern: /^INFO: task .{1,64} blocked (?:in I\/O wait )?for more than \d+ seconds\./,
        format: "INFO: task %s:%d blocked for more than %ld seconds.",
        confirmed: debianKernel,
        example: "INFO: task kworker/u8:2:1234 blocked for more than 120 seconds.",
        device: "",
      },
    ],
  },
  {
    code: "soft-lockup",
    area: "processor",
    severity: "warning",
    meaning: "A processor ran the kernel for many seconds without a pause.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^(?:NMI )?watchdog: BUG: soft lockup - CPU#\d+ stuck for \d+s!/,
        format: "watchdog: BUG: soft lockup - CPU#%d stuck for %us! [%s:%d]",
        confirmed: debianKernel,
        example: "watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [kworker/3:1:87]",
        device: "",
      },
    ],
  },
  {
    code: "hard-lockup",
    area: "processor",
    severity: "fault",
    meaning: "A processor does not even take interrupts any more.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^(?:NMI )?watchdog: (?:BUG: )?(?:Watchdog detected )?hard LOCKUP on cpu \d+/,
        format: "NMI watchdog: Watchdog detected hard LOCKUP on cpu %d",
        confirmed: debianKernel,
        example: "NMI watchdog: Watchdog detected hard LOCKUP on cpu 2",
        device: "",
      },
    ],
  },
  {
    code: "rcu-stall",
    area: "processor",
    severity: "warning",
    meaning:
      "A processor did not come to rest for many seconds; often the sign of a host that overcommits, or of a driver that hangs.",
    triggers: ["system"],
    forms: [
      {
        pattern: /^rcu: INFO: \S{1,40} (?:self-detected stall on CPU|detected (?:expedited )?stalls on CPUs\/tasks)/,
        format: "rcu: INFO: %s detected stalls on CPUs/tasks:",
        confirmed: debianKernel,
        example: "rcu: INFO: rcu_preempt self-detected stall on CPU",
        device: "",
      },
    ],
  },
  {
    code: "kernel-oops",
    area: "task",
    severity: "fault",
    meaning: "The kernel found itself in error and gave up what it was doing; from now on anything may hang.",
    triggers: ["system", "disks"],
    forms: [
      {
        pattern:
          /^(?:Oops|general protection|invalid opcode|divide error|stack segment|segment not present|double fault|int3|bounds|alignment check)[^[]{0,120}: [0-9a-f]{4,16} \[#\d+\]/,
        format: "%s: %04lx [#%d]%s%s%s%s%s",
        confirmed: debianKernel,
        example: "Oops: 0002 [#1] PREEMPT SMP NOPTI",
        device: "",
      },
      {
        pattern: /^Internal error: .{1,120} \[#\d+\]/,
        format: "Internal error: %s: %016lx [#%d] SMP",
        confirmed: "debian 6.1 for arm64",
        example: "Internal error: Oops: 0000000096000006 [#1] SMP",
        device: "",
      },
    ],
  },
  {
    code: "processor-throttled",
    area: "processor",
    severity: "warning",
    meaning: "The processor was too hot and runs slower.",
    triggers: ["sensors"],
    forms: [
      {
        pattern: /^(?:mce: )?CPU\d+: (?:Core|Package) temperature (?:is )?above threshold, cpu clock (?:is )?throttled/,
        format: "CPU%d: %s temperature is above threshold, cpu clock is throttled (total events = %lu)",
        confirmed: debianKernel,
        example: "mce: CPU3: Package temperature is above threshold, cpu clock is throttled (total events = 12)",
        device: "",
      },
    ],
  },
  {
    code: "critical-temperature",
    area: "processor",
    severity: "fault",
    meaning: "The machine is so hot that it switches itself off.",
    triggers: ["sensors"],
    forms: [
      {
        pattern: /^(?:thermal )?(?<device>[\w-]{1,64}): (?:[\w-]{1,64}: )?critical temperature reached/,
        format: "%s: critical temperature reached, shutting down",
        confirmed: debianKernel,
        example: "thermal thermal_zone0: cpu-thermal: critical temperature reached, shutting down",
        device: "thermal_zone0",
      },
    ],
  },
];
