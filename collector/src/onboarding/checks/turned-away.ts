/** Who is refused at the door in a machine's name: its own agent that shows something wrong, or another machine that bears the same name. */
import type { TurnedAwayAgent } from "../../state/turned-away.ts";
import { clusterNodeOf, type Machine } from "../machine.ts";
import { type Obstacle, places } from "../step.ts";

/** An agent tries again within this time (agent/src/reporter); later when it was refused often, which the time between its attempts tells. */
const quickMs = 7_000;
const patience = 1.5;
const longestMs = 15 * 60_000;
const rivalCode = "IDENTITY_CLONED";

/** Another machine wants the name of one that is connected. */
export function rivals(machine: Machine): readonly Obstacle[] {
  const services = clusterNodeOf(machine) === undefined ? "nodekeeper-probe nodekeeper-report" : "k3s-agent";
  return machine.turnedAway
    .filter((agent) => agent.code === rivalCode && stillTries(agent, machine.nowMs))
    .map((agent) => ({
      code: "node-name-taken",
      text: `two machines claim the name: one is connected, and ${whoOf(agent)} is refused; give that one a name of its own`,
      command: `hostnamectl set-hostname NEW-NAME && systemctl restart ${services}`,
      on: `the machine at ${agent.address}`,
      probes: [],
    }));
}

/** Its own agent is refused, as far as that can be told: nobody else is connected in its name. */
export function refusals(machine: Machine): readonly Obstacle[] {
  const { turnedAway, node, nowMs } = machine;
  const heardAtMs = node === undefined || node.lastContactAtMs > nowMs ? 0 : node.lastContactAtMs; // what was before it was let in is over
  const [last] = turnedAway.filter(({ lastAtMs }) => Math.abs(nowMs - lastAtMs) < longestMs && lastAtMs >= heardAtMs);
  return last === undefined ? [] : [obstacleOf(machine, last)];
}

function obstacleOf(machine: Machine, agent: TurnedAwayAgent): Obstacle {
  const { name, node } = machine;
  const who = whoOf(agent);
  if (agent.code === rivalCode)
    return {
      code: "node-name-taken",
      text: `another machine has proved to be ${name} before, and ${who} was refused: ${agent.message}`,
      command: `nodekeeper credentials revoke ${name} && nodekeeper token create --node ${name}`,
      on: places.collector,
      probes: [],
    };
  const isOfPod = clusterNodeOf(machine) !== undefined && node?.proof.by !== "credential";
  return {
    code: "wrong-token",
    text: `its agent at ${agent.address} was refused at the door: ${agent.message}`,
    command: isOfPod
      ? `kubectl -n nodekeeper-agents delete pod -l app.kubernetes.io/name=nodekeeper-agent --field-selector spec.nodeName=${name}`
      : `nodekeeper token create --node ${name}`,
    on: isOfPod ? places.kubectl : places.collector,
    probes: [],
  };
}

function stillTries({ lastAtMs, gapMs = 0 }: TurnedAwayAgent, nowMs: number): boolean {
  // However the clock was set since.
  return Math.abs(nowMs - lastAtMs) <= Math.min(longestMs, Math.max(quickMs, gapMs <= quickMs ? quickMs : gapMs * patience));
}

function whoOf({ address, machineId }: TurnedAwayAgent): string {
  return machineId === "" ? `a machine at ${address}` : `a machine at ${address} (machine-id ${machineId})`;
}
