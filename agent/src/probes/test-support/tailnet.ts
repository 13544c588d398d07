/** Statuses of tailscaled as its LocalAPI gives them (ipn/ipnstate), made up by a test. */
import type { Payload } from "../../payload.ts";
import type { Probe } from "../../probe.ts";
import { repeatedRuns } from "./repeated-runs.ts";
import { TreeHost } from "./tree-host.ts";

/** Fields of a peer or of this machine, by the names of the daemon. */
export type StatusFields = Readonly<Record<string, unknown>>;

/** Go's zero time: never, or not applicable. */
export const never = "0001-01-01T00:00:00Z";

/** A status with these peers by stable id; `more` stands over what a running daemon says. */
export function statusText(peers: Readonly<Record<string, StatusFields>> = {}, more: StatusFields = {}): string {
  return JSON.stringify({
    Version: "1.98.8-t1241b225b-g0520dfda5",
    TUN: true,
    BackendState: "Running",
    HaveNodeKey: true,
    AuthURL: "",
    TailscaleIPs: ["100.79.124.94", "fd7a:115c:a1e0::5e01:7c5e"],
    Self: {
      ...peerStatus("nPanther11CNTRL"),
      HostName: "panther",
      DNSName: "panther.tail1a2b.ts.net.",
      Relay: "fra",
      Online: true,
    },
    Health: [],
    MagicDNSSuffix: "tail1a2b.ts.net",
    CurrentTailnet: { Name: "someone@example.com", MagicDNSSuffix: "tail1a2b.ts.net", MagicDNSEnabled: true },
    CertDomains: null,
    Peer: Object.fromEntries(Object.entries(peers).map(([id, fields]) => [`nodekey:${id}`, { ...peerStatus(id), ...fields }])),
    User: {},
    ClientVersion: null,
    ...more,
  });
}

/** An idle peer that is online, as the daemon gives one. */
export function peerStatus(id: string): StatusFields {
  const name = id.toLowerCase().replace(/^n|11cntrl$/g, "");
  return {
    ID: id,
    NodeID: 2 ** 54 + 2,
    PublicKey: `nodekey:${"ab".repeat(32)}`,
    HostName: name,
    DNSName: `${name}.tail1a2b.ts.net.`,
    OS: "linux",
    UserID: 2 ** 55 + 2,
    TailscaleIPs: [addressOf(id)],
    AllowedIPs: [`${addressOf(id)}/32`],
    Addrs: null,
    CurAddr: "",
    Relay: "fra",
    PeerRelay: "",
    RxBytes: 0,
    TxBytes: 0,
    Created: "2025-06-01T12:00:00.123456789Z",
    LastWrite: never,
    LastSeen: never,
    LastHandshake: never,
    Online: true,
    ExitNode: false,
    ExitNodeOption: false,
    Active: false,
    PeerAPIURL: [`http://${addressOf(id)}:35321`],
    TaildropTarget: 5,
    NoFileSharingReason: "",
    InNetworkMap: true,
    InMagicSock: true,
    InEngine: false,
  };
}

/** A Tailscale address for an id. */
export function addressOf(id: string): string {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % (1 << 22);
  return `100.${64 + (hash >> 16)}.${(hash >> 8) & 255}.${hash & 255}`;
}

/** Runs of a probe on one machine, each with the status that its daemon gives then. */
export function runsWithStatus(probe: Probe, host: TreeHost = new TreeHost()): (text: string) => Promise<Payload> {
  const next = repeatedRuns(probe, host);
  return (text) => {
    host.serviceAnswers.set("tailscale status", { status: 200, text });
    return next();
  };
}

/** A machine whose daemon gives this status. */
export function hostWithStatus(text: string, status = 200): TreeHost {
  const host = new TreeHost();
  host.serviceAnswers.set("tailscale status", { status, text });
  return host;
}
