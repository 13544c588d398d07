/** Statuses that no daemon ever gave: made up, damaged, or of another shape. The probe fails with a code, or says what the collector takes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPastRuns } from "../../agent/src/past-runs.ts";
import { changesIn } from "../../agent/src/probes/support/tailscale/notification.ts";
import { createWatchedPeers } from "../../agent/src/probes/support/tailscale/watched-peers.ts";
import { createTailscaleProbe } from "../../agent/src/probes/tailscale.ts";
import { hostWithStatus, statusText } from "../../agent/src/probes/test-support/tailnet.ts";
import { AppError } from "../../packages/shared/src/index.ts";
import { expectAccepted } from "./expect-accepted.ts";

const watched = createWatchedPeers();
watched.watch(["nAsked11CNTRL"]);
const probe = createTailscaleProbe(watched);
const past = createPastRuns();

const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 600 }),
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    2 ** 60,
    1e308,
    "",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-01-01T00:00:00+99:99",
    "\u202e’",
  ),
  fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 300 }),
  fc.jsonValue({ maxDepth: 2 }),
);
const peerKeys = [
  "ID",
  "HostName",
  "DNSName",
  "OS",
  "TailscaleIPs",
  "Tags",
  "PrimaryRoutes",
  "CurAddr",
  "Relay",
  "PeerRelay",
  "RxBytes",
];
const moreKeys = [
  "TxBytes",
  "LastSeen",
  "LastHandshake",
  "Online",
  "ExitNode",
  "Active",
  "Expired",
  "KeyExpiry",
  "ExitNodeOption",
];
const fields = (keys: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.constantFrom(...keys), anything, { maxKeys: 8 }).map((found) => ({ ...found }));
const peers = fc.dictionary(
  fc.constantFrom("nAsked11CNTRL", "nNeko11CNTRL", "nBobcat11CNTRL", "bad id"),
  fields([...peerKeys, ...moreKeys]),
);
const outerKeys = [
  "Version",
  "TUN",
  "BackendState",
  "AuthURL",
  "TailscaleIPs",
  "Self",
  "Health",
  "MagicDNSSuffix",
  "CurrentTailnet",
  "Peer",
  "ExitNodeStatus",
];

async function expectBearable(text: string): Promise<void> {
  const host = hostWithStatus(text);
  host.clock = { wallMs: host.clock.wallMs, uptimeMs: host.clock.uptimeMs + 3_600_000 * ++runs };
  try {
    const raw = await probe.read(host, new AbortController().signal, undefined, past.past(new Set()));
    const payload = probe.parse(raw);
    if (payload === undefined) throw new Error("absent, though it answers");
    past.note(payload, 0);
    expectAccepted(payload);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(AppError);
    expect(thrown).toMatchObject({ code: "HOST_ANSWER_MALFORMED" });
  }
}

let runs = 0;

describe("statuses of Tailscale that are damaged", () => {
  it("in single fields are told without what cannot be", { timeout: 60_000 }, async () => {
    const status = fc.tuple(peers, fields(outerKeys), fields([...peerKeys, ...moreKeys]));
    await fc.assert(
      fc.asyncProperty(status, async ([some, outer, self]) => {
        await expectBearable(statusText(some, { Self: self, ...outer }));
      }),
      { numRuns: 1_000 },
    );
  });

  it("in their text, or that are something else, fail with a code or are told", async () => {
    const whole = statusText({ nNeko11CNTRL: { Active: true }, nBobcat11CNTRL: { Tags: ["tag:a"] } });
    const damage = fc.record({ at: fc.nat(whole.length), length: fc.nat(60), put: fc.string({ unit: "binary", maxLength: 10 }) });
    const cut = damage.map(({ at, length, put }) => whole.slice(0, at) + put + whole.slice(at + length));
    await fc.assert(fc.asyncProperty(fc.oneof(cut, fc.json(), fc.string({ unit: "binary" })), expectBearable), {
      numRuns: 2_000,
    });
  });

  it("and notifications of any form change nothing or are a change, by names that can be logged", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: "binary" })), (line) => {
        expect(changesIn(line).every((each) => /^\w{1,32}$/.test(each))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
