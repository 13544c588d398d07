/** The probe on real daemons of a real tailnet on loopback: states, keys, peers, and the ways that packets go. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTailscaleProbe } from "../../agent/src/probes/tailscale.ts";
import { factsAt, runOnce, samplesAt } from "../../agent/src/probes/test-support/payload-view.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { addressOf, aTailnet, eventually, missing, read, startTimeoutMs, whyNot } from "./scene.ts";
import type { Tailnet } from "./tailnet.ts";
import type { TestDaemon } from "./test-daemon.ts";

describe.skipIf(missing !== undefined)(`the probe tailscale on a real tailnet${whyNot}`, { timeout: 150_000 }, () => {
  let tailnet: Tailnet;
  let neko: TestDaemon;
  let bobcat: TestDaemon;
  let ids: { readonly neko: string; readonly bobcat: string };

  beforeAll(async () => {
    tailnet = await aTailnet();
    [neko, bobcat] = await Promise.all([tailnet.daemon("neko"), tailnet.daemon("bobcat")]);
    await Promise.all([neko.start(), bobcat.start()]);
  }, startTimeoutMs);

  afterAll(async () => {
    await tailnet?.[Symbol.asyncDispose]();
  });

  it("says of a daemon that was never logged in that it needs a login, and of its peers nothing", async () => {
    const payload = await eventually(neko, "tailscale", "", { backendState: "NeedsLogin" });

    expect(factsAt(payload, "tailscale")).toMatchObject({
      backendState: "NeedsLogin",
      hasTun: false,
      isOnline: false,
      isLoginPending: false,
    });
    expect(factsAt(payload, "tailscale")).not.toHaveProperty("stableId");
    expect(payload.lists).toMatchObject([{ kind: "tailscale_peer", isComplete: false }]);
  });

  it("says of a machine that joined what the control server and the daemon know of it", async () => {
    ids = { neko: await neko.up(), bobcat: await bobcat.up() };
    await tailnet.order({ do: "update", node: ids.neko, tags: ["tag:server"], advertisedRoute: "10.7.0.0/16" });

    await eventually(neko, "tailscale", "", { backendState: "Running", isOnline: true, homeRegion: "test" });
    await eventually(neko, "tailscale_peer", ids.bobcat, { homeRegion: "test" });
    const payload = await waitUntil("the route arrives", 40_000, async () => {
      const now = await read(neko);
      return JSON.stringify(factsAt(now, "tailscale")).includes("10.7.0.0/16") ? now : undefined;
    });

    expect(ids.neko).toMatch(/^TESTCTRL\d+$/);
    expect(factsAt(payload, "tailscale")).toMatchObject({
      backendState: "Running",
      version: expect.stringMatching(/^1\.98\.8/),
      stableId: ids.neko,
      hostName: "neko",
      dnsName: "neko.tailnet.test",
      addresses: [expect.stringMatching(/^100\.64\./), expect.stringMatching(/^fd7a:115c:a1e0:/)],
      tags: ["tag:server"],
      primaryRoutes: ["10.7.0.0/16"],
      isOnline: true,
      isKeyExpired: false,
      homeRegion: "test",
      dnsSuffix: "tailnet.test",
      isExitNodeOffered: false,
    });
    expect(factsAt(payload, "tailscale")).not.toHaveProperty("keyExpiresAtUnixMs");
    expect(factsAt(payload, "tailscale_peer", ids.bobcat)).toMatchObject({
      hostName: "bobcat",
      homeRegion: "test",
      isKeyExpired: false,
    });
    expect(factsAt(payload, "tailscale_peer", ids.bobcat)).not.toHaveProperty("path");
    expect(payload.lists).toMatchObject([{ isComplete: true }]);
    expect(samplesAt(payload, "tailscale")).toMatchObject({ peers_total: 1, active_peers_total: 0, direct_peers_total: 0 });
  });

  it("says the way, the bytes and the handshake of a peer once packets have gone", async () => {
    await neko.exchange(await addressOf(bobcat));

    const payload = await eventually(neko, "tailscale_peer", ids.bobcat, { path: "TAILSCALE_PATH_DIRECT" });

    expect(factsAt(payload, "tailscale_peer", ids.bobcat)).toMatchObject({
      pathDetail: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    const samples = samplesAt(payload, "tailscale_peer", ids.bobcat);
    expect(samples).toMatchObject({ is_active: 1, is_direct: 1 });
    expect(samples["receive_bytes_total"]).toBeGreaterThan(0);
    expect(samples["transmit_bytes_total"]).toBeGreaterThan(0);
    expect(samples["handshake_age_seconds"]).toBeLessThan(60);
    expect(samplesAt(payload, "tailscale")).toMatchObject({
      active_peers_total: 1,
      direct_peers_total: 1,
      relayed_peers_total: 0,
    });
  });

  it("says when a peer goes offline, and when it was last seen", async () => {
    const seenAtMs = Date.UTC(2026, 0, 2, 3, 4, 5);
    await tailnet.order({ do: "update", node: ids.bobcat, isOnline: true });
    await eventually(neko, "tailscale_peer", ids.bobcat, { isOnline: true });
    await tailnet.order({ do: "update", node: ids.bobcat, isOnline: false, lastSeenAtMs: seenAtMs });

    const payload = await eventually(neko, "tailscale_peer", ids.bobcat, { isOnline: false });

    expect(factsAt(payload, "tailscale_peer", ids.bobcat)).toMatchObject({ lastSeenAtUnixMs: String(seenAtMs) });
  });

  it("says when keys end, of a peer and of the machine itself", async () => {
    const endsAtMs = Math.floor(systemClock.wallMs() / 1000) * 1000 + 30 * 86_400_000;
    await tailnet.order({ do: "update", node: ids.bobcat, keyExpiresAtMs: endsAtMs });
    await tailnet.order({ do: "update", node: ids.neko, keyExpiresAtMs: endsAtMs + 1000 });

    await eventually(neko, "tailscale_peer", ids.bobcat, { keyExpiresAtUnixMs: String(endsAtMs) });
    const payload = await eventually(neko, "tailscale", "", { keyExpiresAtUnixMs: String(endsAtMs + 1000) });

    expect(factsAt(payload, "tailscale_peer", ids.bobcat)).toMatchObject({
      keyExpiresAtUnixMs: String(endsAtMs),
      isKeyExpired: false,
    });
  });

  it("says of a machine that was stopped that it is stopped", async () => {
    await bobcat.down();

    const payload = await eventually(bobcat, "tailscale", "", { backendState: "Stopped" });

    expect(factsAt(payload, "tailscale")).toMatchObject({ stableId: ids.bobcat });
    await waitUntil("its health says so as well", 40_000, async () => {
      const { healthMessages } = Object(factsAt(await read(bobcat), "tailscale"));
      return (healthMessages ?? []).includes("Tailscale is stopped.");
    });
    await bobcat.up();
    await eventually(bobcat, "tailscale", "", { backendState: "Running", stableId: ids.bobcat });
  });

  it("is absent while the daemon is dead where none is installed, else fails with what to do, and finds it again as it was", async () => {
    const before = factsAt(await eventually(bobcat, "tailscale", "", { isOnline: true, homeRegion: "test" }), "tailscale");
    await bobcat.kill();
    const uninstalled = await runOnce(createTailscaleProbe(), await bobcat.host());
    await mkdir(join(bobcat.root, "usr/sbin"), { recursive: true });
    await writeFile(join(bobcat.root, "usr/sbin/tailscaled"), "");
    const killed = read(bobcat);
    await expect(killed).rejects.toThrow(
      /nobody listens \(ECONNREFUSED\); tailscaled is installed .* systemctl start tailscaled/,
    );
    await bobcat.start();
    await eventually(bobcat, "tailscale", "", { backendState: "Running", isOnline: true, homeRegion: "test" });
    let after: unknown;
    await waitUntil("it is as it was", 40_000, async () => {
      after = factsAt(await read(bobcat), "tailscale");
      return isDeepStrictEqual(after, before);
    }).catch(() => undefined); // what is another is shown below
    await bobcat.stop();
    const stopped = read(bobcat);
    await expect(stopped).rejects.toThrow(/no socket at .*; tailscaled is installed/);
    await bobcat.start();

    expect(uninstalled).toBeUndefined();
    expect(after).toEqual(before);
  });

  it("says that a key has ended, of a peer and of the machine itself", async () => {
    await tailnet.order({ do: "update", node: ids.bobcat, keyExpiresAtMs: systemClock.wallMs() - 60_000, isKeyExpired: true });
    await eventually(neko, "tailscale_peer", ids.bobcat, { isKeyExpired: true });
    await tailnet.order({ do: "expire", is: true });

    const payload = await eventually(neko, "tailscale", "", { backendState: "NeedsLogin", isKeyExpired: true });

    expect(factsAt(payload, "tailscale")).toMatchObject({ stableId: ids.neko, hostName: "neko" });
    await tailnet.order({ do: "expire", is: false });
  });

  it("says that somebody would have to log in, and keeps the address to itself", async () => {
    await tailnet.order({ do: "require-login", is: true });
    await neko.logOut();
    await eventually(neko, "tailscale", "", { backendState: "NeedsLogin" });
    await neko.logIn();
    const payload = await eventually(neko, "tailscale", "", { isLoginPending: true });
    const { AuthURL } = await neko.status();

    expect(AuthURL).toMatch(/^http.*\/auth\//);
    expect(
      JSON.stringify([payload.subjects.map((subject) => factsAt(payload, subject.kind, subject.id)), payload.lists.length]),
    ).not.toContain("/auth/");
    expect(await tailnet.order({ do: "log-in", url: AuthURL })).toBe(true);
    await eventually(neko, "tailscale", "", { backendState: "Running", isLoginPending: false });
  });
});
