/** The subject `tailscale`: the daemon, and this machine in the tailnet. */
import { TailscalePath } from "@nodekeeper/proto";
import type { Sample, SubjectValue } from "../../../payload.ts";
import { at, booleanOf, textOf } from "../document-values.ts";
import { healthMessages } from "./health-messages.ts";
import type { PeerStatus, TailscaleStatus } from "./status.ts";
import { dnsNameOf, keyOf, textsOf } from "./status-values.ts";

/** What the daemon says of itself and of this machine; `wallMs` is the machine's clock. */
export function tailscaleValue({ backendState, document }: TailscaleStatus, wallMs: number): SubjectValue<"tailscale"> {
  const self = at(document, "Self");
  const tailnet = at(document, "CurrentTailnet");
  const key = keyOf(self);
  const hasEnded = backendState === "NeedsLogin" && Number(key.keyExpiresAtUnixMs ?? Number.POSITIVE_INFINITY) <= wallMs;
  const own = textsOf(at(self, "TailscaleIPs"), maximumAddresses, 64);
  return {
    backendState,
    version: textOf(at(document, "Version"), 64),
    hasTun: booleanOf(at(document, "TUN")),
    stableId: textOf(at(self, "ID"), 64),
    hostName: textOf(at(self, "HostName")),
    dnsName: dnsNameOf(at(self, "DNSName")),
    // Stopped, it knows them still; only the outer list does in old versions.
    addresses: own.length > 0 ? own : textsOf(at(document, "TailscaleIPs"), maximumAddresses, 64),
    tags: textsOf(at(self, "Tags"), 64, 128),
    ...key,
    // The daemon flags ended keys of peers, and of its own says only that somebody must log in.
    isKeyExpired: key.isKeyExpired || hasEnded,
    isOnline: booleanOf(at(self, "Online")),
    homeRegion: textOf(at(self, "Relay"), 64),
    healthMessages: healthMessages(at(document, "Health"), at(document, "AuthURL")),
    tailnet: textOf(at(tailnet, "Name")),
    dnsSuffix: dnsNameOf(at(tailnet, "MagicDNSSuffix") ?? at(document, "MagicDNSSuffix")),
    exitNodeId: textOf(at(document, "ExitNodeStatus", "ID"), 64),
    isExitNodeOffered: booleanOf(at(self, "ExitNodeOption")),
    primaryRoutes: textsOf(at(self, "PrimaryRoutes"), 256, 64),
    isLoginPending: textOf(at(document, "AuthURL")) !== "",
  };
}

/** Counts over all peers, told of or not. */
export function tailscaleSamples({ peers, namelessPeerCount }: TailscaleStatus): readonly Sample[] {
  const count = (isCounted: (peer: PeerStatus) => boolean): number => peers.filter(isCounted).length;
  const values: Readonly<Record<string, number>> = {
    peers_total: peers.length + namelessPeerCount,
    online_peers_total: count((peer) => peer.isOnline),
    active_peers_total: count((peer) => peer.isActive),
    direct_peers_total: count(({ route }) => route?.path === TailscalePath.DIRECT),
    relayed_peers_total: count(({ route }) => route !== undefined && route.path !== TailscalePath.DIRECT),
  };
  return Object.entries(values).map(([name, value]) => ({ kind: "tailscale", id: "", name, value }));
}

const maximumAddresses = 8;
