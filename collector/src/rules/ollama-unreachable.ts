/** Ollama cannot be used: it is installed and does not run, or it listens where only the machine itself reaches it. */
import { Outcome } from "@nodekeeper/proto";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { evidenceOf } from "./support/evidence.ts";
import { isIntermittent } from "./support/is-intermittent.ts";

export const ollamaUnreachable: Rule = defineRule({
  code: "ollama-unreachable",
  title: "Ollama cannot be reached",
  severity: "medium",
  holdMs: 5 * 60_000, // an upgrade or a restart takes less
  clearMs: 0, // it answers
  dependsOn: ["node-not-reporting", "reboot-loop"],
  evaluate: (view: NodeView) => [...judgeServers(view), ...judgeEndpoints(view)],
});

function judgeServers(view: NodeView): readonly Verdict[] {
  return concludeOnValues(view, "ollamaServer", "whether it runs", ({ value, readAtMs }) => {
    if (value.isRunning === undefined) return { kind: "hold", reason: "it is not known whether it runs" };
    // Without a unit that is started at boot nobody promised that it runs.
    if (value.isRunning || value.unit === "" || value.isEnabled === false) return { kind: "clear" };
    return {
      kind: "raise",
      severity: isIntermittent(view) ? "low" : "medium",
      text: `Ollama does not run, though ${value.unit} is installed`,
      action: `Start it (systemctl start ${value.unit}) and read its log (journalctl -u ${value.unit}); disable the unit where it is not wanted (systemctl disable ${value.unit}).`,
      evidence: evidenceOf({ unit: value.unit, version: value.version, is_running: value.isRunning }, readAtMs),
    };
  });
}

function judgeEndpoints({ subjects }: NodeView): readonly Verdict[] {
  return subjects.flatMap((endpoint): readonly Verdict[] => {
    if (endpoint.kind !== "ollama_endpoint") return [];
    const subject = { kind: endpoint.kind, id: endpoint.id };
    if (endpoint.freshness !== "fresh") return [{ kind: "hold", subject, reason: "it is not known now where it listens" }];
    if (endpoint.outcome !== Outcome.FAILED) return [{ kind: "clear", subject }];
    if (endpoint.failure?.code !== "OLLAMA_LOOPBACK_ONLY")
      return [{ kind: "hold", subject, reason: "where it listens could not be read" }];
    return [
      {
        kind: "raise",
        subject,
        severity: "low",
        text: "Ollama listens on the loopback address only: no other machine reaches it",
        action:
          "Set OLLAMA_HOST=0.0.0.0 for its service (systemctl edit ollama) and restart it, behind a firewall; nothing, if it is meant for this machine alone.",
        evidence: evidenceOf({ code: endpoint.failure.code, message: endpoint.failure.message }, endpoint.observedAtMs),
      },
    ];
  });
}
