/** A cluster of three servers loses one after the other. */
import type { ClusterNode } from "../../../collector/src/state/cluster/cluster-node.ts";
import { condition, nodeOf } from "../../../collector/src/test-support/judge-cluster.ts";
import type { ClusterFault } from "../cluster-fault.ts";
import { hourMs, minuteMs } from "../fault.ts";

const servers = ["neko", "neko2", "panther"];

/** What K3s writes on its servers: who is a voter, as etcd's leader says it, and when it said so. */
function cluster(nowMs: number, down: readonly string[]): readonly ClusterNode[] {
  const heard = { lastHeartbeatAtMs: nowMs - minuteMs };
  return servers.map((name) => {
    const isDown = down.includes(name);
    const voter = condition("EtcdIsVoter", isDown ? "False" : "True", {
      ...heard,
      reason: isDown ? "Unhealthy" : "MemberNotLearner",
    });
    return nodeOf(name, {
      ip: `192.168.20.1${name.length}`,
      labels: { "node-role.kubernetes.io/etcd": "true" },
      conditions: [condition("Ready", isDown ? "Unknown" : "True", heard), voter],
    });
  });
}

export const etcdDownToOne: ClusterFault = {
  name: "etcd-down-to-one",
  title:
    "A cluster of three servers loses one, and an hour later a second: with one of three etcd has no quorum, and the API is gone",
  source: "etcd's documentation of failures; K3s' condition EtcdIsVoter",
  acts: [
    { what: "three servers, all well", lastsMs: hourMs, seen: (nowMs) => ({ nodes: cluster(nowMs, []) }), stand: [] },
    {
      what: "panther is down: the next one takes the API along",
      lastsMs: hourMs,
      seen: (nowMs) => ({ nodes: cluster(nowMs, ["panther"]) }),
      stand: ["etcd-quorum high"],
    },
    {
      what: "neko2 is down, too: the API server answers nothing",
      lastsMs: hourMs,
      seen: () => undefined,
      stand: ["etcd-quorum high"],
    },
    { what: "both are back", lastsMs: 10 * minuteMs, seen: (nowMs) => ({ nodes: cluster(nowMs, []) }), stand: [] },
  ],
  told: ["firing etcd-quorum", "resolved etcd-quorum"],
};
