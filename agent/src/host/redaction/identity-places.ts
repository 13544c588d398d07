/** Where a host's files and programs say who it is: each place as data. What is found there is replaced wherever else it turns up. */
import type { IdentityPlace } from "./identity-place.ts";
import { servicePlaces } from "./service-places.ts";

const anywhere = /(?:)/;
const mounts = /\/mountinfo$/;
const udev = /\/udev\/data\//;

/** All of them. */
export const identityPlaces: readonly IdentityPlace[] = [
  // Serial numbers.
  {
    kind: "serial numbers",
    files: /\/(?:serial|serial_number|serial-number|(?:product|board|chassis)_serial)$/,
    pattern: /^[\s\0]*(?:0x)?(?<value>[^\s\0](?:[\s\S]*[^\s\0])?)[\s\0]*$/g,
  },
  { kind: "serial numbers", files: /\/vpd_pg80$/, pattern: /^[\s\S]{4}[\s\0]*(?<value>[^\s\0](?:[\s\S]*[^\s\0])?)[\s\0]*$/g },
  { kind: "serial numbers", files: /\/cpuinfo$/, pattern: /^Serial\s*:\s*(?<value>\w+)/gm, alphabet: "hexadecimal" },
  { kind: "serial numbers", files: udev, pattern: /^E:(?:ID_SCSI_SERIAL|ID_(?:USB_)?SERIAL_SHORT)=(?<value>.+)$/gm },
  { kind: "serial numbers", files: udev, pattern: /^(?![\s\S]*^E:ID_SERIAL_SHORT=)[\s\S]*?^E:ID_SERIAL=(?<value>.+)$/gm },
  { kind: "serial numbers", files: anywhere, pattern: /"(?:scsi_)?serial_number"\s*:\s*"\s*(?<value>[^"]*[^"\s])\s*"/g },
  { kind: "serial numbers", files: anywhere, pattern: /\bSerialNumber: (?<value>\S+)/g },

  // Identifiers.
  { kind: "identifiers", files: /\/wwid$/, pattern: /^nvme\.[0-9a-f]{4}-(?<value>[0-9a-f]+)-/gi, alphabet: "hexadecimal" },
  { kind: "identifiers", files: /\/wwid$/, pattern: /^t10\.[\s\S]*?(?<value>[^\s\0]+)[\s\0]*$/g },
  {
    kind: "identifiers",
    files: anywhere,
    pattern: /(?:\b(?:eui|naa)\.|\bwwn-0x|\b(?:ID_WWN|ID_WWN_WITH_EXTENSION)=0x)(?<value>[0-9a-f]{16,32})/gi,
    alphabet: "hexadecimal",
  },
  {
    kind: "identifiers",
    files: /\/(?:eui|nguid|uuid|unique_id|cid|product_uuid)$/,
    pattern: /^\s*(?<value>\S(?:[\s\S]*\S)?)\s*$/g,
    alphabet: "hexadecimal",
  },
  {
    kind: "identifiers",
    files: udev,
    pattern: /^E:(?:ID_FS_UUID|ID_FS_UUID_SUB|ID_PART_ENTRY_UUID|ID_PART_TABLE_UUID|MD_UUID)=(?<value>.+)$/gm,
    alphabet: "hexadecimal",
  },
  { kind: "identifiers", files: anywhere, pattern: /\bLVM-(?<value>[A-Za-z0-9]{64})/g },
  { kind: "identifiers", files: anywhere, pattern: /\bPARTUUID=(?<value>[0-9a-f]{8}-[0-9a-f]{2})/gi, alphabet: "hexadecimal" },
  { kind: "identifiers", files: anywhere, pattern: /"logical_unit_id"\s*:\s*"0x(?<value>[0-9a-f]+)"/gi, alphabet: "hexadecimal" },
  {
    kind: "identifiers",
    files: anywhere,
    pattern: /\b(?:IEEE EUI-64:|LU WWN Device Id:|Logical Unit id:\s+0x)\s*(?<value>[0-9a-f]+(?: [0-9a-f]+){0,2})/gi,
    alphabet: "hexadecimal",
  },
  {
    kind: "identifiers",
    files: anywhere,
    pattern: /\biqn\.\d{4}-\d{2}\.(?!io\.longhorn:)(?<value>[\w.:-]+?)(?=-lun-\d|[^\w.:-]|$)/g,
  },
  { kind: "identifiers", files: anywhere, pattern: /"(?:wwn|eui64)"\s*:\s*\{[^}]*?"(?:id|ext_id)"\s*:\s*(?<value>[0-9]{4,})/g },

  // Names.
  { kind: "host names", files: /\/(?:hostname|domainname)$/, pattern: /^\s*(?<value>[A-Za-z0-9][\w.-]*)\s*$/g, isWord: true },
  { kind: "host names", files: /\/kmsg$/, pattern: /\bHostname set to <(?<value>[^>\s]+)>/g, isWord: true },
  {
    kind: "host names",
    files: /\/resolv\.conf$/,
    pattern:
      /(?:^|(?<=^[ \t]*(?:search|domain)[^\n]*[ \t]))(?!search|domain|nameserver|options|sortlist|#|;)(?<value>[A-Za-z0-9][\w-]*(?:\.[\w-]+)*)(?=[ \t]|\n|$)/gm,
    isWord: true,
  },
  {
    kind: "host names",
    files: mounts,
    pattern: / - \S+ (?:\/\/)?(?:[^\s@/]+@)?(?<value>[A-Za-z][\w.-]*)(?::\/|(?<=\/\/\S+)\/)/g,
    isWord: true,
  },
  { kind: "user names", files: anywhere, pattern: /\/(?:home|Users|run\/media)\/(?<value>[A-Za-z_][\w.-]*)/g, isWord: true },
  { kind: "user names", files: mounts, pattern: /[, ](?:username|user|domain)=(?<value>[^,\s]+)/g, isWord: true },
  { kind: "user names", files: mounts, pattern: / - ceph \S+ (?:\S*,)?name=(?<value>[^,\s]+)/g, isWord: true },
  { kind: "user names", files: mounts, pattern: / - \S+ (?<value>[\w.-]+)@[^\s/]+:/g, isWord: true },
  { kind: "mount sources", files: mounts, pattern: / - \S+ (?:[^/\s]+(?=:\/)|\/\/[^/\s]+(?=\/))(?<value>:?\/\S+)/g },
  ...servicePlaces,
];

/** GUIDs that say what kind of thing a partition is, the same on every machine. */
export const kindsOfPartitions: RegExp = /^E:ID_PART_ENTRY_TYPE=(?<value>\S+)$/gm;

/** Names that say nothing of whose machine it is: defaults of systems, and words for kinds of machines. */
const commonNames: ReadonlySet<string> = new Set(
  (
    "localhost localdomain local lan home internal intranet domain example debian ubuntu raspberrypi raspbian fedora arch archlinux " +
    "alpine centos rocky almalinux opensuse nixos kali mint linux root pi admin user users guest node host server nas vm docker k3s " +
    "kubernetes disk nvme data media system kernel cpu net none unknown gpu desktop laptop phone server router nobody tagged-devices"
  ).split(" "),
);
/** What makers write where a serial number should be. */
const placeholder =
  /^(?:none|n\/?a|unknown|default string|not (?:specified|available|applicable)|to be filled by o\.?e\.?m\.?|system serial number|[0x. -]*|0?123456789(?:0|abcdef)?|(.)\1+)$/i;

/** True for a value that is the same on many machines. */
export function saysNothing(value: string, isWord: boolean): boolean {
  return placeholder.test(value) || (isWord && commonNames.has(value.toLowerCase()));
}
