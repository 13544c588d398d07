/**
 * Packets to a machine that somebody cares about (the collector asked for it) have gone over one of DERP's relays for an hour: slow, and over
 * somebody else's machine. A relay is how every connection begins, and an idle peer has no path at all: neither is told.
 */
import { TailscalePath } from "@nodekeeper/proto";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, valuesOf } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { evidenceOf } from "./support/evidence.ts";

export const tailscalePathRelayed: Rule = defineRule({
  code: "tailscale-path-relayed",
  title: "Tailscale goes over a relay",
  severity: "low",
  holdMs: 60 * 60_000,
  clearMs: 15 * 60_000,
  dependsOn: ["node-not-reporting", "tailscale-down"],
  evaluate: (view: NodeView) => [
    ...forgotten(view),
    ...concludeOnValues(view, "tailscalePeer", "the path to it", ({ subject, value, readAtMs }) => {
      if (value.isWatched !== true) return { kind: "clear" };
      if (value.isOnline === false) return { kind: "clear" }; // no packets go to it at all
      if (subject.samples.get("is_active") !== 1) return { kind: "hold", reason: "there is no traffic to it" };
      if (value.path === TailscalePath.UNSPECIFIED) return { kind: "hold", reason: "the path to it is not known" };
      if (value.path !== TailscalePath.DERP) return { kind: "clear" };
      const name = value.dnsName.split(".")[0] || value.hostName || subject.id;
      const facts = {
        relay: value.pathDetail,
        latency_seconds: subject.samples.get("latency_seconds"),
        home_region: value.homeRegion,
        dns_name: value.dnsName,
      };
      return {
        kind: "raise",
        text: `packets to ${name} go over the relay ${value.pathDetail || "of DERP"} instead of straight`,
        action:
          "Let UDP port 41641 out, and in where that is possible, on both networks; tailscale netcheck says what is in the way.",
        evidence: evidenceOf(facts, readAtMs),
      };
    }),
  ],
});

/** Of a large tailnet only some peers are told, and those that are watched first: of whom a daemon that runs says nothing, nobody cares. */
function forgotten(view: NodeView): readonly Verdict[] {
  const [daemon] = valuesOf(view, "tailscale");
  if (daemon === undefined || !isFreshAndOk(daemon.subject) || daemon.value.backendState !== "Running") return [];
  return view.subjects
    .filter(({ kind, observedAtMs }) => kind === "tailscale_peer" && observedAtMs < daemon.subject.observedAtMs)
    .map(({ kind, id }) => ({ kind: "clear", subject: { kind, id } }));
}
