/** Peers of the tailnet and the way to each, the worst first. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, textField } from "@nodekeeper/shared/fields";
import { formatSeconds, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import { isPeerWorthSeeing, peerKeyText, peerName, peerPathText, peersWorstFirst, peerTone } from "@nodekeeper/shared/readings";
import type { Cell, Column } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { list, section, type View } from "./section.ts";

/** Peers in the short form. */
const limit = 5;

const columns: readonly Column[] = [
  { title: "PEER", minimumWidth: 10 },
  { title: "PATH", minimumWidth: 12 },
  { title: "LATENCY", align: "right" },
  { title: "HANDSHAKE", align: "right", isOptional: true },
  { title: "RECEIVED", align: "right", isOptional: true },
  { title: "SENT", align: "right", isOptional: true },
  { title: "SYSTEM", isOptional: true },
  { title: "REMARK" },
];

/** The table; the short form leaves out those that are idle or offline without anybody's asking. */
export function renderPeers(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const peers = peersWorstFirst(subjects, view.nowMs);
  const shown = view.isAll ? peers : peers.filter((peer) => isPeerWorthSeeing(peer, view.nowMs));
  const rows = shown.map((peer) => row(peer, view));
  return section(terminal, view, { columns, rows, limit, hiddenCount: peers.length - shown.length });
}

function row(peer: SubjectBody, view: View): readonly Cell[] {
  const { latency_seconds: latency, handshake_age_seconds: handshake } = peer.samples;
  const { receive_bytes_total: received, transmit_bytes_total: sent } = peer.samples;
  return [
    peerName(peer),
    { text: peerPathText(peer, view.nowMs), tone: peerTone(peer, view.nowMs) },
    latency === undefined ? "" : formatSeconds(latency),
    handshake === undefined || !view.isAll ? "" : `${formatTimeSpan(handshake)} ago`,
    view.isAll && received !== undefined ? formatSize(received) : "",
    view.isAll && sent !== undefined ? formatSize(sent) : "",
    view.isAll ? textField(peer, "operatingSystem") : "",
    list(
      textField(peer, "pingFailure"),
      peerKeyText(peer, view.nowMs),
      booleanField(peer, "isExitNode") === true ? "exit node" : "",
    ),
  ];
}
