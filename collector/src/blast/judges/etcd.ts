/** What becomes of the cluster's API: whether enough members of etcd are left, or any server at all. */
import { inWords } from "@nodekeeper/shared";
import { etcdStanding } from "../../state/cluster/etcd-members.ts";
import type { Death } from "../death/death.ts";
import type { Picture } from "../picture.ts";
import { details, type Judgement, nothing } from "./judgement.ts";

/** With whether the cluster's API would stand still: then nothing moves, whatever could. */
export function judgeEtcd(picture: Picture, death: Death): Judgement & { readonly isApiLost: boolean } {
  const { nodes, node, clusterNode, nowMs } = picture;
  const fine = { ...nothing, isApiLost: false };
  if (!death.takesNode || clusterNode === undefined || nodes.kind === "failed") return fine;
  const standing = etcdStanding(nodes.value, nowMs);
  if (standing.kind === "unknown") {
    const isServer = clusterNode.labels["node-role.kubernetes.io/etcd"] === "true";
    return isServer ? { ...fine, unknown: [`whether etcd keeps its majority: ${standing.reason}`] } : fine;
  }
  if (standing.kind === "none") return judgeServer(picture);
  const own = standing.members.find((member) => member.node.name === node);
  if (own === undefined || !own.isVoter) return fine;

  const { voters, quorum, healthy } = standing;
  const left = standing.members.filter((member) => member.isHealthy && member !== own).map((member) => member.node.name);
  const item = {
    kind: "etcd" as const,
    name: "etcd",
    detail: details({
      members: String(voters),
      "must be well": String(quorum),
      "are well": String(healthy),
      left: left.join(", "),
    }),
  };
  if (voters === 1) {
    const text = `${node} is its only member: the cluster's API stands still, and its objects live nowhere else but in snapshots`;
    return { items: [{ ...item, severity: "lost", text }], unknown: [], isApiLost: true };
  }
  if (left.length < quorum) {
    const text = `${left.length} of ${voters} members would be left and ${quorum} must be: the cluster's API stands still, and nothing is moved or changed`;
    return { items: [{ ...item, severity: "outage", text }], unknown: [], isApiLost: true };
  }
  const spare = left.length - quorum;
  const text = `goes on with ${left.length} of ${voters} members (${inWords(left)})${spare === 0 ? ", and bears no further loss" : ""}`;
  return { items: [{ ...item, severity: "degraded", text }], unknown: [], isApiLost: false };
}

/** A cluster whose objects lie in SQLite on its one server, or in a database elsewhere. */
function judgeServer({ nodes, node, clusterNode }: Picture): Judgement & { readonly isApiLost: boolean } {
  const isServer = (labels: Readonly<Record<string, string>> | undefined): boolean =>
    labels?.["node-role.kubernetes.io/control-plane"] === "true" || labels?.["node-role.kubernetes.io/control-plane"] === "";
  const servers = nodes.kind === "read" ? nodes.value.filter(({ labels }) => isServer(labels)) : [];
  if (!isServer(clusterNode?.labels) || servers.length > 1) return { ...nothing, isApiLost: false };
  const text = `${node} is the cluster's only server: its API stands still, and where it keeps its objects in SQLite they live nowhere else`;
  return { items: [{ kind: "etcd", severity: "outage", name: "API server", text, detail: [] }], unknown: [], isApiLost: true };
}
