/** The tailnet: this machine in it, and the way to each peer. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatSeconds, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import {
  keyText,
  peerCountsText,
  peerKeyText,
  peerName,
  peerPathText,
  peersWorstFirst,
  peerTone,
  singleSubject,
  tailscaleText,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type FactRow, Facts } from "../facts.tsx";
import { Doubt } from "./doubt.tsx";

/** Peers beyond this are shown on request. */
const shownAtOnce = 10;

/** Facts and a table, the worst peer first; nothing on a machine without a daemon. */
export function TailscaleSection(props: {
  readonly subjects: readonly SubjectBody[];
  readonly nowMs: number;
}): JSX.Element | null {
  const { subjects, nowMs } = props;
  const self = singleSubject(subjects, "tailscale");
  const peers = peersWorstFirst(subjects, nowMs);
  const [isAll, setIsAll] = useState(false);
  if (self === undefined && peers.length === 0) return null;
  const shown = isAll ? peers : peers.slice(0, shownAtOnce);
  return (
    <section>
      <h2>Tailscale</h2>
      {self !== undefined && <Facts rows={selfRows(self, nowMs)} />}
      <Doubt subject={self} />
      {shown.length > 0 && <PeerTable peers={shown} nowMs={nowMs} />}
      {shown.length < peers.length && (
        <button type="button" class="more" onClick={() => setIsAll(true)}>
          Show all {peers.length} peers
        </button>
      )}
    </section>
  );
}

function selfRows(self: SubjectBody, nowMs: number): readonly FactRow[] {
  const state = textField(self, "backendState");
  return [
    ["State", tailscaleText(self), state !== "" && state !== "Running" && state !== "Starting"],
    ["Key", keyText(self, nowMs).replace(/^key /, ""), booleanField(self, "isKeyExpired") === true],
    ["Peers", peerCountsText(self)],
    ["Home region", textField(self, "homeRegion")],
    ["Version", textField(self, "version")],
    ["It says", textsField(self, "healthMessages").join(" ")],
  ];
}

function PeerTable(props: { readonly peers: readonly SubjectBody[]; readonly nowMs: number }): JSX.Element {
  return (
    <div class="table-place below">
      <table>
        <thead>
          <tr>
            <th>Peer</th>
            <th>Path</th>
            <th class="number">Latency</th>
            <th class="number">Last handshake</th>
            <th class="number">Received</th>
            <th class="number">Sent</th>
          </tr>
        </thead>
        <tbody>
          {props.peers.map((peer) => (
            <PeerRow key={peer.id} peer={peer} nowMs={props.nowMs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PeerRow(props: { readonly peer: SubjectBody; readonly nowMs: number }): JSX.Element {
  const { peer, nowMs } = props;
  const { latency_seconds: latency, handshake_age_seconds: handshake } = peer.samples;
  const { receive_bytes_total: received, transmit_bytes_total: sent } = peer.samples;
  const tone = peerTone(peer, nowMs);
  const remarks = [
    textField(peer, "pingFailure"),
    peerKeyText(peer, nowMs),
    booleanField(peer, "isExitNode") === true ? "exit node" : "",
  ].filter((text) => text !== "");
  return (
    <tr>
      <td title={textsField(peer, "addresses").join(", ")}>
        {peerName(peer)} <span class="quiet">{textField(peer, "operatingSystem")}</span>
      </td>
      <td>
        <span class={tone === "bad" || tone === "warning" ? tone : ""}>{peerPathText(peer, nowMs)}</span>
        {remarks.length > 0 && <div class="quiet">{remarks.join(", ")}</div>}
      </td>
      <td class="number">{latency === undefined ? "" : formatSeconds(latency)}</td>
      <td class="number">{handshake === undefined ? "" : `${formatTimeSpan(handshake)} ago`}</td>
      <td class="number">{received === undefined ? "" : formatSize(received)}</td>
      <td class="number">{sent === undefined ? "" : formatSize(sent)}</td>
    </tr>
  );
}
