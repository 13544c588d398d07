/** The kernel's log is flooded, and one line in the flood matters. */
import { dayMs, type Fault, hourMs, minuteMs } from "../fault.ts";

const linesPerSecond = 5_000;
const seconds = 5;
const noise = "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:6443. Sending cookies.";
const fault = "nvme0n1: Read(0x2) @ LBA 8224, 8 blocks, Unrecovered Read Error (sct 0x2 / sc 0x81) DNR";

export const kernelFlood: Fault = {
  name: "kernel-flood",
  title: "The kernel writes 5,000 lines a second for five seconds, and in the middle of it that a read failed",
  source: "node-problem-detector issues 1168, 1003 and 1004: its reader of kmsg dies of a flood, and nobody is told",
  machine: "neko",
  probes: ["kernel-log"],
  acts: [
    {
      what: `${linesPerSecond * seconds} lines, one of which is a fault`,
      async change(scene) {
        for (let line = 0; line < linesPerSecond * seconds; line += 1)
          scene.kernel(line === linesPerSecond ? fault : noise, line === linesPerSecond ? 3 : 6);
      },
    },
  ],
  comes: [{ rule: "kernel-fault", subject: "kernel_fault", severity: "high", text: /nvme0n1/, withinMs: 2 * minuteMs }],
  conditions: { DiskHealthy: "False" },
  mended: { what: "a day passes without another one" },
  overWithinMs: dayMs + 2 * hourMs,
};
