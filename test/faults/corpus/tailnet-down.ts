/** A node of the cluster is not in its tailnet any more. */
import { type Fault, minuteMs } from "../fault.ts";

export const tailnetDown: Fault = {
  name: "tailnet-down",
  title: "Tailscale is logged out on a server of the cluster, which talks over it",
  source: "ipn/ipnstate of Tailscale, BackendState NeedsLogin",
  machine: "neko",
  probes: ["tailscale", "kubernetes"],
  acts: [
    {
      what: "BackendState: Running → NeedsLogin",
      change: (scene) => scene.service("tailscale status", { BackendState: "NeedsLogin", "Self.Online": false }),
    },
  ],
  comes: [
    {
      rule: "tailscale-down",
      subject: "tailscale",
      severity: "high",
      text: /logged out, and with it the node is cut off/,
      withinMs: 6 * minuteMs,
    },
  ],
  conditions: { TailnetConnected: "False" },
  mended: {
    what: "somebody logs in",
    change: (scene) => scene.service("tailscale status", { BackendState: "Running", "Self.Online": true }),
  },
  overWithinMs: 5 * minuteMs,
};
