/**
 * The key with which a machine is in its tailnet ends soon: then somebody has to log in on it, and until then nobody reaches it. It is no louder
 * than the end itself (tailscale-down).
 */
import { expiryLevel, expiryText } from "@nodekeeper/shared/readings";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { isClusterOnTailnet } from "./support/cluster-on-tailnet.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredToExpiry } from "./support/measure.ts";

export const tailscaleKeyExpiring: Rule = defineRule({
  code: "tailscale-key-expiring",
  title: "Tailscale key ends soon",
  severity: "low",
  holdMs: 0, // the date is known
  clearMs: 0,
  dependsOn: ["node-not-reporting", "tailscale-down"],
  evaluate: (view: NodeView) =>
    concludeOnValues(view, "tailscale", "when its key ends", ({ value, readAtMs }) => {
      const { keyExpiresAtUnixMs, isKeyExpired, backendState } = value;
      // The control plane says when, by its own clock. One that never ends, or has ended (tailscale-down), is not about to.
      if (keyExpiresAtUnixMs === undefined || isKeyExpired === true) return { kind: "clear" };
      const leftMs = Number(keyExpiresAtUnixMs) - view.nowMs;
      const level = expiryLevel(leftMs);
      const severity = level === "high" && !isClusterOnTailnet(view) ? "medium" : level;
      if (severity === undefined || backendState === "NeedsLogin") return { kind: "clear" };
      const facts = { key_expires_at: new Date(Number(keyExpiresAtUnixMs)).toISOString(), dns_name: value.dnsName };
      return {
        kind: "raise",
        severity,
        text: `the key of this machine in the tailnet ${expiryText(leftMs)}`,
        action:
          "Log in again (tailscale up --force-reauth, on the machine), or switch the expiry off for it in the admin console; tagged machines have none.",
        evidence: evidenceOf(facts, readAtMs),
        measure: measuredToExpiry(leftMs),
      };
    }),
});
