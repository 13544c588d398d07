/** USB bridges that are known for trouble, each with where it was seen: one look here saves an evening. */

interface KnownBridge {
  /** Vendor and product id, as lsusb writes them. */
  readonly id: string;
  /** Chip and trouble, in a sentence for people. */
  readonly trouble: string;
  /** Where it was seen or is worked around. */
  readonly seenIn: string;
}

const knownBridges: readonly KnownBridge[] = [
  {
    id: "152d:0583",
    trouble:
      "JMicron JMS583: reading its self-test log resets the USB port half a minute later, some hang for two minutes under uas, and it may hold SATA or NVMe.",
    seenIn: "smartmontools issues 256, 496, 499, 580",
  },
  {
    id: "152d:0586",
    trouble: "JMicron JMS586: it may hold SATA or NVMe, and smartctl does not know by itself which.",
    seenIn: "smartmontools issue 617",
  },
  {
    id: "152d:0578",
    trouble: "JMicron JMS578: it fails writes that must bypass its cache (FUA), which Linux therefore does without.",
    seenIn: "Linux, drivers/usb/storage/unusual_uas.h",
  },
  {
    id: "152d:0567",
    trouble:
      "JMicron JMS567: it fails writes that must bypass its cache (FUA) and the question which commands it knows; Linux does without both.",
    seenIn: "Linux, drivers/usb/storage/unusual_uas.h",
  },
  {
    id: "152d:0539",
    trouble: "JMicron JMS539: it fails when asked which commands it knows, which Linux therefore does not.",
    seenIn: "Linux, drivers/usb/storage/unusual_uas.h",
  },
  {
    id: "0bda:9210",
    trouble: "Realtek RTL9210: disks behind it have dropped off under load, most of all on a Raspberry Pi, with uas and without.",
    seenIn: "raspberrypi/linux issues 4130, 7080",
  },
  {
    id: "174c:2362",
    trouble: "ASMedia ASM2362: smartctl reads the NVMe disk behind it only from version 7.3 on.",
    seenIn: "openmediavault issue 1467",
  },
  {
    id: "1b1c:1a20",
    trouble: "Corsair EX400U: reading its NVMe health under uas has reset the USB port.",
    seenIn: "smartmontools issue 490",
  },
  {
    id: "0984:0301",
    trouble: "Apricorn: with firmware 1.28 it answers uas with garbage; Linux uses usb-storage for it.",
    seenIn: "Linux, drivers/usb/storage/unusual_uas.h",
  },
  {
    id: "2109:0711",
    trouble: "VIA VL711: it fails ATA commands that are passed through under uas, so that SMART cannot be read.",
    seenIn: "Linux, drivers/usb/storage/unusual_uas.h",
  },
];

const byId: ReadonlyMap<string, string> = new Map(
  knownBridges.map(({ id, trouble, seenIn }) => [id, `${trouble} (${seenIn})`] as const),
);

/** What is known of a bridge, with its source; empty where nothing is. Ids are four hexadecimal digits each, in lower case. */
export function usbBridgeTrouble(vendorId: string, productId: string): string {
  return byId.get(`${vendorId}:${productId}`) ?? "";
}
