/**
 * A network of our own: a namespace for the collector, some for agents, each on a cable to the collector's. Nothing leads out of it, and cables can be
 * pulled. It needs root; every namespace is deleted with all that is in it.
 */
import { randomBytes } from "node:crypto";
import { findTool, runTool, tryTool } from "../vm/tool.ts";

/** A namespace for agents. */
export interface Group {
  /** Comes before the command line of a program that is to run in it. */
  readonly enter: readonly string[];
  /** Pulls its cable: packets are lost without a word, as in a partition. */
  cut(): Promise<void>;
  /** Puts it back. */
  mend(): Promise<void>;
}

/** The network. */
export interface Network extends AsyncDisposable {
  /** Comes before the collector's command line. */
  readonly enter: readonly string[];
  /** The collector's address, for everybody in the network. */
  readonly address: string;
  readonly groups: readonly Group[];
}

/** Addresses for documentation (RFC 5737): nobody in the world has them. */
const collectorAddress = "192.0.2.1";

/** Why there can be none here; undefined when there can. */
export async function missingForNetworks(): Promise<string | undefined> {
  if (findTool("ip") === undefined) return "ip is not installed (Debian: apt-get install iproute2)";
  if (process.getuid?.() !== 0) return "only root may make network namespaces with cables between them";
  const name = `nk-probe-${randomBytes(3).toString("hex")}`;
  const made = await tryTool("ip", ["netns", "add", name]);
  if (made.exitCode !== 0) return `no network namespace can be made: ${made.stderr.trim()}`;
  await tryTool("ip", ["netns", "delete", name]);
  return undefined;
}

/** Makes one with so many groups. */
export async function createNetwork(groupCount: number): Promise<Network> {
  const prefix = `nk-${randomBytes(3).toString("hex")}`;
  const hub = `${prefix}-hub`;
  await using stack = new AsyncDisposableStack();
  await addNamespace(stack, hub);
  await inside(hub, "link add bridge type bridge");
  await inside(hub, `addr add ${collectorAddress}/24 dev bridge`);
  await inside(hub, "link set bridge up");

  const groups: Group[] = [];
  for (let index = 1; index <= groupCount; index += 1) {
    const name = `${prefix}-${index}`;
    const cable = `cable${index}`;
    await addNamespace(stack, name);
    await inside(hub, `link add ${cable} type veth peer name uplink netns ${name}`);
    await inside(hub, `link set ${cable} master bridge up`);
    await inside(name, `addr add 192.0.2.${10 + index}/24 dev uplink`);
    await inside(name, "link set uplink up");
    groups.push({
      enter: enterOf(name),
      cut: () => inside(hub, `link set ${cable} down`),
      mend: () => inside(hub, `link set ${cable} up`),
    });
  }
  const made = stack.move();
  return { enter: enterOf(hub), address: collectorAddress, groups, [Symbol.asyncDispose]: () => made.disposeAsync() };
}

async function addNamespace(stack: AsyncDisposableStack, name: string): Promise<void> {
  await runTool("ip", ["netns", "add", name]);
  stack.defer(async () => {
    await runTool("ip", ["netns", "delete", name]);
  });
  await inside(name, "link set lo up");
}

async function inside(namespace: string, words: string): Promise<void> {
  await runTool("ip", ["-n", namespace, ...words.split(" ")]);
}

/** Only the network is another: `ip netns exec` would mount /sys anew, and an agent reads that. */
function enterOf(namespace: string): readonly string[] {
  return [findTool("nsenter") ?? "nsenter", `--net=/run/netns/${namespace}`, "--"];
}
