/**
 * Where others reach a node's Ollama: an address that it listens on, or where it listens on all, the machine's own, in the tailnet first. We ask there every
 * second, so that an address which is not the machine's own counts for nothing, whoever says it.
 */
import { BlockList, isIP } from "node:net";
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, textField, textsField } from "@nodekeeper/shared/fields";
import type { MachineFacts } from "@nodekeeper/shared/readings";
import { presentSubjects } from "@nodekeeper/shared/readings";

/** Loopback, one cable, many machines, or none. */
const elsewhere: BlockList = addressesOfNoMachine();

/** http://HOST:PORT; undefined where nobody said. Facts of kinds ollama_endpoint, tailscale and network_interface; `clusterAddresses` of its Node. */
export function serverUrl({ subjects }: MachineFacts, clusterAddresses: readonly string[]): string | undefined {
  const [endpoint] = presentSubjects(subjects, "ollama_endpoint").filter(({ outcome }) => outcome === "ok");
  const listening = endpoint === undefined ? [] : textsField(endpoint, "addresses").flatMap(parseEndpoint);
  const named = [...tailnetAddresses(subjects), ...clusterAddresses.map(canonical)].filter(isReachable);
  const own = new Set([...named, ...linkAddresses(subjects, () => true)]);
  const given = listening.find(({ host }) => isReachable(host) && own.has(host));
  if (given !== undefined) return urlOf(given.host, given.port);
  const everywhere = listening.find(({ host }) => isWildcard(host));
  if (everywhere === undefined) return undefined;
  const family = everywhere.host === "0.0.0.0" ? 4 : undefined; // [::] takes both
  const host = [...named, ...cableAddresses(subjects)].find(
    (address) => isReachable(address) && (family === undefined || isIP(address) === family),
  );
  return host === undefined ? undefined : urlOf(host, everywhere.port);
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

function parseEndpoint(text: string): readonly Endpoint[] {
  const [, address = "", digits = ""] = /^\[?([0-9a-fA-F.:]+)\]?:(\d{1,5})$/.exec(text) ?? [];
  const host = canonical(address);
  const port = Number(digits);
  return host === "" || port === 0 || port > 65_535 ? [] : [{ host, port }];
}

/** An address has many spellings in IPv6; empty for what is none. */
function canonical(address: string): string {
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : "";
  return URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : "";
}

/** IPv4 first: it is what most tools of people expect to see. */
function tailnetAddresses(subjects: readonly SubjectBody[]): readonly string[] {
  const addresses = presentSubjects(subjects, "tailscale").flatMap((daemon) =>
    textField(daemon, "backendState") === "Running" ? textsField(daemon, "addresses") : [],
  );
  return addresses.map(canonical).toSorted((a, b) => isIP(a) - isIP(b));
}

function linkAddresses(subjects: readonly SubjectBody[], isWanted: (link: SubjectBody) => boolean): readonly string[] {
  return presentSubjects(subjects, "network_interface")
    .filter(isWanted)
    .flatMap((link) => textsField(link, "addresses").map((address) => canonical(address.split("/")[0] ?? "")));
}

/** Those of hardware first. A bridge is one to other machines only where a cable is in it: those of containers have the same address on every machine. */
function cableAddresses(subjects: readonly SubjectBody[]): readonly string[] {
  const cables = presentSubjects(subjects, "network_interface").filter((link) =>
    ["ethernet", "wifi", "bond"].includes(textField(link, "type")),
  );
  const bridged = new Set(cables.filter((link) => !isVirtual(link)).map((link) => textField(link, "master")));
  const isUp = (link: SubjectBody): boolean => textField(link, "operationalState") === "up";
  const isOut = (link: SubjectBody): boolean =>
    isUp(link) && ((textField(link, "type") === "bridge" && bridged.has(link.id)) || (cables.includes(link) && !isVirtual(link)));
  const isMaybeOut = (link: SubjectBody): boolean => isUp(link) && cables.includes(link) && isVirtual(link);
  return [...linkAddresses(subjects, isOut), ...linkAddresses(subjects, isMaybeOut)];
}

/** A bond has no hardware of its own, and leads to some. */
function isVirtual(link: SubjectBody): boolean {
  return booleanField(link, "isVirtual") === true && textField(link, "type") !== "bond";
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** From another machine, and one machine: BlockList knows IPv4 that is written as IPv6 too. */
function isReachable(host: string): boolean {
  return isIP(host) !== 0 && !elsewhere.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}

function addressesOfNoMachine(): BlockList {
  const list = new BlockList();
  list.addSubnet("0.0.0.0", 8, "ipv4");
  list.addSubnet("127.0.0.0", 8, "ipv4");
  list.addSubnet("169.254.0.0", 16, "ipv4"); // of one cable, and of clouds that tell secrets there
  list.addSubnet("224.0.0.0", 3, "ipv4");
  list.addAddress("::", "ipv6");
  list.addAddress("::1", "ipv6");
  list.addSubnet("fe80::", 10, "ipv6");
  list.addSubnet("ff00::", 8, "ipv6");
  return list;
}

function urlOf(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
