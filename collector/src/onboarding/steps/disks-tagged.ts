/** Longhorn has the machine as a node, its disks are ready, each is known for what it is, and has the tags that say so. */
import { shellWord } from "@nodekeeper/shared";
import type { DiskMatch } from "../../longhorn/disk-match.ts";
import { judgeUnwritten } from "../checks/unwritten.ts";
import { longhornWish, type Machine } from "../machine.ts";
import { type Obstacle, places, type Step, type Verdict } from "../step.ts";

/** Longhorn's pod on a new node is scheduled, its images come, it looks at the disks. */
const patienceMs = 30_000;

export const disksTagged: Step = { name: "disks-tagged", isSkippable: true, judge };

function judge(machine: Machine, sinceMs: number): Verdict {
  const wish = longhornWish(machine);
  if (wish.kind === "no") return { kind: "not-needed", text: wish.text };
  if (wish.kind === "unknown") return { kind: "waiting", text: wish.reason, probes: probesOf(wish.reads) };
  const { longhorn, name, nowMs } = machine;
  const isPatient = nowMs - sinceMs < patienceMs;
  if (longhorn.node === undefined) {
    if (isPatient) return { kind: "waiting", text: "Longhorn has not made a node of it yet" };
    return { kind: "blocked", obstacles: [noLonghornNode(name)] };
  }
  const disks = longhorn.disks();
  const mismatched = disks.flatMap(({ disk, match }) => (match.kind === "mismatched" ? [{ path: disk.path, ...match }] : []));
  // What is not mounted was looked for; a disk that Longhorn has just made, the agent finds when it looks again.
  if (isPatient && mismatched.some(({ problem }) => problem !== "unmounted"))
    return {
      kind: "waiting",
      text: mismatched.map(({ path, text }) => `${path}: ${text}`).join("; "),
      probes: ["disks", "longhorn"],
    };
  if (mismatched.length > 0) return { kind: "blocked", obstacles: mismatched.map(mismatch) };
  if (disks.length === 0)
    return isPatient
      ? { kind: "waiting", text: "Longhorn has no disk on it yet" }
      : { kind: "blocked", obstacles: [noDisk(name)] };
  const unready = disks.filter(({ disk }) => disk.status?.isReady !== true);
  if (unready.length > 0) {
    if (isPatient)
      return { kind: "waiting", text: `Longhorn has not made ready yet: ${unready.map(({ disk }) => disk.path).join(", ")}` };
    return { kind: "blocked", obstacles: unready.map(({ disk }) => notReady(name, disk)) };
  }
  const unknown = disks.flatMap(({ match }) => (match.kind === "unknown" ? [match.reason] : []));
  if (unknown.length > 0) return { kind: "waiting", text: unknown.join("; "), probes: ["disks", "smart"] };
  const plan = machine.plan();
  const unwritten =
    plan === undefined
      ? undefined
      : judgeUnwritten(machine, plan, { isMeant: (reconciler) => reconciler === "longhorn-disks", sinceMs });
  if (unwritten !== undefined) return unwritten;
  const tags = longhorn.node.tags;
  const evidence = disks.map(({ disk, match }) => ({
    name: disk.path,
    value: `${disk.tags.length === 0 ? "no tags" : disk.tags.join(", ")}${match.kind === "matched" ? ` (${match.blockDevices.join(", ")})` : ""}`,
  }));
  return {
    kind: "passed",
    text: `${disks.length === 1 ? "its disk of Longhorn is" : `its ${disks.length} disks of Longhorn are`} ready and tagged`,
    evidence: [...evidence, ...(tags.length === 0 ? [] : [{ name: "node", value: tags.join(", ") }])],
  };
}

function noLonghornNode(name: string): Obstacle {
  return {
    code: "no-longhorn-node",
    text: "Longhorn has no node of it: its manager does not run there, and makes the node when it does",
    command: `kubectl -n longhorn-system get pods -l app=longhorn-manager -o wide --field-selector spec.nodeName=${name}`,
    on: places.kubectl,
    probes: [],
  };
}

function noDisk(name: string): Obstacle {
  return {
    code: "no-longhorn-disk",
    text: "Longhorn has no disk on it: where it waits to be told of disks, the policy's storage.defaultDisks or this label does that",
    command: `kubectl label node ${name} node.longhorn.io/create-default-disk=true`,
    on: places.kubectl,
    probes: [],
  };
}

function notReady(name: string, disk: ReturnType<Machine["longhorn"]["disks"]>[number]["disk"]): Obstacle {
  const ready = disk.status?.conditions.find(({ type }) => type === "Ready");
  const why = ready === undefined ? "it does not say why" : `${ready.reason}: ${ready.message}`;
  return {
    code: "longhorn-disk-not-ready",
    text: `Longhorn cannot use its disk ${disk.path} (${why})`,
    command: `kubectl -n longhorn-system get nodes.longhorn.io ${name} -o yaml`,
    on: places.kubectl,
    probes: ["disks", "longhorn"],
  };
}

function mismatch({
  path,
  problem,
  text,
}: { readonly path: string } & Extract<DiskMatch, { readonly kind: "mismatched" }>): Obstacle {
  const word = shellWord(path);
  return {
    code: problem === "unmounted" ? "disk-unmounted" : `longhorn-disk-${problem}`,
    text: `${path}: ${text}`,
    command:
      problem === "unmounted"
        ? `mount ${word}`
        : `findmnt ${word}; cat ${shellWord(`${path.replace(/\/$/, "")}/longhorn-disk.cfg`)}; lsblk -f`,
    on: places.node,
    probes: ["disks", "longhorn"],
  };
}

function probesOf(reads: readonly { readonly probe: string; readonly freshness: string }[]): readonly string[] {
  return [...new Set(reads.flatMap(({ probe, freshness }) => (probe === "" || freshness === "fresh" ? [] : [probe])))];
}
