/** Longhorn's part of a node that goes. Replicas are counted by Longhorn's list of them: a disk that is not ready names none, and is not empty. */
import { inWords } from "@nodekeeper/shared";
import { counted } from "@nodekeeper/shared/readings";
import { patchCommand, withKubectl } from "../advice/commands.ts";
import { claimOf } from "../judges/volumes.ts";
import type { Picture } from "../picture.ts";
import type { FoundStep } from "./found-step.ts";

/** Longhorn places nothing there, and nothing of it is left there; no step where it is not installed. */
export function longhornSteps({ longhorn, node, placement }: Picture, namespace: string): readonly FoundStep[] {
  const { knowledge } = longhorn;
  if (knowledge.kind === "absent") return [];
  const object = `nodes.longhorn.io ${node}`;
  const off = { name: "longhorn-scheduling-off", on: withKubectl };
  const elsewhere = { name: "replicas-elsewhere", on: withKubectl };
  const look = `kubectl -n ${namespace} get replicas.longhorn.io -l longhornnode=${node}`;
  const fields = { "/spec/allowScheduling": false, "/spec/evictionRequested": true };
  const command = patchCommand(namespace, object, fields);
  if (knowledge.kind === "unknown") {
    const text = `Longhorn: ${knowledge.problem ?? "it was not listed yet"}`;
    return [
      { ...off, is: "unknown", text, command },
      { ...elsewhere, is: "unknown", text, command: look },
    ];
  }
  const own = longhorn.node(node);
  const isOff = own === undefined || (!own.allowScheduling && own.evictionRequested);
  const replicas = longhorn.replicas().filter((replica) => replica.node === node);
  const volumes = [...new Set(replicas.map(({ volume }) => volume))].map(
    (name) => longhorn.volume(name) ?? { name, claim: undefined },
  );
  const losers = isOff ? [] : (placement?.losersOf({ withoutNodes: new Set([node]) }) ?? []);
  const fewer =
    losers.length === 0 ? "" : `; without it ${inWords(losers.map(({ shown }) => shown))} cannot have all their replicas`;
  const homeless = own === undefined ? [] : [...own.disks.keys()].flatMap((disk) => placement?.homelessOf(node, disk) ?? []);
  const noRoom =
    homeless.length === 0
      ? ""
      : `; elsewhere is no room for all of ${inWords([...new Set(homeless)].map((name) => claimOf(longhorn.volume(name) ?? { name, claim: undefined })))}`;
  return [
    isOff
      ? {
          ...off,
          is: "done",
          text: own === undefined ? "it is no node of Longhorn" : "Longhorn places nothing there, and moves what is there",
          command,
        }
      : { ...off, is: "undone", text: `let Longhorn place nothing there, and build elsewhere what is there${fewer}`, command },
    replicas.length === 0
      ? { ...elsewhere, is: "done", text: "no replica is on its disks", command: look }
      : {
          ...elsewhere,
          is: "undone",
          text: `wait until its disks are empty; left: ${counted(replicas.length, "replica")} of ${inWords(volumes.map(claimOf))}${noRoom}`,
          command: look,
        },
  ];
}

/** Longhorn's node of it is gone. */
export function longhornNodeDeleted({ longhorn, node }: Picture, namespace: string): readonly FoundStep[] {
  if (longhorn.knowledge.kind === "absent") return [];
  const step = {
    name: "longhorn-node-deleted",
    command: `kubectl -n ${namespace} delete nodes.longhorn.io ${node}`,
    on: withKubectl,
  };
  if (longhorn.knowledge.kind === "unknown") return [{ ...step, is: "unknown", text: "Longhorn is not known" }];
  return longhorn.node(node) === undefined
    ? [{ ...step, is: "done", text: "it is no node of Longhorn" }]
    : [{ ...step, is: "undone", text: "Longhorn deletes its node with the Node; delete it where it stays" }];
}
