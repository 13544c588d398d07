/** Packets to a machine that matters go over a relay for long. */
import { type Fault, hourMs, minuteMs } from "../fault.ts";

const peer = "Peer.nodekey:a541f113e93fa6ae459b5d2acae42b8025400e49cf4d3f294e543528a5abd134";

export const tailnetRelayed: Fault = {
  name: "tailnet-relayed",
  title: "The straight way to another server is closed, and packets go over DERP for more than an hour",
  source: "Tailscale's documentation of connection types; CurAddr of ipn/ipnstate",
  machine: "neko",
  probes: ["tailscale"],
  acts: [
    {
      what: "CurAddr of neko2: 192.168.20.12:41641 → none, relay fra",
      change: (scene) => scene.service("tailscale status", { [`${peer}.CurAddr`]: "" }),
    },
  ],
  comes: [
    {
      rule: "tailscale-path-relayed",
      subject: "tailscale_peer",
      severity: "low",
      text: /neko2 go over the relay/,
      withinMs: hourMs + 3 * minuteMs,
    },
  ],
  mended: {
    what: "the port is open again",
    change: (scene) => scene.service("tailscale status", { [`${peer}.CurAddr`]: "192.168.20.12:41641" }),
  },
  overWithinMs: 25 * minuteMs,
};
