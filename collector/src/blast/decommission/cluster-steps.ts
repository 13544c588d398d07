/** What the cluster has on a node that goes and nowhere else: data, a member of etcd, the way to the backups. */
import { inWords } from "@nodekeeper/shared";
import { etcdStanding } from "../../state/cluster/etcd-members.ts";
import { withKubectl } from "../advice/commands.ts";
import { programOf } from "../advice/program-of.ts";
import { deathOfNode } from "../death/death.ts";
import { judgeEtcd } from "../judges/etcd.ts";
import { localVolumesOf } from "../judges/local-claims.ts";
import { judgeSingleAddress } from "../judges/single-address.ts";
import type { Picture } from "../picture.ts";
import type { FoundStep } from "./found-step.ts";

/** No claim keeps its data there. */
export function localClaims(picture: Picture): FoundStep {
  const { localVolumes, nodes, node } = picture;
  const step = { name: "local-claims-gone", on: withKubectl, command: "kubectl get persistentvolumes" };
  if (localVolumes.kind === "failed") return { ...step, is: "unknown", text: `local volumes: ${localVolumes.reason}` };
  if (nodes.kind === "failed") return { ...step, is: "unknown", text: `where local volumes lie: ${nodes.reason}` };
  const here = localVolumesOf(picture);
  if (here.length === 0) return { ...step, is: "done", text: "no claim keeps its data there" };
  return {
    ...step,
    is: "undone",
    text: `bring the data of ${inWords(here.map(({ claim, name }) => claim ?? name))} elsewhere, and delete the ${here.length === 1 ? "claim" : "claims"}: nodekeeper blast ${node} names the folders`,
    command: `kubectl get persistentvolumes ${here.map(({ name }) => name).join(" ")}`,
  };
}

/** The cluster's API stays without it. */
export function etcd(picture: Picture): FoundStep {
  const { nodes, node, nowMs, clusterNode } = picture;
  const step = { name: "etcd-majority", on: withKubectl, command: "" };
  if (nodes.kind === "failed") return { ...step, is: "unknown", text: `the cluster's Nodes: ${nodes.reason}` };
  const program = programOf(clusterNode?.info.kubeletVersion) ?? "k3s";
  const standing = etcdStanding(nodes.value, nowMs);
  const { items, unknown, isApiLost } = judgeEtcd(picture, deathOfNode(picture));
  const [doubt] = unknown;
  if (doubt !== undefined) return { ...step, is: "unknown", text: doubt };
  if (!isApiLost)
    return { ...step, is: "done", text: items[0] === undefined ? "it does not vote in etcd" : `etcd ${items[0].text}` };
  const isOnly = standing.kind === "none" || (standing.kind === "known" && standing.voters === 1);
  if (isOnly) {
    const text = "it is the cluster's only server: let another one join first";
    return {
      ...step,
      is: "undone",
      text,
      command: standing.kind === "none" ? "" : `sudo ${program} etcd-snapshot save`,
      on: node,
    };
  }
  return {
    ...step,
    is: "undone",
    text: "take it out of etcd while it still runs, and all others are well; a majority of those that stay must be there",
    command: `kubectl annotate node ${node} etcd.${program}.cattle.io/remove=true`,
  };
}

/** The backups find another way. */
export function backups(picture: Picture): FoundStep {
  const { items, unknown } = judgeSingleAddress(picture, deathOfNode(picture));
  const step = { name: "backups-elsewhere", command: "kubectl get nodes --show-labels", on: withKubectl };
  if (items.length > 0)
    return {
      ...step,
      is: "undone",
      text: `lead the backups another way: ${inWords(items.map(({ name }) => name))} ${items.length === 1 ? "is" : "are"} only here`,
    };
  const [doubt] = unknown;
  if (doubt !== undefined) return { ...step, is: "unknown", text: doubt };
  return { ...step, is: "done", text: "the backups do not need it" };
}
