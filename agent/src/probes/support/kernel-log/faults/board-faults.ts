/** PCIe links, power and network ports. Source of the texts: drivers/pci, drivers/hwmon and net of Linux. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

/** These are not in Debian's kernel. */
const fieldReports = "field reports";
const raspberryDriver = "source of drivers/hwmon/raspberrypi-hwmon.c; not built into Debian's kernels";

/** What the board says. */
export const boardFaults: readonly FaultKind[] = [
  {
    code: "pcie-error-corrected",
    area: "pcie",
    severity: "notice",
    meaning: "A PCIe link made an error that was mended; very many mean a bad contact or too fast a link.",
    triggers: [],
    forms: [
      {
        pattern:
          /^[\w.-]{1,32} (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): (?:AER: )?PCIe Bus Error: severity=Correct(?:ed|able)/,
        format: "PCIe Bus Error: severity=%s, type=%s, (%s)",
        confirmed: debianKernel,
        example: "nvme 0000:01:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)",
        device: "0000:01:00.0",
      },
    ],
  },
  {
    code: "pcie-error-uncorrected",
    area: "pcie",
    severity: "fault",
    meaning: "A PCIe device lost data on its link.",
    triggers: ["disks", "smart"],
    forms: [
      {
        pattern:
          /^[\w.-]{1,32} (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): (?:AER: )?PCIe Bus Error: severity=Uncorrect/,
        format: "PCIe Bus Error: severity=%s, type=%s, (%s)",
        confirmed: debianKernel,
        example:
          "nvme 0000:01:00.0: AER: PCIe Bus Error: severity=Uncorrected (Fatal), type=Inaccessible, (Unregistered Agent ID)",
        device: "0000:01:00.0",
      },
      {
        pattern: /^pcieport (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): AER: device recovery failed/,
        format: "AER: device recovery failed",
        confirmed: debianKernel,
        example: "pcieport 0000:00:1c.4: AER: device recovery failed",
        device: "0000:00:1c.4",
      },
    ],
  },
  {
    code: "pcie-device-lost",
    area: "pcie",
    severity: "fault",
    meaning: "A PCIe device does not answer any more.",
    triggers: ["disks", "smart"],
    forms: [
      {
        pattern:
          /^[\w.-]{1,32} (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): Unable to change power state from \S+ to \S+, device inaccessible/,
        format: "Unable to change power state from %s to D0, device inaccessible",
        confirmed: debianKernel,
        example: "nvme 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible",
        device: "0000:01:00.0",
      },
      {
        pattern:
          /^[\w.-]{1,32} (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): can't change power state from \S+ to \S+ \([a-z ]{0,20}inaccessible\)/,
        format: "can't change power state from %s to D0 (config space inaccessible)",
        confirmed: fieldReports,
        example: "nvme 10000:0b:00.0: can't change power state from D3cold to D0 (config space inaccessible)",
        device: "10000:0b:00.0",
      },
    ],
  },
  {
    code: "pcie-containment",
    area: "pcie",
    severity: "warning",
    meaning: "A port switched off its link to keep an error from spreading.",
    triggers: ["disks", "smart"],
    forms: [
      {
        pattern: /^pcieport (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): DPC: containment event, status:0x/,
        format: "DPC: containment event, status:%#06x source:%#06x",
        confirmed: debianKernel,
        example: "pcieport 0000:00:01.1: DPC: containment event, status:0x1f01 source:0x0000",
        device: "0000:00:01.1",
      },
    ],
  },
  {
    code: "undervoltage",
    area: "power",
    severity: "warning",
    meaning:
      "The supply voltage of the board was too low (Raspberry Pi: under 4.63 V): a weak supply or cable, or too many devices.",
    triggers: ["sensors", "system", "raspberry-pi"],
    forms: [
      {
        pattern: /^(?:hwmon hwmon\d+|raspberrypi-firmware soc:firmware|rpi_firmware_get_throttled): Under-?voltage detected!/,
        format: "Undervoltage detected!",
        confirmed: raspberryDriver,
        example: "hwmon hwmon1: Undervoltage detected!",
        device: "",
      },
      {
        pattern: /^Under-voltage detected! \(0x/,
        format: "Under-voltage detected! (0x%08x)",
        confirmed: fieldReports,
        example: "Under-voltage detected! (0x00050005)",
        device: "",
      },
    ],
  },
  {
    code: "voltage-normalised",
    area: "power",
    severity: "notice",
    meaning: "The supply voltage of the board is well again.",
    triggers: ["sensors", "raspberry-pi"],
    forms: [
      {
        pattern: /^(?:(?:hwmon hwmon\d+|raspberrypi-firmware soc:firmware|rpi_firmware_get_throttled): )?Voltage normalised/,
        format: "Voltage normalised",
        confirmed: raspberryDriver,
        example: "hwmon hwmon1: Voltage normalised",
        device: "",
      },
    ],
  },
  {
    code: "network-transmit-timeout",
    area: "network",
    severity: "warning",
    meaning: "A network port sends nothing any more and is reset.",
    triggers: ["network"],
    forms: [
      {
        pattern:
          /^(?:NETDEV WATCHDOG: (?<device>[^\s()]{1,16}) \(|[\w.-]{1,32} [\w:.-]{1,40} (?<port>[^\s()]{1,16}): NETDEV WATCHDOG: )/,
        format: "NETDEV WATCHDOG: CPU: %d: transmit queue %u timed out %u ms",
        confirmed: debianKernel,
        example: "r8169 0000:02:00.0 enp2s0: NETDEV WATCHDOG: CPU: 2: transmit queue 0 timed out 5376 ms",
        device: "enp2s0",
      },
    ],
  },
];
