/** An agent of the machine has its stream open. Who is refused at the door is told here: nothing else would say why nobody comes. */
import { conditionOf } from "../../state/cluster/node-conditions.ts";
import { isoTime } from "../../state/iso-time.ts";
import { refusals } from "../checks/turned-away.ts";
import { clusterNodeOf, type Machine } from "../machine.ts";
import { evidenceOf, type Obstacle, places, type Step, type Verdict } from "../step.ts";

/** A pod is scheduled, its images come, it starts; an agent that was there comes back after a restart of either side. */
const patienceMs = 60_000;

export const connected: Step = { name: "connected", isSkippable: false, judge };

function judge(machine: Machine, sinceMs: number): Verdict {
  const { node, nowMs } = machine;
  if (node?.connection.kind === "connected") {
    const evidence = evidenceOf({
      agent_version: node.agentVersion,
      connected_since: isoTime(node.connection.sinceMs),
      boot_id: node.bootId,
    });
    return { kind: "passed", text: "its agent is connected", evidence };
  }
  const refused = refusals(machine);
  if (refused.length > 0) return { kind: "blocked", obstacles: refused };
  const wentAtMs = node?.connection.sinceMs ?? 0;
  if (nowMs - (wentAtMs > nowMs ? sinceMs : Math.max(sinceMs, wentAtMs)) < patienceMs)
    // yet to come: the clock was set back
    return {
      kind: "waiting",
      text: node === undefined ? "its agent did not come yet" : "its agent is away, and may come back by itself",
    };
  return { kind: "blocked", obstacles: [node === undefined ? neverCame(machine) : wentAway(machine)] };
}

function neverCame(machine: Machine): Obstacle {
  const { name } = machine;
  const object = clusterNodeOf(machine);
  const ready = object && conditionOf(object, "Ready");
  if (ready !== undefined && ready.status !== "True")
    return {
      code: "node-not-ready",
      text: `no agent came: the cluster does not take the Node for ready (${ready.reason}: ${ready.message})`,
      command: "journalctl -u 'k3s*' -n 50 --no-pager",
      on: places.node,
      probes: [],
    };
  return {
    code: "no-agent",
    text: "no agent came from it, and none was refused: its pod of the DaemonSet does not run, or does not reach the collector",
    command: `kubectl -n nodekeeper-agents get pods -o wide --field-selector spec.nodeName=${name}`,
    on: places.kubectl,
    probes: [],
  };
}

function wentAway(machine: Machine): Obstacle {
  const { node, name } = machine;
  const goodbye = node?.connection.kind === "disconnected" ? node.connection.goodbye : undefined;
  const text =
    goodbye === undefined
      ? "its agent went without a word, and nothing is heard of it"
      : `its agent said goodbye (${goodbye}), and did not come back`;
  const isOfPod = clusterNodeOf(machine) !== undefined && node?.proof.by !== "credential";
  return {
    ...{ code: "agent-away", text, probes: [] },
    command: isOfPod
      ? `kubectl -n nodekeeper-agents get pods -o wide --field-selector spec.nodeName=${name}`
      : "systemctl restart nodekeeper-probe nodekeeper-report",
    on: isOfPod ? places.kubectl : places.node,
  };
}
