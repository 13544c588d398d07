/** K3s is to be started at boot and does not run: the node is no part of its cluster; of a server, the cluster lacks a member of its store. */
import { defineRule, type Rule } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { isClusterOnTailnet } from "./support/cluster-on-tailnet.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";

export const k3sNotRunning: Rule = defineRule({
  code: "k3s-not-running",
  title: "K3s does not run",
  severity: "medium",
  holdMs: 3 * 60_000, // a restart of a server takes a minute or two
  clearMs: 60_000, // a service that fails and is started again runs for moments
  dependsOn: ["node-not-reporting", "reboot-loop"],
  evaluate: (view: NodeView) =>
    concludeOnValues(view, "k3s", "whether it runs", ({ value, readAtMs }) => {
      if (value.isRunning === undefined) return unknown("whether it runs");
      // Whoever disabled it wants it so; where it is not known whether it is enabled, nobody promised that it runs.
      if (value.isRunning || value.isEnabled !== true) return { kind: "clear" };
      const unit = value.unit || "k3s";
      const facts = { unit: value.unit, role: value.role, version: value.version, is_embedded_etcd: value.isEmbeddedEtcd };
      return {
        kind: "raise",
        severity: value.role === "server" ? "high" : "medium",
        ...(isClusterOnTailnet(view) ? { dependsOn: ["tailscale-down"] } : {}), // it waits for its address
        text: `K3s${value.role === "" ? "" : ` (${value.role})`} does not run, though it is to be started at boot`,
        action: `Read its log (journalctl -u ${unit}) and start it: systemctl start ${unit}.`,
        evidence: evidenceOf(facts, readAtMs),
      };
    }),
});
