/** The tailnet as each node sees it. */
import { TailscalePath } from "@nodekeeper/proto";
import { isFreshAndOk } from "../../state/node-view.ts";
import { type Chapter, type Family, labelsOf } from "../chapter.ts";
import { flag, numberNow, plain, seconds, subjectsOf } from "../node-subjects.ts";

const running: Family = {
  name: "nodekeeper_tailnet_running",
  type: "gauge",
  help: "1 while the node is in its tailnet; not there where Tailscale is not installed or does not answer.",
};
const peers: Family = {
  name: "nodekeeper_tailnet_peers",
  type: "gauge",
  help: "Peers that are online, by the control plane's word.",
};
const paths: Family = {
  name: "nodekeeper_tailnet_paths",
  type: "gauge",
  help: "Peers to which something was sent lately, by the way it went (direct, derp, peer_relay).",
};
const expiry: Family = {
  name: "nodekeeper_tailnet_key_expiry_timestamp_seconds",
  type: "gauge",
  help: "When the node's key ends, in seconds since 1970; not there for one that never does.",
};

export const tailnet: Chapter = {
  families: [running, peers, paths, expiry],
  write(node, { nowMs }, sheet) {
    const labels = labelsOf({ node: node.name });
    const [self] = subjectsOf(node, "tailscale", "tailscale", nowMs).filter(isFreshAndOk);
    if (self?.value?.case !== "tailscale") return;
    const { backendState, keyExpiresAtUnixMs } = self.value.value;
    const isRunning = backendState === "Running";
    sheet.add(running, labels, flag(isRunning));
    sheet.add(expiry, labels, seconds(plain(keyExpiresAtUnixMs)));
    if (!isRunning) return;
    sheet.add(peers, labels, numberNow(self, "online_peers_total"));
    const counts = new Map([...pathNames.values()].map((name) => [name, 0]));
    for (const peer of subjectsOf(node, "tailscale", "tailscale_peer", nowMs)) {
      if (peer.value?.case !== "tailscalePeer" || numberNow(peer, "is_active") !== 1) continue;
      const name = pathNames.get(peer.value.value.path);
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [path, count] of counts) sheet.add(paths, `${labels},path="${path}"`, count);
  },
};

const pathNames: ReadonlyMap<TailscalePath, string> = new Map([
  [TailscalePath.DIRECT, "direct"],
  [TailscalePath.DERP, "derp"],
  [TailscalePath.PEER_RELAY, "peer_relay"],
]);
