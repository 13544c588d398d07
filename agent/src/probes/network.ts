/**
 * Network interfaces of the host with addresses and counters, where packets leave it, and the network of pods.
 * Sources: /proc/1/net (the network of the host's first process, also from inside a container), /sys/class/net, /etc/resolv.conf, and what
 * flannel leaves under /run. Interfaces that container networks make are counted, not listed. Drivers are asked only for speed and duplex, and
 * only of an interface with a link, off the event loop.
 */
import { Outcome } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { optionalValue, type Reading, readFile, requiredValue } from "../host/reading.ts";
import { completeList, incompleteList, type Payload } from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import { isContainerInterface } from "./support/network/container-interfaces.ts";
import {
  type AddressesByInterface,
  fibTriePath,
  ipv4ByInterface,
  ipv6AddressesPath,
  parseIpv6Addresses,
  parseLocalAddresses,
} from "./support/network/interface-addresses.ts";
import { countersPath, type InterfaceCounters, parseInterfaceCounters } from "./support/network/interface-counters.ts";
import { carrierChangesOf, parseInterface, type RawInterface, readInterface } from "./support/network/interfaces.ts";
import { parseNameServers } from "./support/network/name-servers.ts";
import { parseOverlay, type RawOverlay, readOverlay } from "./support/network/overlay-network.ts";
import {
  defaultRoute,
  ipv4RoutesPath,
  ipv6RoutesPath,
  parseIpv4Routes,
  parseIpv6Routes,
  type Route,
} from "./support/network/routes.ts";
import { printable } from "./support/printable.ts";
import { type Section, sectionOf } from "./support/section.ts";

/** What one run reads. */
export interface RawNetwork {
  readonly counters: Reading;
  readonly ipv4Routes: Reading;
  readonly ipv6Routes: Reading;
  readonly fibTrie: Reading;
  readonly ipv6Addresses: Reading;
  readonly resolver: Reading;
  /** By name; those of containers are not read. */
  readonly interfaces: ReadonlyMap<string, RawInterface>;
  readonly overlay: RawOverlay;
}

/** A node of Kubernetes has a route and an address for each pod and service. */
const tableBytes = { maximumBytes: 16 << 20 };

/** The probe. */
export const network: Probe<RawNetwork> = defineProbe({
  name: "network",
  title: "network interfaces, addresses, routes, the network of pods",
  intervalMs: 30_000, // at 15 s a third of what the whole agent costs
  minimumIntervalMs: 5_000,
  maximumIntervalMs: 600_000,
  timeoutMs: 10_000,
  needs: {
    paths: ["/proc/1/net", "/sys/class/net", "/etc/resolv.conf", "/run/flannel", "/etc/rancher/k3s"],
    commands: [],
    root: false,
  },
  read,
  parse,
});

async function read(host: Host): Promise<RawNetwork> {
  const [counters, ipv4Routes, ipv6Routes, fibTrie, ipv6Addresses, resolver] = await Promise.all([
    readFile(host, countersPath, tableBytes),
    readFile(host, ipv4RoutesPath, tableBytes),
    readFile(host, ipv6RoutesPath, tableBytes),
    readFile(host, fibTriePath, tableBytes),
    readFile(host, ipv6AddressesPath, tableBytes),
    readFile(host, "/etc/resolv.conf"),
  ]);
  const listed = listedNames(counters);
  const interfaces = await Promise.all(listed.map((name) => readInterface(host, name)));
  return {
    counters,
    ipv4Routes,
    ipv6Routes,
    fibTrie,
    ipv6Addresses,
    resolver,
    interfaces: new Map(interfaces.map((each) => [each.name, each])),
    overlay: await readOverlay(host, interfaces),
  };
}

