import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Payload } from "../payload.ts";
import { createWatchedPeers } from "./support/tailscale/watched-peers.ts";
import { createTailscaleProbe } from "./tailscale.ts";
import { factsAt, runToPayload, samplesAt, subjectAt } from "./test-support/payload-view.ts";
import { addressOf, hostWithStatus, runsWithStatus, type StatusFields, statusText } from "./test-support/tailnet.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const probe = createTailscaleProbe();

describe("peers of a large tailnet", () => {
  const id = (index: number): string => `n${String(index).padStart(5, "0")}CNTRL`;
  const many = (count: number, fields: (index: number) => StatusFields): Record<string, StatusFields> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [id(index), fields(index)]));
  const toldIds = (payload: Payload): readonly string[] =>
    payload.subjects.filter(({ kind }) => kind === "tailscale_peer").map((subject) => subject.id);

  it("reports those asked for, the active and the online before others, counts all, and says that the list is not whole", async () => {
    const watched = createWatchedPeers();
    watched.watch([id(1999)]);
    const peers = many(2000, (index) => ({ Online: index >= 1500 && index < 1900, Active: index === 1200 || index === 1300 }));

    const payload = await runToPayload(createTailscaleProbe(watched), hostWithStatus(statusText(peers)));

    const told = toldIds(payload);
    expect(told).toHaveLength(128);
    expect(told.slice(0, 3)).toEqual([id(1999), id(1200), id(1300)]);
    expect(told.slice(3)).toEqual(Array.from({ length: 125 }, (_, index) => id(1500 + index)));
    expect(samplesAt(payload, "tailscale")).toMatchObject({ peers_total: 2000, online_peers_total: 400, active_peers_total: 2 });
    expect(payload.lists).toMatchObject([{ isComplete: false, failure: { code: "HOST_OUTPUT_TOO_LARGE" } }]);
  });

  it("keeps to those that it reported, though others would come first by name", async () => {
    const run = runsWithStatus(probe);
    const online = (isOnline: (index: number) => boolean): string =>
      statusText(many(400, (index) => ({ Online: isOnline(index) })));

    const first = await run(online((index) => index >= 100));
    const second = await run(online(() => true));
    const third = await run(online((index) => index !== 150));

    expect(toldIds(second).toSorted()).toEqual(toldIds(first).toSorted());
    expect(toldIds(third).filter((each) => !toldIds(first).includes(each))).toEqual([id(0)]);
  });

  it("changes once for one that is in use now and then, and not with each time", async () => {
    const host = new TreeHost();
    const run = runsWithStatus(probe, host);
    const inUse = async (isInUse: boolean): Promise<readonly string[]> => {
      host.clock = { ...host.clock, wallMs: host.clock.wallMs + 15_000 };
      const peers = many(400, (index) => ({ Online: true, Active: isInUse && index === 300 }));
      return toldIds(await run(statusText(peers))).toSorted();
    };

    const [quiet, busy, quietAgain, busyAgain] = [await inUse(false), await inUse(true), await inUse(false), await inUse(true)];

    expect(busy).toEqual([...quiet.slice(0, 127), id(300)]);
    expect([quietAgain, busyAgain]).toEqual([busy, busy]);
  });

  it("tells of rented exit nodes only where nothing else is to be told, unless one is in use", async () => {
    const rented = { Tags: ["tag:mullvad-exit-node"], OS: "", ExitNodeOption: true };
    const peers = many(600, (index) => (index < 590 ? { ...rented, ExitNode: index === 77 } : { Online: false }));

    const told = toldIds(await runToPayload(probe, hostWithStatus(statusText(peers))));

    expect(told.slice(0, 11)).toEqual([id(77), ...Array.from({ length: 10 }, (_, index) => id(590 + index))]);
  });

  it("is whole up to 128", async () => {
    const payload = await runToPayload(probe, hostWithStatus(statusText(many(128, () => ({})))));

    expect(toldIds(payload)).toHaveLength(128);
    expect(payload.lists).toMatchObject([{ isComplete: true }]);
  });
});

