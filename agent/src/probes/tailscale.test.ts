import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Payload } from "../payload.ts";
import { createTailscaleProbe } from "./tailscale.ts";
import { factsAt, runOnce, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { hostWithStatus, never, runsWithStatus, statusText } from "./test-support/tailnet.ts";
import { denied, TreeHost } from "./test-support/tree-host.ts";

const probe = createTailscaleProbe();
const hourMs = 3_600_000;

function factsOf({ subjects, lists, samples }: Payload): unknown {
  return { subjects, lists, keys: samples.map(({ kind, id, name }) => `${kind} ${id} ${name}`) };
}

describe("feature 25: Tailscale self: state, addresses, tags, key expiry, version, health messages", () => {
  it("tells all of it of a machine that runs", async () => {
    const self = {
      ID: "nPanther11CNTRL",
      HostName: "panther’s",
      DNSName: "panther.tail1a2b.ts.net.",
      TailscaleIPs: ["100.79.124.94", "fd7a:115c:a1e0::5e01:7c5e"],
      Tags: ["tag:server", "tag:gpu"],
      PrimaryRoutes: ["10.1.0.0/16"],
      Relay: "fra",
      Online: true,
      ExitNodeOption: true,
      KeyExpiry: "2026-05-01T09:00:00+09:00",
    };
    const more = {
      Self: self,
      Health: ["Some peers are advertising routes"],
      ExitNodeStatus: { ID: "nExit11CNTRL", Online: true },
    };

    const payload = await runToPayload(probe, hostWithStatus(statusText({}, more)));

    expect(factsAt(payload, "tailscale")).toEqual({
      backendState: "Running",
      version: "1.98.8-t1241b225b-g0520dfda5",
      hasTun: true,
      stableId: "nPanther11CNTRL",
      hostName: "panther’s",
      dnsName: "panther.tail1a2b.ts.net",
      addresses: ["100.79.124.94", "fd7a:115c:a1e0::5e01:7c5e"],
      tags: ["tag:server", "tag:gpu"],
      keyExpiresAtUnixMs: String(Date.UTC(2026, 4, 1)),
      isKeyExpired: false,
      isOnline: true,
      homeRegion: "fra",
      healthMessages: ["Some peers are advertising routes"],
      tailnet: "someone@example.com",
      dnsSuffix: "tail1a2b.ts.net",
      exitNodeId: "nExit11CNTRL",
      isExitNodeOffered: true,
      primaryRoutes: ["10.1.0.0/16"],
      isLoginPending: false,
    });
  });

  it("leaves the end of a key that never ends unset", async () => {
    const facts = factsAt(await runToPayload(probe, hostWithStatus(statusText())), "tailscale");

    expect(facts).not.toHaveProperty("keyExpiresAtUnixMs");
    expect(facts).toHaveProperty("isKeyExpired", false);
  });

  it.each([
    ["NeedsLogin", "2025-12-31T23:59:00Z", true],
    ["Running", "2025-12-31T23:59:00Z", false],
    ["NeedsLogin", "2026-02-01T00:00:00Z", false],
  ])("in the state %s with a key until %s says whether it has ended: %s", async (BackendState, KeyExpiry, isKeyExpired) => {
    const payload = await runToPayload(probe, hostWithStatus(statusText({}, { BackendState, Self: { KeyExpiry } })));

    expect(factsAt(payload, "tailscale")).toMatchObject({ isKeyExpired });
  });

  it.each(["NoState", "NeedsLogin", "Stopped", "Starting", "NeedsMachineAuth", "InUseOtherUser"])(
    "is ok in the state %s, where everything is null, and says nothing of peers",
    async (state) => {
      const nothing = { TailscaleIPs: null, CurrentTailnet: null, CertDomains: null, Peer: null, User: null, Health: null };
      const self = {
        ID: "",
        HostName: "mp100",
        DNSName: "",
        TailscaleIPs: null,
        PeerAPIURL: null,
        Online: false,
        KeyExpiry: never,
      };

      const payload = await runToPayload(probe, hostWithStatus(statusText({}, { BackendState: state, ...nothing, Self: self })));

      expect(factsAt(payload, "tailscale")).toMatchObject({ backendState: state, hostName: "mp100", isOnline: false });
      expect(factsAt(payload, "tailscale")).not.toHaveProperty("stableId");
      expect(payload.lists).toMatchObject([{ kind: "tailscale_peer", isComplete: false }]);
    },
  );

  it("keeps the address at which one could log in to itself, wherever the daemon says it", async () => {
    const address = "https://login.tailscale.com/a/1223456abc";
    const health = [`You are logged out. Log in at ${address} now`, "or at https://headscale.example/register/mkey:5f2 please"];
    const text = statusText({}, { BackendState: "NeedsLogin", AuthURL: address, Health: health });

    const payload = await runToPayload(probe, hostWithStatus(text));

    expect(factsAt(payload, "tailscale")).toMatchObject({
      isLoginPending: true,
      healthMessages: ["You are logged out. Log in at (address left out) now", "or at (address left out) please"],
    });
    expect(JSON.stringify(factsAt(payload, "tailscale"))).not.toMatch(/1223456abc|5f2/);
  });

  it("complains in the same words while the same trouble lasts", async () => {
    const complain = (lasted: string): string =>
      statusText({}, { Health: [`Tailscale hasn't received a network map from the coordination server in ${lasted}.`] });
    const run = runsWithStatus(probe);

    const first = await run(complain("2m10s"));
    const second = await run(complain("1h2m25.5s"));

    expect(factsAt(first, "tailscale")).toMatchObject({
      healthMessages: ["Tailscale hasn't received a network map from the coordination server in a while."],
    });
    expect(factsOf(second)).toEqual(factsOf(first));
  });

  it("is absent where nothing is installed, whether or not a socket was left behind", async () => {
    const host = new TreeHost({ "/etc/hostname": "neko" });
    const missing = new AppError("HOST_FILE_MISSING", "cannot ask tailscale for its status: there is no socket");
    const left = new AppError("PEER_UNREACHABLE", "nobody listens (ECONNREFUSED)", { context: { errno: "ECONNREFUSED" } });
    const outcomes: unknown[] = [];
    for (const error of [missing, left]) {
      host.serviceAnswers.set("tailscale status", error);
      outcomes.push(await runOnce(probe, host));
    }

    expect(outcomes).toEqual([undefined, undefined]);
  });

  it.each(["/usr/sbin/tailscaled", "/usr/lib/systemd/system/tailscaled.service", "/snap/tailscale/current/bin/tailscaled"])(
    "fails with what to do where %s is there and the daemon is not",
    async (path) => {
      const host = new TreeHost({ [path]: "" });
      host.serviceAnswers.set("tailscale status", new AppError("HOST_FILE_MISSING", "there is no socket"));

      const run = runOnce(probe, host);

      await expect(run).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
      await expect(run).rejects.toThrow(/^there is no socket; tailscaled is installed \(.*\) and does not run: systemctl start/);
    },
  );

  it.each([
    ["takes too long", new AppError("PEER_UNREACHABLE", "no answer within 4 s"), "PEER_UNREACHABLE", "no answer within 4 s"],
    ["is refused to us", denied("/run/tailscale/tailscaled.sock"), "HOST_PERMISSION_DENIED", "run the agent as root"],
    ["says no", { status: 403, text: "status access denied\n" }, "HOST_PERMISSION_DENIED", "status access denied; run the agent"],
    ["fails", { status: 500, text: "" }, "PEER_REFUSED", "tailscaled answered 500"],
    ["is cut short", { status: 200, text: statusText().slice(0, 500) }, "HOST_ANSWER_MALFORMED", "are not JSON"],
    ["is empty", { status: 200, text: "" }, "HOST_ANSWER_MALFORMED", "are not JSON"],
    ["is of something else", { status: 200, text: '{"version":"0.5"}' }, "HOST_ANSWER_MALFORMED", "no BackendState"],
    ["has a list of peers", { status: 200, text: statusText({}, { Peer: [1] }) }, "HOST_ANSWER_MALFORMED", "no object"],
  ])("fails where the answer %s", async (_, answer, code, words) => {
    const host = new TreeHost({ "/usr/sbin/tailscaled": "" });
    host.serviceAnswers.set("tailscale status", answer);

    const run = runOnce(probe, host);

    await expect(run).rejects.toMatchObject({ code });
    await expect(run).rejects.toThrow(words);
  });
});

describe("feature 26: Tailscale peers with path direct, DERP or peer relay, handshake age, bytes", () => {
  it.each([
    ["straight", { CurAddr: "192.168.1.9:41641" }, { path: "TAILSCALE_PATH_DIRECT", pathDetail: "192.168.1.9:41641" }, 1],
    ["over DERP", {}, { path: "TAILSCALE_PATH_DERP", pathDetail: "fra" }, 0],
    [
      "over a peer",
      { PeerRelay: "203.0.113.9:7777:vni:3" },
      { path: "TAILSCALE_PATH_PEER_RELAY", pathDetail: "203.0.113.9:7777" },
      0,
    ],
  ])("says that packets go %s", async (_, fields, expected, isDirect) => {
    const host = hostWithStatus(statusText({ nNeko11CNTRL: { Active: true, ...fields } }));

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "tailscale_peer", "nNeko11CNTRL")).toMatchObject({ ...expected, homeRegion: "fra" });
    expect(samplesAt(payload, "tailscale_peer", "nNeko11CNTRL")).toMatchObject({ is_active: 1, is_direct: isDirect });
    expect(samplesAt(payload, "tailscale")).toMatchObject({ direct_peers_total: isDirect, relayed_peers_total: 1 - isDirect });
  });

  it("says nothing of the way to a peer that was never active, though its home relay is known", async () => {
    const payload = await runToPayload(probe, hostWithStatus(statusText({ nNeko11CNTRL: {} })));

    expect(factsAt(payload, "tailscale_peer", "nNeko11CNTRL")).not.toHaveProperty("path");
    expect(samplesAt(payload, "tailscale_peer", "nNeko11CNTRL")).toMatchObject({ is_active: 0, is_direct: undefined });
  });

  it("remembers the way to a peer that fell idle, and forgets it with the peer", async () => {
    const run = runsWithStatus(probe);

    await run(statusText({ nNeko11CNTRL: { Active: true, CurAddr: "10.0.0.2:41641" } }));
    const idle = await run(statusText({ nNeko11CNTRL: {} }));
    await run(statusText({}));
    const anew = await run(statusText({ nNeko11CNTRL: {} }));

    expect(factsAt(idle, "tailscale_peer", "nNeko11CNTRL")).toMatchObject({
      path: "TAILSCALE_PATH_DIRECT",
      pathDetail: "10.0.0.2:41641",
    });
    expect(factsAt(anew, "tailscale_peer", "nNeko11CNTRL")).not.toHaveProperty("path");
  });

  it("counts bytes, and the age of the last handshake by the machine's clock", async () => {
    const at = "2026-01-01T02:59:30.5+03:00";
    const host = hostWithStatus(statusText({ nNeko11CNTRL: { RxBytes: 168365416, TxBytes: 363769796, LastHandshake: at } }));

    const samples = samplesAt(await runToPayload(probe, host), "tailscale_peer", "nNeko11CNTRL");

    expect(samples).toMatchObject({
      receive_bytes_total: 168365416,
      transmit_bytes_total: 363769796,
      handshake_age_seconds: 29.5,
    });
  });

  it("does not know the age of a handshake that never was, nor that of one to come", async () => {
    const host = hostWithStatus(statusText({ nA11CNTRL: {}, nB11CNTRL: { LastHandshake: "2026-01-01T00:00:02Z" } }));

    const payload = await runToPayload(probe, host);

    expect(samplesAt(payload, "tailscale_peer", "nA11CNTRL")).toMatchObject({ handshake_age_seconds: undefined });
    expect(samplesAt(payload, "tailscale_peer", "nB11CNTRL")).toMatchObject({ handshake_age_seconds: undefined });
  });

  it("tells an expired peer that is offline, and when it was last seen", async () => {
    const fields = {
      Online: false,
      Expired: true,
      Relay: "",
      KeyExpiry: "2025-12-01T00:00:00Z",
      LastSeen: "2025-11-30T10:00:00.1Z",
    };
    const payload = await runToPayload(
      probe,
      hostWithStatus(statusText({ nOld11CNTRL: fields, nNew11CNTRL: { LastSeen: never } })),
    );

    expect(factsAt(payload, "tailscale_peer", "nOld11CNTRL")).toMatchObject({
      isOnline: false,
      isKeyExpired: true,
      keyExpiresAtUnixMs: String(Date.UTC(2025, 11, 1)),
      lastSeenAtUnixMs: String(Date.UTC(2025, 10, 30, 10, 0, 0, 100)),
    });
    expect(factsAt(payload, "tailscale_peer", "nNew11CNTRL")).not.toHaveProperty("lastSeenAtUnixMs");
  });

  it("changes no fact while the tailnet is idle, whatever numbers move", async () => {
    const host = new TreeHost();
    const run = runsWithStatus(probe, host);
    const at = (bytes: number, LastHandshake: string, Active: boolean): string =>
      statusText({
        nNeko11CNTRL: {
          RxBytes: bytes,
          TxBytes: bytes,
          LastHandshake,
          LastWrite: LastHandshake,
          Active,
          CurAddr: Active ? "10.0.0.2:1" : "",
        },
      });

    const first = await run(at(100, "2025-12-31T23:00:00Z", true));
    host.clock = { wallMs: host.clock.wallMs + hourMs, uptimeMs: host.clock.uptimeMs + hourMs };
    const second = await run(at(5_000, "2026-01-01T00:59:00Z", false));
    const third = await run(at(6_000, "2026-01-01T00:59:58Z", true));

    expect(factsOf(second)).toEqual(factsOf(first));
    expect(factsOf(third)).toEqual(factsOf(first));
  });

  it("takes one bad peer among good ones as what it is, and does not call the list whole", async () => {
    const peers = {
      nGood11CNTRL: { TailscaleIPs: null, Tags: "none", RxBytes: "many", OS: 5, KeyExpiry: "soon" },
      nBad11CNTRL: { ID: 7 },
    };

    const payload = await runToPayload(probe, hostWithStatus(statusText(peers)));

    expect(payload.subjects.map(({ id }) => id)).toEqual(["", "nGood11CNTRL"]);
    expect(payload.lists).toMatchObject([{ isComplete: false, failure: { message: "1 peers have no stable id" } }]);
    expect(samplesAt(payload, "tailscale_peer", "nGood11CNTRL")).toMatchObject({ receive_bytes_total: undefined });
    expect(samplesAt(payload, "tailscale")).toMatchObject({ peers_total: 2 });
  });
});
