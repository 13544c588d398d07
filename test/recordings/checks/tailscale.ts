/** What daemons of Tailscale have answered, given to the probe as if this machine's had said it, against jq and date. */
import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import { createWatchedPeers } from "../../../agent/src/probes/support/tailscale/watched-peers.ts";
import { createTailscaleProbe } from "../../../agent/src/probes/tailscale.ts";
import { factsAt, runOnce, runToPayload, samplesAt } from "../../../agent/src/probes/test-support/payload-view.ts";
import { extractByJq } from "../../../agent/src/probes/test-support/recordings.ts";
import { addressOf, hostWithStatus, statusText } from "../../../agent/src/probes/test-support/tailnet.ts";
import { expectAccepted } from "../expect-accepted.ts";
import { type IndexEntry, textOf } from "../recording-index.ts";
import { type Check, checked, failedWith } from "../verdict.ts";

type Fields = Readonly<Record<string, unknown>>;

const key = `(if (.KeyExpiry // "0001") > "1970" then { keyExpiresAt: .KeyExpiry } else {} end) + { isKeyExpired: (.Expired // false) }`;
const name = `{ hostName: .HostName, dnsName: ((.DNSName // "") | rtrimstr(".")), addresses: .TailscaleIPs, tags: .Tags, homeRegion: .Relay }`;
const peer = `{ id: .ID, rx: .RxBytes, tx: .TxBytes, isActive: .Active, facts: (${name} + ${key}
  + { operatingSystem: .OS, isOnline: .Online, isExitNode: .ExitNode }
  + (if .Active | not then {} elif .CurAddr != "" then { path: "TAILSCALE_PATH_DIRECT", pathDetail: .CurAddr }
     else { path: "TAILSCALE_PATH_DERP", pathDetail: .Relay } end)) }`;

/** A whole status: this machine and every peer with all that is said of it. Peers without an id, in statuses that were cut, are only counted. */
export const tailscaleStatus: Check = async (entry) => {
  const self = `{ backendState: .BackendState, version: .Version, hasTun: .TUN, isLoginPending: ((.AuthURL // "") != ""),
    healthMessages: (.Health // [] | sort), tailnet: .CurrentTailnet.Name } + (.TailscaleIPs as $ips | .Self // {}
    | ${name} + ${key} + { stableId: .ID, isOnline: .Online, isExitNodeOffered: .ExitNodeOption, addresses: (.TailscaleIPs // $ips) })`;
  const [expected, peers] = extractByJq(`${self}, [.Peer // {} | .[] | ${peer}]`, [entry.path]) as [Fields, readonly Peer[]];

  const payload = await runToPayload(createTailscaleProbe(), hostWithStatus(textOf(entry)));

  expectAccepted(payload);
  const { dnsSuffix: _, ...facts } = factsAt(payload, "tailscale") as Fields;
  expect(facts).toEqual(said(expected));
  expect(samplesAt(payload, "tailscale")).toMatchObject({
    peers_total: peers.length,
    active_peers_total: peers.filter(({ id, isActive }) => id && isActive).length,
  });
  const named = peers.filter(({ id }) => typeof id === "string");
  for (const each of named) {
    expect(factsAt(payload, "tailscale_peer", each.id ?? "")).toEqual({ ...said(each.facts), isWatched: false });
    expect(samplesAt(payload, "tailscale_peer", each.id ?? "")).toMatchObject({
      receive_bytes_total: each.rx,
      transmit_bytes_total: each.tx,
    });
  }
  const isTold = expected["backendState"] === "Running" && named.length === peers.length;
  expect(payload.lists).toMatchObject([{ isComplete: isTold }]);
  return checked;
};

/** One peer, put into a status. */
export const tailscalePeer: Check = async (entry) => {
  const [each] = extractByJq(peer, [entry.path]) as [Peer];
  const status = statusText({}, { Peer: { "nodekey:00": JSON.parse(textOf(entry)) } });

  const payload = await runToPayload(createTailscaleProbe(), hostWithStatus(status));

  expectAccepted(payload);
  expect(factsAt(payload, "tailscale_peer", each.id ?? "")).toEqual({ ...said(each.facts), isWatched: false });
  return checked;
};

/** The answer to a ping. */
export const tailscalePing: Check = async (entry) => {
  const id = "nWatched11CNTRL";
  const watched = createWatchedPeers();
  watched.watch([id]);
  const host = hostWithStatus(statusText({ [id]: {} }));
  host.serviceAnswers.set(`tailscale ping ${addressOf(id)}`, { status: 200, text: textOf(entry) });

  const payload = await runToPayload(createTailscaleProbe(watched), host);

  const [latency] = extractByJq(".LatencySeconds", [entry.path]);
  expect(samplesAt(payload, "tailscale_peer", id)).toMatchObject({ latency_seconds: latency });
  return checked;
};

/** Anything else that a daemon says is no status. */
export const noStatus: Check = async (entry) => {
  const run = runOnce(createTailscaleProbe(), hostWithStatus(textOf(entry)));
  await expect(run).rejects.toMatchObject({ code: "HOST_ANSWER_MALFORMED" });
  return failedWith("HOST_ANSWER_MALFORMED");
};

/** The words of a refusal, as the daemon says them with the status 403. */
export const refusedByDaemon: Check = async (entry: IndexEntry) => {
  const run = runOnce(createTailscaleProbe(), hostWithStatus(textOf(entry), 403));
  await expect(run).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
  await expect(run).rejects.toThrow("status access denied");
  return failedWith("HOST_PERMISSION_DENIED");
};

interface Peer {
  readonly id: string | null;
  readonly rx: number;
  readonly tx: number;
  readonly isActive: boolean;
  readonly facts: Fields;
}

/** What is not said does not stand in facts as JSON; times are in milliseconds. */
function said(fields: Fields): Fields {
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0))
    .map(([field, value]) => (field === "keyExpiresAt" ? ["keyExpiresAtUnixMs", millisecondsOf(String(value))] : [field, value]));
  return Object.fromEntries(entries);
}

function millisecondsOf(moment: string): string {
  return execFileSync("date", ["-d", moment, "+%s%3N"], { encoding: "utf8" }).trim();
}
