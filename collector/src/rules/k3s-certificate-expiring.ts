/**
 * The certificate of the node's kubelet ends soon. K3s renews it when it is started within its last 90 days (120 in newer versions), and not
 * while it runs: a node that is never restarted falls out of its cluster after a year.
 */
import { expiryLevel, expiryText } from "@nodekeeper/shared/readings";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredToExpiry } from "./support/measure.ts";

export const k3sCertificateExpiring: Rule = defineRule({
  code: "k3s-certificate-expiring",
  title: "K3s certificate ends soon",
  severity: "low",
  holdMs: 0, // the date is known
  clearMs: 0,
  dependsOn: ["node-not-reporting"],
  evaluate: (view: NodeView) =>
    concludeOnValues(view, "k3s", "when its certificate ends", ({ value, readAtMs }) => {
      const { certificateExpiresAtUnixMs, isRunning, isEnabled } = value;
      const isLeftOver = isRunning === false && isEnabled === false;
      if (certificateExpiresAtUnixMs === undefined || isLeftOver) return { kind: "clear" };
      // The date is the certificate's, and no clock of the node's had a part in it.
      const endsAtMs = Number(certificateExpiresAtUnixMs);
      const severity = expiryLevel(endsAtMs - view.nowMs);
      if (severity === undefined) return { kind: "clear" };
      return {
        kind: "raise",
        severity,
        text: `the certificate of this node's kubelet ${expiryText(endsAtMs - view.nowMs)}`,
        action: `Restart K3s on the node (systemctl restart ${value.unit || "k3s"}): it renews its certificates when it starts.`,
        evidence: evidenceOf({ certificate_expires_at: new Date(endsAtMs).toISOString(), version: value.version }, readAtMs),
        measure: measuredToExpiry(endsAtMs - view.nowMs),
      };
    }),
});
