/** The supply of a Raspberry Pi is too weak, and its NVMe drive looks as if it died: one cause, one finding that is told. */
import { dayMs, type Fault, hourMs, minuteMs, secondMs } from "../fault.ts";
import { calmPi, setVoltage } from "../parts/raspberry-pi.ts";

const reset = "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10";

export const piUnderVoltage: Fault = {
  name: "pi-under-voltage",
  title: "The supply of a Raspberry Pi 5 drops below 4.63 V, and its NVMe drive is reset three times",
  source: "geerlingguy/raspberry-pi-pcie-devices issue 570; raspberrypi/linux issues 6661 and 6195",
  machine: "bobcat",
  probes: ["raspberry-pi", "kernel-log"],
  prepare: calmPi,
  acts: [
    {
      what: "Undervoltage detected!, throttled=0x50005",
      async change(scene) {
        scene.kernel("hwmon hwmon3: Undervoltage detected!", 2);
        await setVoltage(scene, "low");
      },
    },
    ...[5, 20, 20].map((seconds) => ({
      what: reset,
      afterMs: seconds * secondMs,
      change: async (scene: Parameters<typeof setVoltage>[0]) => scene.kernel(reset),
    })),
  ],
  comes: [
    {
      ...{ rule: "raspberry-pi-power", subject: "raspberry_pi", severity: "high", withinMs: 2 * minuteMs },
      text: /NVMe drive dropped out 3 times: the power supply is the likely cause/,
    },
    {
      ...{ rule: "kernel-fault", subject: "kernel_fault", severity: "medium", withinMs: minuteMs },
      ...{ text: /is reset/, because: "raspberry-pi-power" },
    },
  ],
  mended: {
    what: "a better supply, and a restart; a week passes",
    change: (scene) => setVoltage(scene, "good"),
    agent: { kind: "returns", isNewBoot: true },
  },
  overWithinMs: dayMs + 4 * hourMs,
};
