/** The key of a machine in its tailnet ends soon. */
import { dayMs, type Fault, minuteMs } from "../fault.ts";

export const tailnetKeyExpiring: Fault = {
  name: "tailnet-key-expiring",
  title: "The key of a server in its tailnet ends in two days",
  source: "Tailscale's documentation of key expiry; KeyExpiry of ipn/ipnstate",
  machine: "neko",
  probes: ["tailscale", "kubernetes"],
  acts: [
    {
      what: "KeyExpiry is in two days",
      change: (scene) =>
        scene.service("tailscale status", { "Self.KeyExpiry": new Date(scene.time.wallMs() + 2 * dayMs).toISOString() }),
    },
  ],
  comes: [{ rule: "tailscale-key-expiring", subject: "tailscale", severity: "medium", text: /ends in/, withinMs: 2 * minuteMs }],
  mended: {
    what: "somebody logs in anew",
    change: (scene) => scene.service("tailscale status", { "Self.KeyExpiry": undefined }),
  },
  overWithinMs: 3 * minuteMs,
};
