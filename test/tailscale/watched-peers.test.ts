/**
 * The whole way: agents on two machines of a real tailnet report what they are, the collector names the one to the other, the agents have their
 * daemons ping, and the collector knows how far they are from each other. One agent is a single process, the other is two.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../durability/wait-until.ts";
import { type AgentFolder, anAgentFolder } from "../integration/agent-under-test.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { aTailnet, missing, startTimeoutMs, whyNot } from "./scene.ts";
import type { Tailnet } from "./tailnet.ts";
import type { TestDaemon } from "./test-daemon.ts";

type Peer = NodeDetail["subjects"][number];

describe.skipIf(missing !== undefined)(`peers that the collector names${whyNot}`, { timeout: 150_000 }, () => {
  const parts = new AsyncDisposableStack();
  let tailnet: Tailnet;
  let collector: CollectorUnderTest;
  let neko: TestDaemon;
  let bobcat: TestDaemon;
  let ids: { readonly neko: string; readonly bobcat: string };

  beforeAll(async () => {
    tailnet = parts.use(await aTailnet());
    [neko, bobcat] = await Promise.all([tailnet.daemon("neko"), tailnet.daemon("bobcat")]);
    await Promise.all([neko.start(), bobcat.start()]);
    ids = { neko: await neko.up(), bobcat: await bobcat.up() };
    collector = parts.use(await aCollector());
  }, startTimeoutMs);

  afterAll(() => parts.disposeAsync());

  /** Agents see a tree with the daemon's socket and as much of a running system as they need. */
  async function agentOf(daemon: TestDaemon): Promise<AgentFolder> {
    const files = {
      "proc/uptime": "1000.00 1000.00\n",
      "proc/sys/kernel/random/boot_id": "22222222-2222-2222-2222-222222222222\n",
      "etc/machine-id": `${daemon.name === "neko" ? "1" : "2"}`.repeat(32),
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(daemon.root, path)), { recursive: true });
      await writeFile(join(daemon.root, path), text);
    }
    return parts.use(await anAgentFolder());
  }

  async function peer(node: string, id: string): Promise<Peer | undefined> {
    const { subjects } = await collector.node(node).catch((): Pick<NodeDetail, "subjects"> => ({ subjects: [] })); // not there yet
    return subjects.find((subject) => subject.kind === "tailscale_peer" && subject.id === id);
  }

  it("are pinged by both kinds of agents, and their latency arrives", { timeout: 150_000 }, async () => {
    const [one, two] = [await agentOf(neko), await agentOf(bobcat)];
    const to = (folder: AgentFolder): readonly string[] => folder.to(collector.grpcAddress);
    one.agent("run", "--host-root", neko.root, "--node-name", "neko", ...to(one)).start();
    two.agent("probe", "--host-root", bobcat.root, "--node-name", "bobcat").start();
    two.agent("report", ...to(two)).start();

    const hasLatency = async (node: string, id: string): Promise<Peer | undefined> => {
      const found = await peer(node, id);
      return found?.samples["latency_seconds"] === undefined ? undefined : found;
    };
    const found = await waitUntil("both latencies are known", 130_000, async () => {
      const both = [await hasLatency("neko", ids.bobcat), await hasLatency("bobcat", ids.neko)];
      return both.every((each) => each !== undefined) ? both : undefined;
    });

    expect(found.map((each) => each?.value?.["isWatched"])).toEqual([true, true]);
    for (const each of found) expect(each?.samples["latency_seconds"]).toBeLessThan(3); // after which a ping is given up
  });
});
