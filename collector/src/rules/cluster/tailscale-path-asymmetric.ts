/**
 * Two nodes talk to each other, and one of them goes straight while the other goes over a relay: one way is fast and the other slow. Either end alone sees
 * half of it, so it takes both. A relay is how every connection begins, so that only what lasts is told, and only while both ends send.
 */
import { Outcome, TailscalePath, type TailscalePeer } from "@nodekeeper/proto";
import { inWords } from "@nodekeeper/shared";
import { type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import { freshnessOf } from "../../state/freshness.ts";
import { aboutNode } from "../support/cluster-nodes.ts";

export const tailscalePathAsymmetric: ClusterRule = defineClusterRule({
  code: "tailscale-path-asymmetric",
  title: "Tailscale is direct one way only",
  severity: "low",
  holdMs: 60 * 60_000,
  clearMs: 15 * 60_000,
  evaluate(view) {
    const ends = new Map(
      view.nodes.flatMap(({ name }) => {
        const end = endOf(name, view);
        return end === undefined ? [] : [[end.stableId, end] as const];
      }),
    );
    const byName = new Map([...ends.values()].map((end) => [end.name, end]));
    return view.nodes.map((node) => judge(aboutNode(node), byName.get(node.name), ends));
  },
});

/** One node, as its own daemon tells of it now. */
interface End {
  readonly name: string;
  readonly stableId: string;
  /** How it sends to those to whom it sends, by their stable id. */
  readonly paths: ReadonlyMap<string, TailscalePeer>;
}

function judge(subject: Verdict["subject"], end: End | undefined, ends: ReadonlyMap<string, End>): Verdict {
  if (end === undefined) return { kind: "hold", subject, reason: "its daemon was not heard of lately" };
  const pairs = [...end.paths].flatMap(([id, there]) => {
    const other = ends.get(id);
    const back = other?.paths.get(end.stableId);
    return other === undefined || back === undefined ? [] : [{ other, there, back }];
  });
  const uneven = pairs.filter(({ there, back }) => there.path === TailscalePath.DERP && back.path === TailscalePath.DIRECT);
  if (uneven.length > 0) {
    const names = inWords(uneven.map(({ other }) => other.name));
    return {
      kind: "raise",
      subject,
      text: `${end.name} sends to ${names} over a relay, and ${uneven.length === 1 ? "it sends" : "they send"} back straight`,
      action: `Let UDP out of ${end.name} to the address by which it is reached (tailscale ping there, on both ends), and look at its firewall first.`,
      evidence: uneven.map(({ other, there, back }) => ({
        name: other.name,
        value: `there over ${there.pathDetail || "a relay"}, back to ${back.pathDetail || "its address"}`,
      })),
      measure: { name: "uneven_paths", level: uneven.length },
    };
  }
  return pairs.length === 0 && end.paths.size > 0
    ? { kind: "hold", subject, reason: "no node to which it sends tells how it sends back" }
    : { kind: "clear", subject };
}

/** Of its probe alone: views of all that thousands of agents say would cost what nobody reads. Undefined: nothing fresh is known. */
function endOf(name: string, { machine, nowMs }: ClusterRuleView): End | undefined {
  const probe = machine(name)?.probes.get("tailscale");
  if (probe === undefined || freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs) !== "fresh") return undefined;
  let stableId = "";
  const paths = new Map<string, TailscalePeer>();
  for (const { id, outcome, observedAtMs, value, samples } of probe.subjects.values()) {
    if (outcome !== Outcome.OK || observedAtMs !== probe.observedAtMs) continue;
    if (value?.case === "tailscale" && value.value.backendState === "Running") stableId = value.value.stableId;
    const isSending = value?.case === "tailscalePeer" && samples.get("is_active") === 1;
    if (isSending && value.value.path !== TailscalePath.UNSPECIFIED) paths.set(id, value.value);
  }
  return stableId === "" ? undefined : { name, stableId, paths };
}
