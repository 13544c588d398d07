/** The ways that packets go in a real tailnet, and the daemon's own ping of peers that a collector named. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWatchedPeers } from "../../agent/src/probes/support/tailscale/watched-peers.ts";
import { createTailscaleProbe } from "../../agent/src/probes/tailscale.ts";
import { factsAt, samplesAt } from "../../agent/src/probes/test-support/payload-view.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { addressOf, aTailnet, eventually, missing, read, startTimeoutMs, whyNot } from "./scene.ts";
import type { Tailnet } from "./tailnet.ts";
import type { TestDaemon } from "./test-daemon.ts";

describe.skipIf(missing !== undefined)(`ways through a real tailnet${whyNot}`, { timeout: 150_000 }, () => {
  let tailnet: Tailnet;
  let neko: TestDaemon;
  /** Finds no straight way to anybody. */
  let panther: TestDaemon;
  /** Relays for others. */
  let siberian: TestDaemon;
  let ids: { readonly neko: string; readonly panther: string; readonly siberian: string };

  beforeAll(async () => {
    tailnet = await aTailnet();
    neko = await tailnet.daemon("neko");
    panther = await tailnet.daemon("panther", { TS_DEBUG_NEVER_DIRECT_UDP: "1" });
    siberian = await tailnet.daemon("siberian", { TS_DEBUG_RELAY_SERVER_ADDRS: "127.0.0.1" });
    await Promise.all([neko, panther, siberian].map((daemon) => daemon.start()));
    ids = { neko: await neko.up(), panther: await panther.up(), siberian: await siberian.up() };
  }, startTimeoutMs);

  afterAll(async () => {
    await tailnet?.[Symbol.asyncDispose]();
  });

  it("are on loopback alone: the namespace of the daemons has no other interface", async () => {
    const processes = [tailnet.pid, ...(await childrenOf(process.pid)).filter((pid) => pid !== tailnet.pid)];
    const own = await readlink("/proc/self/ns/net");
    const namespaces = new Map<string, string>();
    for (const pid of processes) {
      const namespace = await readlink(`/proc/${pid}/ns/net`).catch(() => own); // ended meanwhile
      if (namespace !== own) namespaces.set(`${pid}`, `${namespace} ${(await interfacesOf(pid)).join()}`);
    }

    expect(namespaces.size).toBeGreaterThanOrEqual(4);
    expect(new Set(namespaces.values()).size).toBe(1);
    expect([...namespaces.values()][0]).toMatch(/ lo$/);
  });

  it("are told apart: over DERP, where no other is found", async () => {
    await panther.exchange(await addressOf(neko));

    const payload = await eventually(panther, "tailscale_peer", ids.neko, { path: "TAILSCALE_PATH_DERP", pathDetail: "test" });

    expect(samplesAt(payload, "tailscale_peer", ids.neko)).toMatchObject({ is_active: 1, is_direct: 0 });
    expect(samplesAt(payload, "tailscale")).toMatchObject({ direct_peers_total: 0, relayed_peers_total: 1 });
  });

  it("are told apart: over another machine of the tailnet that relays", async () => {
    await siberian.call("PATCH", "prefs", { RelayServerPort: 0, RelayServerPortSet: true });
    const address = await addressOf(neko);
    const payload = await eventually(panther, "tailscale_peer", ids.neko, { path: "TAILSCALE_PATH_PEER_RELAY" }, () =>
      panther.exchange(address),
    );

    expect(factsAt(payload, "tailscale_peer", ids.neko)).toMatchObject({
      pathDetail: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(samplesAt(payload, "tailscale_peer", ids.neko)).toMatchObject({ is_active: 1, is_direct: 0 });
  });

  it("are measured by the daemon's own ping, to the peers that were named and to no other", async () => {
    const watched = createWatchedPeers();
    watched.watch([ids.siberian, "nElsewhere11CNTRL"]);

    const payload = await waitUntil("a ping is answered", 40_000, async () => {
      const now = await read(neko, createTailscaleProbe(watched));
      return samplesAt(now, "tailscale_peer", ids.siberian)["latency_seconds"] === undefined ? undefined : now;
    });

    const { latency_seconds: latency = Number.NaN } = samplesAt(payload, "tailscale_peer", ids.siberian);
    expect(latency).toBeGreaterThan(0);
    expect(latency).toBeLessThan(3); // after which a ping is given up
    expect(factsAt(payload, "tailscale_peer", ids.siberian)).toMatchObject({ isWatched: true });
    expect(factsAt(payload, "tailscale_peer", ids.siberian)).not.toHaveProperty("pingFailure");
    expect(factsAt(payload, "tailscale_peer", "nElsewhere11CNTRL")).toBe("absent");
    expect(samplesAt(payload, "tailscale_peer", ids.panther)).not.toHaveProperty("latency_seconds");
  });

  it("are known of a peer that was only pinged: to the daemon it is active, though nothing went through the tunnel", async () => {
    const payload = await eventually(neko, "tailscale_peer", ids.siberian, { path: "TAILSCALE_PATH_DIRECT" });

    expect(samplesAt(payload, "tailscale_peer", ids.siberian)).toMatchObject({ is_active: 1, transmit_bytes_total: 0 });
  });

  it("are said to end where a peer is dead, in words that stay the same", async () => {
    await siberian.kill();
    const failures: unknown[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const watched = createWatchedPeers();
      watched.watch([ids.siberian]);
      const payload = await read(neko, createTailscaleProbe(watched));
      failures.push(Object(factsAt(payload, "tailscale_peer", ids.siberian)).pingFailure);
      expect(samplesAt(payload, "tailscale_peer", ids.siberian)).toMatchObject({ latency_seconds: undefined });
    }

    expect(failures).toEqual(new Array(2).fill("no answer within 3 s"));
  });
});

async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "")));
  const own = lists.flatMap((list) =>
    list
      .split(" ")
      .filter((each) => each !== "")
      .map(Number),
  );
  return [...own, ...(await Promise.all(own.map(childrenOf))).flat()];
}

async function interfacesOf(pid: number): Promise<readonly string[]> {
  const table = await readFile(`/proc/${pid}/net/dev`, "utf8");
  return [...table.matchAll(/^\s*(\S+):/gm)].map(([, name = ""]) => name);
}
