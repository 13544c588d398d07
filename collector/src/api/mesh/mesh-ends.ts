/** What one machine says of the ways to the others of its tailnet. */
import { Outcome, TailscalePath } from "@nodekeeper/proto";
import type { MeshEnd } from "@nodekeeper/shared/api";
import { isoTime } from "../../state/iso-time.ts";
import { type NodeView, type SubjectView, type ValueOf, valuesOf, viewNode } from "../../state/node-view.ts";
import type { FleetEntry } from "../fleet/fleet-entry.ts";

/** A machine in a tailnet. */
export interface MeshMachine {
  readonly node: string;
  /** By which the others call it. */
  readonly id: string;
  readonly tailnet: string;
  /** Why nothing that it says of others can be believed now; undefined: it can. */
  readonly unheard: string | undefined;
  /** What it says of others, by their id. */
  readonly ends: ReadonlyMap<string, MeshEnd>;
}

/** As a node of the fleet is; undefined where it is in no tailnet, or never said so. Made once a change. */
export function meshMachine(entry: FleetEntry): MeshMachine | undefined {
  const known = made.get(entry);
  if (known !== undefined) return known.machine;
  const machine = makeMachine(viewNode(entry.node, entry.madeAtMs));
  made.set(entry, { machine });
  return machine;
}

/** An entry is made anew when anything of its node changes. */
const made = new WeakMap<FleetEntry, { readonly machine: MeshMachine | undefined }>();

const wayOf: Readonly<Record<TailscalePath, NonNullable<MeshEnd["lastWay"]> | undefined>> = {
  [TailscalePath.UNSPECIFIED]: undefined,
  [TailscalePath.DIRECT]: "direct",
  [TailscalePath.DERP]: "relay",
  [TailscalePath.PEER_RELAY]: "peer-relay",
};

function makeMachine(view: NodeView): MeshMachine | undefined {
  const [daemon] = valuesOf(view, "tailscale");
  if (daemon === undefined || daemon.subject.outcome === Outcome.ABSENT || daemon.value.stableId === "") return undefined;
  const unheard = whyUnheard(view, daemon.subject, daemon.value);
  const ends = valuesOf(view, "tailscalePeer")
    .filter(({ subject }) => subject.outcome !== Outcome.ABSENT)
    .map(({ subject, value }) => [subject.id, endOf(view, subject, value, unheard)] as const);
  const { stableId, tailnet } = daemon.value;
  return { node: view.node.name, id: stableId, tailnet, unheard, ends: new Map(ends) };
}

function whyUnheard({ freshness, node }: NodeView, subject: SubjectView, daemon: ValueOf<"tailscale">): string | undefined {
  if (freshness !== "fresh") return `${node.name} is silent`;
  if (subject.outcome === Outcome.FAILED) return `tailscaled on ${node.name} does not answer: ${subject.failure?.message ?? ""}`;
  if (subject.freshness !== "fresh") return `what ${node.name} said of its tailnet is old`;
  return daemon.backendState === "Running"
    ? undefined
    : `Tailscale on ${node.name} is ${daemon.backendState || "in an unknown state"}`;
}

function endOf({ node }: NodeView, subject: SubjectView, peer: ValueOf<"tailscalePeer">, unheard: string | undefined): MeshEnd {
  const told = { node: node.name, freshness: subject.freshness, observedAt: isoTime(subject.observedAtMs) };
  const old = subject.freshness === "fresh" ? undefined : `what ${node.name} said of it is old`;
  const unread = subject.outcome === Outcome.OK ? undefined : (subject.failure?.message ?? "it could not be read");
  const reason = unheard ?? unread ?? old;
  if (reason !== undefined) return { ...told, way: "unknown", reason };
  return { ...told, ...pathOf(subject, peer), ...numbersOf(subject) };
}

function pathOf(subject: SubjectView, peer: ValueOf<"tailscalePeer">): Pick<MeshEnd, "way" | "detail" | "lastWay" | "reason"> {
  const way = wayOf[peer.path];
  const lastWay = way === undefined ? {} : { lastWay: way };
  if (peer.isOnline === false) return { way: "offline", ...lastWay };
  const isActive = subject.samples.get("is_active");
  if (isActive === undefined) return { way: "unknown", reason: "the daemon does not say whether anything is sent" };
  if (isActive !== 1) return { way: "idle", ...lastWay };
  if (way === undefined) return { way: "unknown", reason: "the daemon does not say which way it takes" };
  return { way, ...(peer.pathDetail === "" ? {} : { detail: peer.pathDetail }) };
}

function numbersOf({ samples }: SubjectView): Partial<MeshEnd> {
  const numbers = {
    handshakeAgeSeconds: samples.get("handshake_age_seconds"),
    latencySeconds: samples.get("latency_seconds"),
    receiveBytes: samples.get("receive_bytes_total"),
    transmitBytes: samples.get("transmit_bytes_total"),
  };
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined && Number.isFinite(value)));
}
