/** Values that are known by their form, wherever they stand: UUIDs, long hexadecimal numbers, MAC and IP addresses. */

/** A UUID; of a pod also as systemd writes it in the name of a slice, with underscores. */
export const uuidPattern: RegExp =
  /(?:(?<![0-9a-f])|(?<=-pod|\/pod))[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}(?![0-9a-f])/gi;
/** A machine-id, an NGUID, the id of a container: 32 digits or more. */
export const longNumberPattern: RegExp = /(?:(?<![0-9a-z])|(?<=-pod|\/pod))[0-9a-f]{32,}(?![0-9a-z])/gi;
/** A MAC address of 6 bytes, one of InfiniBand of 20, or the 14 bytes of an Ethernet header, as firewalls log it (MAC=…). */
export const macPattern: RegExp =
  /(?<![0-9a-f:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?:(?::[0-9a-f]{2}){8}(?:(?::[0-9a-f]{2}){6})?)?(?![0-9a-f:])/gi;
/** An IPv4 address. */
export const ipv4Pattern: RegExp = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g;

/** True for a value whose digits are all the same: nothing, or everybody. */
export function isBlank(value: string): boolean {
  return /^([0-9a-f])\1*$/i.test(value.replaceAll(/[:-]/g, ""));
}
