/**
 * A node is silent. Silence is a finding about the node and about nothing on it: all other rules hold meanwhile, and their findings are
 * marked as consequences.
 *
 * Five minutes: at default intervals that is ten missed words, more than any restart of an agent takes. Medium at first: silence is one source, and no
 * verdict on the machine (monitoring facts, 19: a failure needs a declared fault or two sources). A machine that should be there, said no goodbye and is
 * silent for half an hour needs a person, whatever happened to it: then it is loud, and its node is unknown all the same. An agent that said why it
 * leaves is believed for a while: an upgrade or a reboot takes minutes; a machine that was switched off or put to sleep is asked about,
 * quietly, after a day. One that is switched off and put to sleep as its owner likes (availability: intermittent) is not asked about at all once
 * it said goodbye.
 */
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type FiringOf, type Rule, type Verdict } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";

const minuteMs = 60_000;

/** How long a silence is nothing, and how loud it is then. */
interface Patience {
  readonly quietMs: number;
  readonly severity: Severity;
  /** From when on it is loud; not there: never. */
  readonly loudMs?: number;
  readonly text: string;
  readonly action: string;
}

/** A machine in a loop of boots is silent between them; one that is silent for longer did not come back from the last one. */
const loopSilenceMs = 30 * minuteMs;

const checkAgent =
  "Look whether the machine is on and reaches the collector, then at the agent there: systemctl status nodekeeper-agent, or the log of its pod.";

const unannounced: Patience = {
  quietMs: 5 * minuteMs,
  severity: "medium",
  loudMs: 30 * minuteMs,
  text: "nothing was heard of it since",
  action: checkAgent,
};

/** Somebody stopped its agent, and knows it. */
const { loudMs: _, ...quiet } = unannounced;

const byGoodbye: Readonly<Record<string, Patience>> = {
  reboot: {
    ...unannounced,
    quietMs: 15 * minuteMs,
    text: "it said that it reboots and did not come back, nothing was heard of it since",
  },
  upgrade: {
    ...unannounced,
    quietMs: 15 * minuteMs,
    text: "its agent was to be upgraded and did not come back, nothing was heard of it since",
  },
  stopped: {
    ...quiet,
    text: "its agent was stopped, nothing was heard of it since",
    action: "Start the agent on the machine again.",
  },
  shutdown: {
    quietMs: 24 * 60 * minuteMs,
    severity: "low",
    text: "it was shut down and is off since",
    action: "Nothing, if it is meant to be off; else switch it on.",
  },
  suspend: {
    quietMs: 24 * 60 * minuteMs,
    severity: "low",
    text: "it was suspended and sleeps since",
    action: "Nothing, if it is meant to sleep; else wake it.",
  },
};

export const nodeNotReporting: Rule = defineRule({
  code: "node-not-reporting",
  title: "Node does not report",
  severity: "medium",
  holdMs: 0, // the rule measures the silence itself, so that a restart of the collector does not begin it anew
  clearMs: 0, // a word ends a silence
  dependsOn: [],
  evaluate: (view, firing) => [judge(view, firing)],
});

function judge(view: NodeView, firing: FiringOf): Verdict {
  const { node, nowMs } = view;
  const subject = { kind: "node", id: "" };
  if (view.freshness === "fresh" && node.connection.kind === "connected") return { kind: "clear", subject };
  const { connection, lastContactAtMs } = node;
  const goodbye = connection.kind === "disconnected" ? connection.goodbye : undefined;
  if (goodbye !== undefined && node.isIntermittent) return { kind: "clear", subject };
  const patience = goodbye === undefined ? unannounced : (byGoodbye[goodbye] ?? unannounced);
  // While the collector itself could not hear, a node was not silent.
  const silentMs = nowMs - Math.max(lastContactAtMs, view.listeningSinceMs);
  if (silentMs < patience.quietMs) return { kind: "hold", subject, reason: "not silent for long enough" };
  // While the collector was away the silence went on: what was loud stays so.
  const isLoud = silentMs >= loudFrom(patience, node.isIntermittent) || firing(subject)?.severity === "high";
  const lastContactAt = new Date(lastContactAtMs).toISOString();
  return {
    kind: "raise",
    subject,
    severity: isLoud ? "high" : patience.severity,
    ...(silentMs < loopSilenceMs ? { dependsOn: ["reboot-loop"] } : {}),
    text: `${patience.text} ${lastContactAt.slice(0, 16).replace("T", " ")} UTC`,
    action: patience.action,
    evidence: [
      { name: "last_contact_at", value: lastContactAt },
      { name: "goodbye", value: goodbye ?? "none" },
    ],
  };
}

/** Of one that comes and goes as its owner likes, silence is no reason to call anybody. */
function loudFrom({ loudMs = Number.POSITIVE_INFINITY }: Patience, isIntermittent: boolean): number {
  return isIntermittent ? Number.POSITIVE_INFINITY : loudMs;
}
