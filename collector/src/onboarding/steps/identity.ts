/** The agent has proven that it speaks for this machine, which is the one that the Node stands for, and nobody else claims the name. */
import { isSameMachine } from "../../state/cluster/is-same-machine.ts";
import { rivals } from "../checks/turned-away.ts";
import { clusterNodeOf, type Machine } from "../machine.ts";
import { blockedBy, evidenceOf, type Obstacle, places, type Step, type Verdict } from "../step.ts";

/** The kubelet of a machine that was set up anew tells its machine-id within this time. */
const patienceMs = 60_000;
const proofs = {
  cluster: "the cluster's token of its pod",
  credential: "the credential of its enrollment",
  nothing: "nothing",
} as const;

export const identity: Step = { name: "identity", isSkippable: false, judge };

function judge(machine: Machine, sinceMs: number): Verdict {
  return blockedBy(rivals(machine), () => judgeProof(machine, sinceMs));
}

function judgeProof(machine: Machine, sinceMs: number): Verdict {
  const { node, cluster, nowMs } = machine;
  if (node === undefined) return { kind: "waiting", text: "no agent speaks yet" };
  if (cluster.kind === "unknown") return { kind: "waiting", text: "the cluster's Nodes were not listed yet" };
  const object = clusterNodeOf(machine);
  if (node.proof.state === "unproven") {
    if (object !== undefined) return { kind: "blocked", obstacles: [unproven(machine)] };
    return {
      kind: "not-needed",
      text: "it came by the listener that only the collector's own machine reaches, and nothing is written for it",
    };
  }
  if (node.proof.state === "unreviewed")
    return { kind: "waiting", text: "its token is good, and the API server has not confirmed yet that it still holds" };
  if (object !== undefined && !isSameMachine(node, object)) {
    if (nowMs - sinceMs < patienceMs) return { kind: "waiting", text: "the Node still has the machine-id of another machine" };
    return { kind: "blocked", obstacles: [otherMachine(machine, object.info.machineId)] };
  }
  const evidence = evidenceOf({ machine_id: node.machineId, proven_by: proofs[node.proof.by], Node_uid: object?.uid });
  return { kind: "passed", text: `it has proven who it is, by ${proofs[node.proof.by]}`, evidence };
}

function unproven({ name }: Machine): Obstacle {
  return {
    code: "identity-unproven",
    text: "an agent that proved nothing speaks in the name of a Node: it came by the listener without a login, and nothing is written on its word",
    command: `kubectl -n nodekeeper-agents get pods -o wide --field-selector spec.nodeName=${name}`,
    on: places.kubectl,
    probes: [],
  };
}

function otherMachine({ name, node }: Machine, machineId: string): Obstacle {
  return {
    code: "other-machine",
    text:
      `its agent speaks from another machine (machine-id ${node?.machineId ?? ""}) than the Node was made for (${machineId}): K3s does not let the new ` +
      "machine in before the password of the old one is gone",
    command: `kubectl -n kube-system delete secret ${name}.node-password.k3s`,
    on: places.kubectl,
    probes: [],
  };
}
