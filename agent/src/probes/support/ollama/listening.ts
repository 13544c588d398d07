/**
 * Where an Ollama server listens, and where it can be asked from here. A container has a network of its own, with addresses of its own; the
 * agent in a container has one too, so that the machine's loopback is not its own.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { optionalValue, readFile } from "../../../host/reading.ts";
import type { ServiceAddress } from "../../../host/services.ts";
import { fibTriePath, parseLocalAddresses } from "../network/interface-addresses.ts";
import { isLoopback, isWildcard, type ListeningSocket, parseListeningSockets } from "../network/listening-sockets.ts";
import { hostSetting, processVariables } from "./server-settings.ts";

/** An address and port that a server listens on. */
export type Listener = Pick<ListeningSocket, "address" | "port">;

/** The listeners of a server. */
export interface Listening {
  readonly listeners: readonly Listener[];
  /** The addresses of its own network, where it has one: it runs in a container. */
  readonly containerAddresses: readonly string[] | undefined;
}

/**
 * Looks for the sockets of a process. Where its open files may not be seen, the machine's listeners on the port of its settings are taken for
 * its own. Throws what keeps listeners from being read.
 */
export async function readListening(host: Host, pid: number, environment: string | undefined): Promise<Listening> {
  const inodes = await socketsOf(host, pid);
  const { port } = hostSetting(processVariables(environment ?? "").get("OLLAMA_HOST") ?? "");
  const isOwn = (socket: ListeningSocket): boolean => (inodes === undefined ? socket.port === port : inodes.has(socket.inode));
  const onHost = (await listenersIn(host, 1)).filter(isOwn);
  if (onHost.length > 0 || inodes === undefined) return { listeners: distinct(onHost), containerAddresses: undefined };
  const inContainer = (await listenersIn(host, pid)).filter(isOwn);
  if (inContainer.length === 0) return { listeners: [], containerAddresses: undefined };
  const addresses = parseLocalAddresses(optionalValue(await readFile(host, `/proc/${pid}/net/fib_trie`, tableBytes)) ?? "");
  return { listeners: distinct(inContainer), containerAddresses: addresses.filter((address) => !isLoopback(address)) };
}

/** The addresses at which the server may be asked from here, the best first; none where it cannot be reached from here. */
export async function placesToAsk(host: Host, listening: Listening, nodeAddress?: string): Promise<readonly ServiceAddress[]> {
  const { listeners, containerAddresses } = listening;
  const isLoopbackOurs = containerAddresses === undefined && (host.root === "/" || !host.isLive);
  const places: ServiceAddress[] = [];
  for (const { address, port } of listeners) {
    const at = (each: string): ServiceAddress => ({ address: each, port });
    // A recording has the answers of one address, of which it does not say which.
    if (!host.isLive && isWildcard(address)) places.push(...(await hostAddresses(host)).map(at));
    if (isLoopback(address)) places.push(...(isLoopbackOurs ? [at(address)] : []));
    else if (!isWildcard(address)) places.push(at(address));
    else if (isLoopbackOurs) places.push(at("127.0.0.1"), ...(address === "::" ? [at("::1")] : []));
    else if (containerAddresses !== undefined) places.push(...containerAddresses.map(at));
    else if (nodeAddress !== undefined) places.push(at(nodeAddress));
    else places.push(...(await hostAddresses(host)).map(at));
  }
  return host.isLive ? distinct(places).slice(0, maximumPlaces) : distinct(places);
}

/** Addresses at which others reach the server; a wildcard of the machine's own network stands as it is. */
export function outsideListeners({ listeners, containerAddresses }: Listening): readonly Listener[] {
  return listeners
    .filter(({ address }) => !isLoopback(address))
    .flatMap(({ address, port }) =>
      isWildcard(address) && containerAddresses !== undefined
        ? containerAddresses.map((each) => ({ address: each, port }))
        : [{ address, port }],
    );
}

/** A machine may have tens of thousands of connections. */
const tableBytes = { maximumBytes: 16 << 20 };
const maximumPlaces = 3;

/** The numbers of a process's sockets; undefined where its open files may not be seen. */
async function socketsOf(host: Host, pid: number): Promise<ReadonlySet<string> | undefined> {
  try {
    const holders = await host.fileHolders(["socket:["], [pid]);
    return new Set(holders.map(({ path }) => path.slice("socket:[".length, -1)));
  } catch (thrown) {
    if (AppError.from(thrown).code === "HOST_PERMISSION_DENIED") return undefined;
    throw thrown;
  }
}

/** The listeners in the network of a process. */
async function listenersIn(host: Host, pid: number): Promise<readonly ListeningSocket[]> {
  const [tcp, tcp6] = await Promise.all(["tcp", "tcp6"].map((name) => readFile(host, `/proc/${pid}/net/${name}`, tableBytes)));
  return [tcp, tcp6].flatMap((table) => (table === undefined ? [] : parseListeningSockets(optionalValue(table) ?? "")));
}

async function hostAddresses(host: Host): Promise<readonly string[]> {
  const trie = optionalValue(await readFile(host, fibTriePath, tableBytes)) ?? "";
  return parseLocalAddresses(trie).filter((address) => !isLoopback(address));
}

function distinct<Place extends Listener>(places: readonly Place[]): readonly Listener[] {
  return [...new Map(places.map(({ address, port }) => [`${address} ${port}`, { address, port }])).values()];
}
