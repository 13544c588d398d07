/** The subject `tailscale_peer` of one peer. */
import { type Subject, TailscalePath } from "@nodekeeper/proto";
import type { Sample, SubjectValue } from "../../../payload.ts";
import { at, booleanOf, textOf } from "../document-values.ts";
import type { PeerRoute, PeerStatus } from "./status.ts";
import { bytesOf, dnsNameOf, keyOf, momentOf, textsOf } from "./status-values.ts";
import type { PeerPing } from "./watched-peers.ts";

/** What is known of a peer besides what the daemon says now. */
export interface PeerContext {
  /** As it was last told of. */
  readonly before: Subject | undefined;
  readonly isWatched: boolean;
  /** Undefined where none was sent. */
  readonly ping: PeerPing | undefined;
  /** The machine's clock now. */
  readonly wallMs: number;
}

/** What the daemon says of a peer. Nothing in it changes while the peer is idle. */
export function peerValue({ document, route }: PeerStatus, context: PeerContext): SubjectValue<"tailscale_peer"> {
  const isOnline = booleanOf(at(document, "Online"));
  const { path, detail } = route ?? lastRoute(context.before);
  const lastSeenAt = isOnline === false ? momentOf(at(document, "LastSeen")) : undefined;
  return {
    hostName: textOf(at(document, "HostName")),
    dnsName: dnsNameOf(at(document, "DNSName")),
    operatingSystem: textOf(at(document, "OS"), 64),
    addresses: textsOf(at(document, "TailscaleIPs"), 8, 64),
    tags: textsOf(at(document, "Tags"), 64, 128),
    isOnline,
    path,
    pathDetail: detail,
    homeRegion: textOf(at(document, "Relay"), 64),
    ...keyOf(document),
    ...(lastSeenAt !== undefined && { lastSeenAtUnixMs: lastSeenAt }),
    isExitNode: booleanOf(at(document, "ExitNode")),
    primaryRoutes: textsOf(at(document, "PrimaryRoutes"), 32, 64),
    isWatched: context.isWatched,
    pingFailure: context.ping?.failure ?? "",
  };
}

/** Numbers of a peer. Their names are the same in every run: what is not known now is unknown. */
export function peerSamples({ id, document, isActive, route }: PeerStatus, context: PeerContext): readonly Sample[] {
  const handshakeAt = momentOf(at(document, "LastHandshake"));
  const handshakeAgeMs = handshakeAt === undefined ? undefined : context.wallMs - Number(handshakeAt);
  const values: Readonly<Record<string, number | undefined>> = {
    receive_bytes_total: bytesOf(at(document, "RxBytes")),
    transmit_bytes_total: bytesOf(at(document, "TxBytes")),
    // One to come says only that the clock was set back.
    handshake_age_seconds: handshakeAgeMs === undefined || handshakeAgeMs < 0 ? undefined : handshakeAgeMs / 1000,
    is_active: isActive ? 1 : 0,
    is_direct: route === undefined ? undefined : Number(route.path === TailscalePath.DIRECT),
    ...(context.isWatched && { latency_seconds: context.ping?.latencySeconds }),
  };
  return Object.entries(values).map(([name, value]) => ({ kind: "tailscale_peer", id, name, value }));
}

/** How packets went to a peer when it was last active. */
function lastRoute(before: Subject | undefined): PeerRoute {
  if (before?.value.case !== "tailscalePeer") return { path: TailscalePath.UNSPECIFIED, detail: "" };
  const { path, pathDetail } = before.value.value;
  return { path, detail: pathDetail };
}
