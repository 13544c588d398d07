/**
 * The machine is not in its tailnet: the daemon does not answer, it is stopped, logged out or not approved, its key has ended, or it reaches
 * no control plane. Where K3s talks over Tailscale, the node is cut off from the cluster with it.
 */
import { Outcome, type Tailscale } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, valuesOf } from "../state/node-view.ts";
import { isClusterOnTailnet } from "./support/cluster-on-tailnet.ts";
import { evidenceOf } from "./support/evidence.ts";
import { isDaemonSilent } from "./support/told-elsewhere.ts";

export const tailscaleDown: Rule = defineRule({
  code: "tailscale-down",
  title: "Not in the tailnet",
  severity: "medium",
  holdMs: 3 * 60_000, // a restart, and the first contact after a boot
  clearMs: 60_000,
  dependsOn: ["node-not-reporting", "reboot-loop"],
  evaluate: judge,
});

/** What keeps it out. */
interface Trouble {
  readonly severity: Severity;
  readonly text: string;
  readonly action: string;
}

const logIn = "Log in again: tailscale up, on the machine.";
const states: Readonly<Record<string, Trouble>> = {
  NeedsLogin: { severity: "medium", text: "Tailscale is logged out", action: logIn },
  NeedsMachineAuth: {
    severity: "medium",
    text: "Tailscale waits for the approval of this machine",
    action: "Approve the machine in the admin console of the tailnet.",
  },
  Stopped: { severity: "low", text: "Tailscale is stopped", action: "Start it with tailscale up, if it is meant to run." },
  InUseOtherUser: {
    severity: "low",
    text: "Tailscale is in use by another user of the machine",
    action: "Look who uses it: tailscale status, on the machine.",
  },
  NoState: {
    severity: "medium",
    text: "Tailscale does not come up",
    action: "Read the log of its daemon (journalctl -u tailscaled).",
  },
  Starting: {
    severity: "medium",
    text: "Tailscale does not come up",
    action: "Look whether the machine reaches the internet, and read the log of its daemon (journalctl -u tailscaled).",
  },
};
const expired: Trouble = { severity: "medium", text: "the key of this machine in the tailnet has ended", action: logIn };
const silent: Trouble = {
  severity: "medium",
  text: "Tailscale's daemon does not answer",
  action: "Look whether tailscaled runs (systemctl status tailscaled), and read its log.",
};
const alone: Trouble = {
  severity: "low",
  text: "Tailscale does not reach its control plane; paths that it knows go on working",
  action: "Look whether the machine reaches the internet.",
};

function judge(view: NodeView): readonly Verdict[] {
  const probe = view.probes.find(({ name }) => name === "tailscale");
  if (probe === undefined) return [];
  const subject = { kind: "tailscale", id: "" };
  if (probe.freshness !== "fresh") return [{ kind: "hold", subject, reason: "the daemon was not heard of lately" }];
  if (isDaemonSilent(probe)) return [raise(silent, { message: probe.failure?.message }, probe.observedAtMs, view)];
  const [daemon] = valuesOf(view, "tailscale");
  if (probe.outcome === Outcome.ABSENT || daemon?.subject.outcome === Outcome.ABSENT) return [{ kind: "clear", subject }];
  if (probe.outcome !== Outcome.OK || daemon === undefined || !isFreshAndOk(daemon.subject)) {
    return [{ kind: "hold", subject, reason: "the daemon could not be asked" }];
  }
  const { value } = daemon;
  const trouble = troubleOf(value);
  if (trouble === undefined) return [{ kind: "clear", subject }];
  const facts = {
    backend_state: value.backendState,
    is_key_expired: value.isKeyExpired,
    is_online: value.isOnline,
    health: value.healthMessages.join("; "),
  };
  return [raise(trouble, facts, daemon.subject.observedAtMs, view)];
}

function raise(trouble: Trouble, facts: Parameters<typeof evidenceOf>[0], observedAtMs: number, view: NodeView): Verdict {
  const isClusterCut = trouble !== alone && isClusterOnTailnet(view);
  return {
    kind: "raise",
    subject: { kind: "tailscale", id: "" },
    severity: isClusterCut ? "high" : trouble.severity,
    text: `${trouble.text}${isClusterCut ? ", and with it the node is cut off from its cluster" : ""}`,
    action: trouble.action,
    evidence: evidenceOf(facts, observedAtMs),
  };
}

function troubleOf({ backendState, isKeyExpired, isOnline }: Tailscale): Trouble | undefined {
  if (isKeyExpired === true) return expired;
  return states[backendState] ?? (isOnline === false ? alone : undefined);
}
