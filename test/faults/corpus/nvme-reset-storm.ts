/** The controller of an NVMe drive is reset again and again. */
import { dayMs, type Fault, hourMs, minuteMs, secondMs } from "../fault.ts";

const line = "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10";

export const nvmeResetStorm: Fault = {
  name: "nvme-reset-storm",
  title: "The controller of an NVMe drive is reset five times within two minutes, on a machine with good power",
  source: "raspberrypi/linux issue 6661; drivers/nvme/host/pci.c of Linux",
  machine: "neko",
  probes: ["kernel-log"],
  acts: [0, 20, 20, 40, 30].map((seconds) => ({
    what: line,
    afterMs: seconds * secondMs,
    change: async (scene) => scene.kernel(line),
  })),
  comes: [
    {
      rule: "kernel-fault",
      subject: "kernel_fault",
      severity: "medium",
      text: /did not answer and is reset/,
      withinMs: minuteMs,
    },
  ],
  mended: { what: "a day passes without another one" },
  overWithinMs: dayMs + 2 * hourMs,
};
