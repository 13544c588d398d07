/** Whether this machine is in any network. Sources: /proc/net/route, /proc/net/ipv6_route (proc(5)), the addresses of its interfaces. */
import { readFileSync } from "node:fs";
import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";

/** What the kernel says of its network. */
export interface NetworkFacts {
  /** Text of /proc/net/route; empty where it cannot be read. */
  readonly routes: string;
  /** Of /proc/net/ipv6_route. */
  readonly routes6: string;
  /** Addresses of interfaces that are up, without loopback. */
  readonly addresses: readonly string[];
}

/** RTF_UP and RTF_GATEWAY of route(8); RTF_REJECT. */
const up = 0x1;
const gateway = 0x2;
const reject = 0x200;
/** Addresses that Tailscale gives: they are there while the daemon is up. */
const tailnet = new BlockList();
tailnet.addSubnet("100.64.0.0", 10, "ipv4");

/** Reads it. */
export function readNetworkFacts(): NetworkFacts {
  const text = (path: string): string => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return ""; // no IPv6 in this kernel, say
    }
  };
  const addresses = Object.values(networkInterfaces()).flatMap((list = []) =>
    list.filter(({ internal }) => !internal).map(({ address }) => address),
  );
  return { routes: text("/proc/net/route"), routes6: text("/proc/net/ipv6_route"), addresses };
}

/** True while there is a way out: a gateway, or the tailnet. Whoever has neither hears no collector for a reason of its own. */
export function isInNetwork({ routes, routes6, addresses }: NetworkFacts): boolean {
  const lines = (text: string): readonly string[][] => text.split("\n").map((line) => line.trim().split(/\s+/));
  const hasGateway = lines(routes).some(([, destination, , flags]) => destination === "00000000" && isWay(flags));
  // Destination and prefix length first, flags in the ninth column.
  const hasGateway6 = lines(routes6).some(
    ([destination, prefix, , , , , , , flags]) => /^0{32}$/.test(destination ?? "") && prefix === "00" && isWay(flags),
  );
  return hasGateway || hasGateway6 || addresses.some((address) => tailnet.check(address));
}

function isWay(flags: string | undefined): boolean {
  const bits = Number.parseInt(flags ?? "", 16);
  return (bits & up) !== 0 && (bits & gateway) !== 0 && (bits & reject) === 0;
}
