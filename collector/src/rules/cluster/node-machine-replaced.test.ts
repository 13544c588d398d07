import { describe, expect, it } from "vitest";
import type { NodeState } from "../../state/node-state.ts";
import { condition, judgeCluster, nodeOf, saidBy } from "../../test-support/judge-cluster.ts";
import { connectedNode, startMs } from "../../test-support/states.ts";
import { nodeMachineReplaced as rule } from "./node-machine-replaced.ts";

const old = "a".repeat(32);
const young = "b".repeat(32);

interface Asked {
  readonly agent?: string | undefined;
  readonly node?: string;
  readonly ready?: string;
  readonly kubelet?: string;
  readonly afterMs?: number;
}

function judge({ agent = young, node = old, ready = "Unknown", kubelet = "v1.33.6+k3s1", afterMs = 0 }: Asked) {
  const machine = (): NodeState | undefined => (agent === "none" ? undefined : connectedNode(startMs, { machineId: agent }));
  const info = { machineId: node, bootId: "", kubeletVersion: kubelet };
  const nodes = [nodeOf("neko", { info, conditions: [condition("Ready", ready)] })];
  return judgeCluster(rule, { nodes, machine, nowMs: startMs + afterMs, version: kubelet });
}
const said = (asked: Asked) => saidBy(rule, judge(asked))["neko"];

describe("node-machine-replaced", () => {
  it("names the Secret that keeps a machine out that was installed anew, with the command", () => {
    expect(judge({})).toMatchObject([
      {
        kind: "raise",
        text: "neko was installed anew or replaced, and does not join: its Node still stands for the machine before, whose password K3s keeps",
        action: expect.stringMatching(/^kubectl -n kube-system delete secret neko\.node-password\.k3s, then restart K3s on neko/),
        evidence: expect.arrayContaining([
          expect.objectContaining({ name: "machine_id", value: young }),
          expect.objectContaining({ name: "node_machine_id", value: old }),
        ]),
      },
    ]);
  });

  it("tells two machines of one name apart from it: there the Node is ready", () => {
    expect(judge({ ready: "True" })).toMatchObject([{ text: expect.stringContaining("two machines are called neko") }]);
  });

  it("knows no Secret of a cluster that is not K3s", () => {
    expect(judge({ kubelet: "v1.33.6" })).toMatchObject([{ action: expect.not.stringContaining("secret") }]);
  });

  it("has nothing to say of the same machine, of one that does not say its id, and of one that nobody hears", () => {
    expect(said({ agent: old })).toBe("clear");
    expect(said({ agent: old.toUpperCase() })).toBe("clear");
    expect(said({ agent: "" })).toBe("clear");
    expect(said({ node: "" })).toBe("clear");
    expect(said({ agent: "none" })).toBe("clear");
    expect(said({ afterMs: 600_000 })).toBe("hold");
  });
});