function parse(raw: RawNetwork): Payload {
  const found = findInterfaces(raw.counters);
  const routes = attempt(() => parseIpv4Routes(requiredValue(raw.ipv4Routes)));
  const addresses = attempt(() => addressesOf(raw, known(routes)));
  const interfaces = found.listed.map((each) => interfaceSection(each, raw, addresses));
  const routing = routingSection(raw, found, routes);
  if (
    found.containerInterfaces === undefined &&
    routing.subject.outcome !== Outcome.OK &&
    found.incompleteBecause !== undefined
  ) {
    throw found.incompleteBecause; // nothing is known at all
  }
  const overlay = parseOverlay(raw.overlay, {
    interfaces: interfaces.flatMap(({ subject: { value } }) => (value.case === "networkInterface" ? [value.value] : [])),
    rawInterfaces: raw.interfaces,
    routes: () => known(routes),
  });
  const parts = [...interfaces, routing, overlay];
  return {
    subjects: parts.map((part) => part.subject),
    lists: [
      found.incompleteBecause === undefined
        ? completeList("network_interface")
        : incompleteList("network_interface", found.incompleteBecause),
    ],
    samples: parts.flatMap((part) => part.samples),
  };
}

interface Found {
  readonly listed: readonly InterfaceCounters[];
  /** Unknown where the interfaces are. */
  readonly containerInterfaces: number | undefined;
  readonly incompleteBecause: AppError | undefined;
}

function findInterfaces(reading: Reading): Found {
  const parsed = attempt(() => parseInterfaceCounters(requiredValue(reading)));
  if (parsed instanceof AppError) return { listed: [], containerInterfaces: undefined, incompleteBecause: parsed };
  const listed = parsed.interfaces.filter((each) => !isContainerInterface(each.name));
  const { incompleteBecause } = parsed;
  return { listed, containerInterfaces: parsed.interfaces.length - listed.length, incompleteBecause };
}

function listedNames(counters: Reading): readonly string[] {
  return findInterfaces(counters).listed.map((each) => each.name);
}

function interfaceSection(
  { name, counters }: InterfaceCounters,
  raw: RawNetwork,
  addresses: AddressesByInterface | AppError,
): Section {
  return sectionOf("network_interface", name, () => {
    const read = raw.interfaces.get(name);
    if (read === undefined) throw new AppError("INTERNAL", `the interface ${name} was listed and not read`);
    const samples = { ...known(counters), carrier_changes_total: carrierChangesOf(read) };
    return { value: parseInterface(read, known(addresses).get(name) ?? []), samples };
  });
}

/** IPv4 first. */
function addressesOf(raw: RawNetwork, routes: readonly Route[]): AddressesByInterface {
  const ipv4 = ipv4ByInterface(parseLocalAddresses(requiredValue(raw.fibTrie)), routes);
  const ipv6 = parseIpv6Addresses(optionalValue(raw.ipv6Addresses) ?? "");
  const names = new Set([...ipv4.keys(), ...ipv6.keys()]);
  return new Map([...names].map((name) => [name, [...(ipv4.get(name) ?? []), ...(ipv6.get(name) ?? [])]]));
}

function routingSection(raw: RawNetwork, { containerInterfaces }: Found, routes: readonly Route[] | AppError): Section {
  return sectionOf("routing", "", () => {
    const ipv4 = defaultRoute(known(routes));
    const ipv6 = defaultRoute(parseIpv6Routes(optionalValue(raw.ipv6Routes) ?? ""));
    return {
      value: {
        defaultGatewayIpv4: ipv4?.gateway ?? "",
        defaultInterfaceIpv4: printable(ipv4?.interfaceName ?? "", 64),
        defaultGatewayIpv6: ipv6?.gateway ?? "",
        defaultInterfaceIpv6: printable(ipv6?.interfaceName ?? "", 64),
        nameServers: [...parseNameServers(optionalValue(raw.resolver) ?? "")],
        containerInterfaceCount: containerInterfaces,
      },
    };
  });
}

/** What was attempted; throws why it failed. */
function known<Value>(attempted: Value | AppError): Value {
  if (attempted instanceof AppError) throw attempted;
  return attempted;
}

function attempt<Value>(work: () => Value): Value | AppError {
  try {
    return work();
  } catch (thrown) {
    return AppError.from(thrown);
  }
}
