/** The main routing tables, from /proc/1/net/route and /proc/1/net/ipv6_route. */
import { malformed } from "../malformed.ts";
import { ipv4Number, ipv4Of, ipv6Of } from "./addresses.ts";

/** One route that is up. */
export interface Route {
  readonly interfaceName: string;
  /** Network address, e.g. 192.168.2.0. */
  readonly destination: string;
  readonly prefixLength: number;
  /** Empty where the destination is on the link. */
  readonly gateway: string;
  readonly metric: number;
}

/** The path of the IPv4 table. */
export const ipv4RoutesPath = "/proc/1/net/route";
/** The path of the IPv6 table; not there where IPv6 is off. */
export const ipv6RoutesPath = "/proc/1/net/ipv6_route";

/** Routes of /proc/net/route. */
export function parseIpv4Routes(text: string): readonly Route[] {
  const [header = "", ...lines] = text.split("\n");
  if (!/^Iface\s+Destination\s+Gateway\s+Flags\s+RefCnt\s+Use\s+Metric\s+Mask\s/.test(header)) {
    throw malformed(ipv4RoutesPath, "it does not begin with the header that is known", header);
  }
  return lines.filter((line) => line.trim() !== "").flatMap(parseIpv4Route);
}

/** Routes of /proc/net/ipv6_route. */
export function parseIpv6Routes(text: string): readonly Route[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap(parseIpv6Route);
}

/** Where packets to everywhere go: the default route with the lowest metric, the first of equals. */
export function defaultRoute(routes: readonly Route[]): Route | undefined {
  const candidates = routes.filter((route) => route.prefixLength === 0);
  return candidates.reduce<Route | undefined>(
    (best, each) => (best === undefined || each.metric < best.metric ? each : best),
    undefined,
  );
}

// Flags of a route (linux/route.h, linux/ipv6_route.h).
const isUp = 0x1;
const isGateway = 0x2;
const isReject = 0x200;

function parseIpv4Route(line: string): readonly Route[] {
  const [interfaceName, destinationWord = "", gatewayWord = "", flagsWord = "", , , metricWord = "", maskWord = ""] =
    line.split("\t");
  const destination = ipv4Of(destinationWord.trim());
  const gateway = ipv4Of(gatewayWord.trim());
  const mask = ipv4Of(maskWord.trim());
  const flags = Number.parseInt(flagsWord, 16);
  const metric = Number(metricWord);
  const isKnown = interfaceName !== undefined && destination !== undefined && gateway !== undefined && mask !== undefined;
  if (!isKnown || !Number.isInteger(flags) || !Number.isInteger(metric)) {
    throw malformed(ipv4RoutesPath, "a line is not in the form that is known", line);
  }
  if ((flags & isUp) === 0 || (flags & isReject) !== 0) return [];
  const prefixLength = ipv4Number(mask).toString(2).replaceAll("0", "").length;
  return [{ interfaceName, destination, prefixLength, gateway: (flags & isGateway) === 0 ? "" : gateway, metric }];
}

function parseIpv6Route(line: string): readonly Route[] {
  const [destinationWord = "", prefixWord = "", , , gatewayWord = "", metricWord = "", , , flagsWord = "", interfaceName] = line
    .trim()
    .split(/ +/);
  const destination = ipv6Of(destinationWord);
  const gateway = ipv6Of(gatewayWord);
  const [prefixLength, metric, flags] = [prefixWord, metricWord, flagsWord].map((word) =>
    /^[0-9a-f]+$/.test(word) ? Number.parseInt(word, 16) : undefined,
  );
  const isKnown = interfaceName !== undefined && destination !== undefined && gateway !== undefined;
  if (!isKnown || prefixLength === undefined || metric === undefined || flags === undefined) {
    throw malformed(ipv6RoutesPath, "a line is not in the form that is known", line);
  }
  if ((flags & isUp) === 0 || (flags & isReject) !== 0) return [];
  return [{ interfaceName, destination, prefixLength, gateway: (flags & isGateway) === 0 ? "" : gateway, metric }];
}
