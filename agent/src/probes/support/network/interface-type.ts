/** What kind of interface it is. */

/** What is known of an interface before its type. */
export interface InterfaceTraits {
  /** The kernel's ARPHRD_ number (linux/if_arp.h), from the file `type`. */
  readonly hardwareType: number | undefined;
  /** DEVTYPE of its uevent: bridge, bond, vlan, wlan …; empty for plain ones. */
  readonly deviceType: string;
  /** Names in its folder of /sys/class/net. */
  readonly files: readonly string[];
}

/** One of the words of NetworkInterface.type. */
export function interfaceType({ hardwareType, deviceType, files }: InterfaceTraits): string {
  const byDeviceType = deviceTypes.get(deviceType);
  if (byDeviceType !== undefined) return byDeviceType;
  if (files.includes("wireless") || files.includes("phy80211")) return "wifi";
  if (files.includes("tun_flags")) return "tunnel"; // tun and tap: Tailscale, OpenVPN, virtual machines
  if (hardwareType === loopback) return "loopback";
  if (hardwareType === ethernet) return files.includes("device") ? "ethernet" : "other";
  return hardwareType !== undefined && tunnels.has(hardwareType) ? "tunnel" : "other";
}

const deviceTypes: ReadonlyMap<string, string> = new Map([
  ["bridge", "bridge"],
  ["bond", "bond"],
  ["vlan", "vlan"],
  ["vxlan", "vxlan"],
  ["wlan", "wifi"],
  ["wireguard", "wireguard"],
]);

const ethernet = 1;
const loopback = 772;
/** ppp, ipip, ip6tnl, sit, gre, ip6gre. */
const tunnels = new Set([512, 768, 769, 776, 778, 823]);
