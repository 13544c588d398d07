/** The disks of one node: those that are there, and those that are missed. */
import type { Disk, DiskList, Finding } from "@nodekeeper/shared/api";
import { textField } from "@nodekeeper/shared/fields";
import { isoTime } from "../../state/iso-time.ts";
import type { InventoryItem } from "../../state/node-inventory.ts";
import { type NodeView, viewNode } from "../../state/node-view.ts";
import { subjectBody } from "../../state/subject-body.ts";
import type { FleetEntry } from "../fleet/fleet-entry.ts";
import { diskOf, known, linesOf } from "./disk-of.ts";

/** What is known of the disks of a node. */
export interface NodeDisks {
  readonly disks: readonly Disk[];
  /** Why these may not be all; undefined: they are. */
  readonly incomplete: DiskList["incomplete"][number] | undefined;
}

/** Kinds of subjects that are about a disk, under the disk's id. */
const diskKinds: ReadonlySet<string> = new Set(["block_device", "disk_health"]);
/** By this finding a disk is missed: it knows what was built in and what just comes and goes. */
const missingRule = "disk-missing";

/** Those of a node of the fleet, made once a change. */
export function disksOfNode(entry: FleetEntry, findingsOf: (node: string) => readonly Finding[]): NodeDisks {
  const known = made.get(entry);
  if (known !== undefined) return known;
  const disks = makeDisks(viewNode(entry.node, entry.madeAtMs), findingsOf(entry.node.name));
  made.set(entry, disks);
  return disks;
}

/** An entry is made anew when anything of its node changes. */
const made = new WeakMap<FleetEntry, NodeDisks>();

function makeDisks(view: NodeView, findings: readonly Finding[]): NodeDisks {
  const { name } = view.node;
  const about = Map.groupBy(
    findings.filter(({ subject }) => diskKinds.has(subject.kind)),
    ({ subject }) => subject.id,
  );
  const bodies = view.subjects.filter(({ kind }) => diskKinds.has(kind)).map(subjectBody);
  const healths = new Map(bodies.filter(({ kind }) => kind === "disk_health").map((body) => [body.id, body]));
  const here = bodies.filter(
    (body) =>
      body.kind === "block_device" && body.outcome !== "absent" && body.value !== undefined && textField(body, "type") === "disk",
  );
  const present = here.map((body) => diskOf(name, body, healths.get(body.id), about.get(body.id) ?? []));
  const presentIds = new Set(present.map(({ id }) => id));
  const missing = findings
    .filter(({ rule, subject }) => rule === missingRule && !presentIds.has(subject.id))
    .map((finding) => missingDisk(view, finding, about.get(finding.subject.id) ?? []));
  return { disks: [...present, ...missing], incomplete: incompleteOf(view) };
}

function missingDisk({ node, freshness }: NodeView, finding: Finding, findings: readonly Finding[]): Disk {
  const { id } = finding.subject;
  const item = node.inventory?.items.find((each) => each.id === id && each.gone !== undefined);
  const text = (field: string): string | undefined => {
    const value = item?.fields[field];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const sizeBytes = Number(item?.fields["sizeBytes"] ?? Number.NaN);
  return {
    ...{ node: node.name, id, kind: text("bus") === "nvme" ? "nvme" : "unknown", freshness },
    ...known({
      bus: text("bus"),
      model: text("model"),
      serial: text("serial"),
      firmware: text("firmwareRevision"),
      sizeBytes: Number.isFinite(sizeBytes) ? sizeBytes : undefined,
      observedAt: goneSince(item),
    }),
    health: "missing",
    reason: finding.text.replace(/\.$/, ""),
    findings: linesOf(findings),
  };
}

function goneSince(item: InventoryItem | undefined): string | undefined {
  return item?.gone === undefined ? undefined : isoTime(item.gone.sinceMs);
}

function incompleteOf({ node, lists, freshness }: NodeView): NodeDisks["incomplete"] {
  const list = lists.find(({ kind }) => kind === "block_device");
  const since = isoTime(node.lastContactAtMs);
  if (list === undefined) return { node: node.name, reason: "nobody listed its disks yet" };
  if (freshness !== "fresh" || list.freshness !== "fresh")
    return { node: node.name, reason: "the list of its disks is old", since };
  if (list.isComplete) return undefined;
  return { node: node.name, reason: list.failure?.message ?? "the list of its disks is not whole" };
}
