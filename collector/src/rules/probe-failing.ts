/**
 * A probe cannot tell something. One finding per probe, which names everything that it could not read: eight disks behind one refused
 * permission are one problem. Nothing is known to be wrong with the machine; medium only where reading itself broke (a timeout, an I/O
 * error), low where something is missing that reading needs, or where only a part could not be read.
 */
import { type Failure, Outcome } from "@nodekeeper/proto";
import type { Evidence } from "@nodekeeper/shared/api";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import type { NodeView, ProbeView } from "../state/node-view.ts";
import { isDaemonSilent, isListToldElsewhere, isToldElsewhere } from "./support/told-elsewhere.ts";

export const probeFailing: Rule = defineRule({
  code: "probe-failing",
  title: "Something cannot be read",
  severity: "low",
  holdMs: 5 * 60_000,
  clearMs: 5 * 60_000,
  dependsOn: ["node-not-reporting", "reboot-loop"],
  evaluate: (view) => view.probes.map((probe) => judge(probe, view)),
});

/** Codes that speak of the way the agent is installed, not of the machine. */
const missingNeeds = new Set(["HOST_COMMAND_MISSING", "HOST_PERMISSION_DENIED", "HOST_NOT_SUPPORTED", "HOST_FILE_MISSING"]);

const advice: Readonly<Record<string, string>> = {
  HOST_COMMAND_MISSING: "Install the program that it needs on the node.",
  HOST_PERMISSION_DENIED: "Run the probing part of the agent as root, or give it the privilege that the message names.",
  HOST_COMMAND_TIMEOUT: "Look at the device and at the kernel log of the node (dmesg): something does not answer.",
  HOST_MOUNT_NOT_RESPONDING: "Look whether the server of the mount answers; the agent leaves the mount alone until it does.",
  HOST_QUARANTINED: "Look at the device and at the kernel log of the node (dmesg): it hung before and is left alone for a while.",
  PROBE_TIMEOUT: "Look at the load and at the kernel log of the node (dmesg): reading took too long.",
};
const defaultAdvice = "Run nodekeeper doctor on the node: it runs every probe once and says what each needs.";

/** Something that could not be read. */
interface Unreadable {
  /** e.g. "disk_health nvme0n1"; empty for the whole probe. */
  readonly what: string;
  readonly failure: Failure | undefined;
}

function judge(probe: ProbeView, view: NodeView): Verdict {
  const subject = { kind: "probe", id: probe.name };
  if (view.node.runningProbes !== undefined && !view.node.runningProbes.includes(probe.name)) return { kind: "clear", subject };
  if (probe.freshness !== "fresh") return { kind: "hold", subject, reason: "the probe's last word is old" };
  const unreadable = unreadableOf(probe);
  const [first] = unreadable;
  if (first === undefined) return { kind: "clear", subject };
  const code = first.failure?.code ?? "";
  const isBroken = probe.outcome === Outcome.FAILED && !missingNeeds.has(code);
  const what = first.what === "" ? probe.name : `${probe.name}: ${first.what}`;
  const more = unreadable.length === 1 ? "" : ` (and ${unreadable.length - 1} more)`;
  return {
    kind: "raise",
    subject,
    severity: isBroken ? "medium" : "low",
    text: `${what} cannot be read${more}: ${(first.failure?.message ?? "it does not say why").replace(/\.$/, "")}`,
    action: advice[code] ?? defaultAdvice,
    evidence: unreadable.slice(0, 32).map((each) => evidenceOf(each, probe)),
    measure: { name: "things_unread", level: unreadable.length },
  };
}

function unreadableOf(probe: ProbeView): readonly Unreadable[] {
  if (isDaemonSilent(probe)) return [];
  if (probe.outcome === Outcome.FAILED) return [{ what: "", failure: probe.failure }];
  const subjects = [...probe.subjects.values()]
    .filter((subject) => subject.outcome === Outcome.FAILED && subject.observedAtMs === probe.observedAtMs)
    .filter(({ failure }) => !isToldElsewhere(failure))
    .map(({ kind, id, failure }) => ({ what: id === "" ? kind : `${kind} ${id}`, failure }));
  const lists = [...probe.lists.values()]
    .filter((list) => !list.isComplete && !isListToldElsewhere(list, probe))
    .map(({ kind, failure }) => ({ what: `the whole list of ${kind}`, failure }));
  return [...subjects, ...lists];
}

function evidenceOf({ what, failure }: Unreadable, probe: ProbeView): Evidence {
  const observedAt = new Date(probe.observedAtMs).toISOString();
  return { name: what === "" ? probe.name : what, value: `${failure?.code ?? ""}: ${failure?.message ?? ""}`, observedAt };
}
