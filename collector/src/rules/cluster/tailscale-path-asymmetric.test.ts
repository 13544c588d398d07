import { TailscalePath } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { NodeState } from "../../state/node-state.ts";
import { judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { machineThatSaid, type Thing } from "../../test-support/judge-machine.ts";
import { startMs } from "../../test-support/states.ts";
import { tailscalePathAsymmetric as rule } from "./tailscale-path-asymmetric.ts";

const { DIRECT, DERP, UNSPECIFIED } = TailscalePath;

function peer(id: string, path: TailscalePath, isActive = 1): Thing {
  const value = { path, pathDetail: path === DERP ? "fra" : "198.51.100.7:41641", isWatched: true };
  return { kind: "tailscale_peer", id, value: { case: "tailscalePeer", value }, samples: { is_active: isActive } };
}

/** A machine of that stable id, and how it sends to others. */
function machine(stableId: string, ...peers: readonly Thing[]): NodeState {
  const self: Thing = { kind: "tailscale", value: { case: "tailscale", value: { backendState: "Running", stableId } } };
  return machineThatSaid({ probe: "tailscale", things: [self, ...peers] });
}

function judge(machines: Readonly<Record<string, NodeState>>, afterMs = 0) {
  const nodes = Object.keys(machines).map((name) => nodeOf(name));
  return judgeCluster(rule, { nodes, machine: (name) => machines[name], nowMs: startMs + afterMs });
}
const said = (neko: NodeState, panther: NodeState, afterMs = 0) => saidBy(rule, judge({ neko, panther }, afterMs));

// Paths as tailscaled's own status has them for the peers of each end (ipn/ipnstate PeerStatus: CurAddr, Relay).
describe("feature 26: a path that is direct from one end and relayed from the other", () => {
  it("tells it of the end that goes over the relay", () => {
    const verdicts = judge({ neko: machine("n1", peer("n2", DERP)), panther: machine("n2", peer("n1", DIRECT)) });

    expect(saidBy(rule, verdicts)).toEqual({ neko: "low", panther: "clear" });
    expect(textOf(verdicts)).toBe("neko sends to panther over a relay, and it sends back straight");
    expect(verdicts[0]).toMatchObject({ evidence: [{ name: "panther", value: "there over fra, back to 198.51.100.7:41641" }] });
  });

  it.each<{ what: string; there: Thing; back: Thing | undefined; expected: string }>([
    { what: "both straight", there: peer("n2", DIRECT), back: peer("n1", DIRECT), expected: "clear" },
    { what: "both over a relay (tailscale-path-relayed)", there: peer("n2", DERP), back: peer("n1", DERP), expected: "clear" },
    { what: "one that sends nothing back now", there: peer("n2", DERP), back: peer("n1", DIRECT, 0), expected: "hold" },
    { what: "one of which the path back is not known", there: peer("n2", DERP), back: peer("n1", UNSPECIFIED), expected: "hold" },
    { what: "one that does not tell", there: peer("n2", DERP), back: undefined, expected: "hold" },
    { what: "an end that sends nothing", there: peer("n2", DERP, 0), back: peer("n1", DIRECT), expected: "clear" },
  ])("judges $what: $expected", ({ there, back, expected }) => {
    expect(said(machine("n1", there), machine("n2", ...(back === undefined ? [] : [back])))["neko"]).toBe(expected);
  });

  it("concludes nothing from ends that were not heard of lately", () => {
    const neko = machine("n1", peer("n2", DERP));

    expect(said(neko, machine("n2", peer("n1", DIRECT)), 600_000)).toEqual({ neko: "hold", panther: "hold" });
    expect(saidBy(rule, judge({ neko }))).toEqual({ neko: "hold" });
  });
});
