/** The machine is known: an agent speaks in its name, or the cluster has a Node of it. */
import { isoTime } from "../../state/iso-time.ts";
import { clusterNodeOf } from "../machine.ts";
import { evidenceOf, type Step } from "../step.ts";

export const seen: Step = {
  name: "seen",
  isSkippable: false,
  judge(machine) {
    const { node } = machine;
    const object = clusterNodeOf(machine);
    const evidence = evidenceOf({
      agent_first_heard: node && isoTime(node.firstSeenAtMs),
      Node_created: object && isoTime(object.createdAtMs),
      kubelet: object?.info.kubeletVersion,
    });
    if (object === undefined) return { kind: "passed", text: "an agent speaks in its name", evidence };
    const text =
      node === undefined ? "the cluster has a Node of this name" : "an agent speaks in its name, and the cluster has its Node";
    return { kind: "passed", text, evidence };
  },
};