describe("peers that the collector asks for", () => {
  const neko = "nNeko11CNTRL";
  const answer = (fields: object): { status: number; text: string } => ({ status: 200, text: JSON.stringify(fields) });

  function machine(fields: StatusFields = {}): {
    host: TreeHost;
    run: () => Promise<Payload>;
    pings: () => number;
    pass: (ms: number) => void;
  } {
    const host = new TreeHost();
    const watched = createWatchedPeers();
    watched.watch([neko]);
    const run = runsWithStatus(createTailscaleProbe(watched), host);
    return {
      host,
      run: () => run(statusText({ [neko]: fields, nOther11CNTRL: {} })),
      pings: () => host.calls.filter((call) => call.includes("ping")).length,
      pass: (ms) => {
        host.clock = { wallMs: host.clock.wallMs + ms, uptimeMs: host.clock.uptimeMs + ms };
      },
    };
  }

  it("are pinged once a minute, and nobody else is", async () => {
    const { host, run, pass } = machine();
    host.serviceAnswers.set(
      `tailscale ping ${addressOf(neko)}`,
      answer({ IP: "x", LatencySeconds: 0.0234, Endpoint: "1.2.3.4:5" }),
    );
    const latencies: unknown[] = [];
    for (let turn = 0; turn < 9; turn++) {
      latencies.push(samplesAt(await run(), "tailscale_peer", neko)["latency_seconds"]);
      pass(15_000);
    }

    expect(host.calls.filter((call) => call.includes("ping"))).toEqual(
      new Array(3).fill(`ask tailscale ping ${addressOf(neko)}`),
    );
    expect(latencies).toEqual(new Array(9).fill(0.0234));
  });

  it.each([
    ["the daemon's words", answer({ Err: "no matching peer" }), "no matching peer"],
    [
      "silence",
      new AppError("PEER_UNREACHABLE", "cannot ask tailscale for a ping: no answer within 3 s"),
      "no answer within 3 s",
    ],
    ["a refusal", { status: 500, text: "oops" }, "the daemon answered 500"],
    ["nonsense", { status: 200, text: "{" }, "the daemon's answer says no time"],
    ["an impossible time", answer({ LatencySeconds: -1 }), "the daemon's answer says no time"],
  ])("have a fact that says why there was no answer: %s", async (_, reply, words) => {
    const { host, run } = machine();
    host.serviceAnswers.set(`tailscale ping ${addressOf(neko)}`, reply);

    const payload = await run();

    expect(factsAt(payload, "tailscale_peer", neko)).toMatchObject({ isWatched: true, pingFailure: words });
    expect(samplesAt(payload, "tailscale_peer", neko)).toMatchObject({ latency_seconds: undefined });
  });

  it("lose the failure with the next answer", async () => {
    const { host, run, pass } = machine();
    const first = await run();
    host.serviceAnswers.set(`tailscale ping ${addressOf(neko)}`, answer({ LatencySeconds: 0.5 }));
    pass(60_000);
    const second = await run();

    expect(factsAt(first, "tailscale_peer", neko)).toHaveProperty("pingFailure");
    expect(factsAt(second, "tailscale_peer", neko)).not.toHaveProperty("pingFailure");
  });

  it("are asked less often while they are offline and silent", async () => {
    const { run, pass, pings } = machine({ Online: false });
    for (let turn = 0; turn < 40; turn++) {
      await run();
      pass(15_000);
    }

    expect(pings()).toBe(2);
  });

  it("are not pinged by a daemon that does not run, and not without an address", async () => {
    const { host, run, pings } = machine({ TailscaleIPs: null });
    const payload = await run();
    const watched = createWatchedPeers();
    watched.watch([neko]);
    await runsWithStatus(createTailscaleProbe(watched), host)(statusText({ [neko]: {} }, { BackendState: "Starting" }));

    expect(factsAt(payload, "tailscale_peer", neko)).toMatchObject({ pingFailure: "it has no address" });
    expect(pings()).toBe(0);
  });

  it("are absent where the tailnet does not have them", async () => {
    const watched = createWatchedPeers();
    watched.watch(["nElsewhere11CNTRL"]);

    const payload = await runToPayload(createTailscaleProbe(watched), hostWithStatus(statusText({ [neko]: {} })));

    expect(factsAt(payload, "tailscale_peer", "nElsewhere11CNTRL")).toBe("absent");
    expect(subjectAt(payload, "tailscale_peer", neko).value.value).toMatchObject({ isWatched: false });
    expect(payload.lists).toMatchObject([{ isComplete: true }]);
  });

  it("are not called absent where one of the peers cannot be told from them", async () => {
    const watched = createWatchedPeers();
    watched.watch(["nElsewhere11CNTRL"]);
    const status = statusText({ [neko]: {}, nElsewhere11CNTRL: { ID: "" } });

    const payload = await runToPayload(createTailscaleProbe(watched), hostWithStatus(status));

    expect(payload.subjects.map(({ id }) => id)).toEqual(["", neko]);
  });
});
