/**
 * Kind overlay_network: the network of pods that flannel makes. Absent where flannel does not run.
 * Sources: /run/flannel/subnet.env, which flannel writes; the kind of the interface that it made, and the interface below that as the kernel
 * links them (vxlan); the routes to other nodes (host-gw); else K3s's configuration.
 */
import type { Host } from "../../../host/host.ts";
import { optionalValue, type Reading, readFile } from "../../../host/reading.ts";
import type { SubjectValue } from "../../../payload.ts";
import { integerIn, malformed } from "../malformed.ts";
import { type Section, sectionOf } from "../section.ts";
import { ipv4Number } from "./addresses.ts";
import { configuredInterface, readFlannelConfiguration } from "./flannel-configuration.ts";
import { lowerInterfaceOf, type RawInterface } from "./interfaces.ts";
import type { Route } from "./routes.ts";

/** What was read. */
export interface RawOverlay {
  readonly subnet: Reading;
  /** What K3s's files say; read only where the kernel does not say it. */
  readonly configuration: readonly Reading[];
}

/** The parts of other kinds that it is told from. */
export interface OverlayContext {
  readonly interfaces: readonly SubjectValue<"network_interface">[];
  readonly rawInterfaces: ReadonlyMap<string, RawInterface>;
  /** Throws where they could not be read. */
  routes(): readonly Route[];
}

/** Reads it. */
export async function readOverlay(host: Host, interfaces: readonly RawInterface[]): Promise<RawOverlay> {
  const subnet = await readFile(host, subnetPath);
  const isToldByKernel = interfaces.some((each) => isFlannel(each.name) && lowerInterfaceOf(each) !== "");
  const configuration = subnet.outcome === "ok" && !isToldByKernel ? await readFlannelConfiguration(host) : [];
  return { subnet, configuration };
}

/** The section. */
export function parseOverlay(raw: RawOverlay, context: OverlayContext): Section {
  return sectionOf("overlay_network", "", () => {
    const text = optionalValue(raw.subnet);
    if (text === undefined) return undefined;
    const lease = leaseIn(text);
    const own = context.interfaces.filter(({ name = "" }) => isFlannel(name)).sort(byFamily(lease.network))[0];
    const gatewayInterface = own === undefined ? interfaceOfRoutes(lease.network, context.routes()) : "";
    const rawOwn = context.rawInterfaces.get(own?.name ?? "");
    const below = (rawOwn && lowerInterfaceOf(rawOwn)) || gatewayInterface || configuredInterface(raw.configuration);
    return {
      value: {
        ...lease,
        backend: own === undefined ? gatewayInterface && "host-gw" : (backends.get(own.type ?? "") ?? ""),
        interfaceName: own?.name ?? "",
        interfaceMtuBytes: own?.mtuBytes,
        underlyingInterfaceName: below,
        underlyingMtuBytes: context.interfaces.find(({ name }) => name === below)?.mtuBytes,
      },
    };
  });
}

const subnetPath = "/run/flannel/subnet.env";
const backends: ReadonlyMap<string, string> = new Map([
  ["vxlan", "vxlan"],
  ["wireguard", "wireguard"],
]);
/** The largest packet that any network of pods has; flannel writes 0 where it has not seen its interface yet. */
const mtuBounds = { minimum: 0, maximum: 65_536 };

/** flannel.1, flannel-wg, flannel-v6.1, flannel-wg-v6; another number where another VXLAN id was chosen. */
function isFlannel(name: string): boolean {
  return /^flannel[.-]/.test(name);
}

interface Lease {
  readonly network: string;
  readonly subnet: string;
  readonly mtuBytes: number;
}

/** A network of IPv6 alone has only the other two names. Of several networks the first is told. */
function leaseIn(text: string): Lease {
  const values = new Map([...text.matchAll(/^FLANNEL_(\w+)=(.*?)\s*$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const prefixOf = (name: string): string => {
    const [prefix = ""] = (values.get(name) || values.get(`IPV6_${name}`) || "").split(",");
    if (!/^[0-9a-f.:]{2,45}\/\d{1,3}$/i.test(prefix)) throw malformed(subnetPath, `FLANNEL_${name} is no network`, prefix);
    return prefix;
  };
  const mtuBytes = integerIn(subnetPath, "FLANNEL_MTU", values.get("MTU"), mtuBounds);
  return { network: prefixOf("NETWORK"), subnet: prefixOf("SUBNET"), mtuBytes };
}

/** flannel makes one interface for each family: that of the network first. */
function byFamily(network: string): (a: { readonly name?: string }, b: { readonly name?: string }) => number {
  const isOther = ({ name = "" }: { readonly name?: string }): number => Number(name.includes("v6") !== network.includes(":"));
  return (a, b) => isOther(a) - isOther(b);
}

/** With host-gw the other nodes' parts of the network are reached over the nodes themselves; empty where no route does that, or two differ. */
function interfaceOfRoutes(network: string, routes: readonly Route[]): string {
  const [address = "", length = ""] = network.split("/");
  if (address.includes(":")) return "";
  const size = 2 ** (32 - Number(length));
  const isInside = ({ destination }: Route): boolean =>
    Math.floor(ipv4Number(destination) / size) === Math.floor(ipv4Number(address) / size);
  const ways = routes.filter((route) => route.gateway !== "" && route.prefixLength > Number(length) && isInside(route));
  const names = new Set(ways.map(({ interfaceName }) => interfaceName));
  const [only = ""] = names;
  return names.size === 1 ? only : "";
}
