/**
 * TailnetConnected: the node is in its tailnet. Absent where no Tailscale is installed.
 *
 * | rule           | from | because                                                                                               |
 * | -------------- | ---- | ----------------------------------------------------------------------------------------------------- |
 * | tailscale-down | low  | logged out, stopped, silent: no packet goes through, however loud that is                             |
 *
 * But not a control plane that is out of reach: paths that are known go on working, and it would be so on all nodes at once.
 */
import type { Finding } from "@nodekeeper/shared/api";
import type { World } from "../world.ts";
import type { Condition, Fault, Judgement } from "./condition.ts";
import { judgeNode, well } from "./support/judge-node.ts";

const faults: readonly Fault[] = [{ rule: "tailscale-down", counts: (finding) => !isAlone(finding) }];

export const tailnetConnected: Condition = {
  type: "TailnetConnected",
  eventReasons: { True: "TailnetConnected", False: "TailnetDisconnected", Unknown: "TailnetUnknown" },
  faults,
  judge,
};

function judge(world: World, key: string): Judgement {
  return judgeNode(world, key, {
    faults,
    needs: [{ name: "tailscale", kinds: [], single: "tailscale" }],
    conclude: ({ facts, probe }) =>
      probe("tailscale") === undefined
        ? { kind: "absent", text: "Tailscale is not installed", facts }
        : well("the node is in its tailnet", facts, "Connected"),
  });
}

/** It runs with a key that holds, and only its control plane is out of reach. */
function isAlone({ evidence }: Finding): boolean {
  const said = (name: string): unknown => evidence.find((item) => item.name === name)?.value;
  return said("backend_state") === "Running" && said("is_key_expired") !== true;
}
