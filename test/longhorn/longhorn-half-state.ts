/**
 * What must hold of every version of every node of Longhorn, at whatever moment a collector died: the ledger on it tells of exactly what we wrote. The
 * ledger is written by us alone, so that a version in which it is another is one that we wrote.
 */
import { readLedger } from "../../collector/src/reconcile/support/ledger.ts";
import type { NodeVersion } from "../kubernetes/follow-nodes.ts";
import type { LonghornNode } from "./longhorn-objects.ts";

/** What is ours there, if somebody has it: tags that people of the test never set, by name. */
export interface OurTags {
  readonly disk: readonly string[];
  readonly node: readonly string[];
}

/** What is wrong with this version; undefined: nothing. */
export function longhornHalfStateOf({ kind, node, before }: NodeVersion, domain: string, ours: OurTags): string | undefined {
  if (kind === "gone") return undefined;
  const now: LonghornNode = node;
  const then: LonghornNode | undefined = before;
  const wrong = (what: string): string =>
    `${node.metadata.name}: ${what}: ${JSON.stringify({ now: shown(now), before: shown(then) })}`;
  const { ledger, problem } = readLedger(now.metadata.annotations ?? {}, domain);
  if (problem !== undefined) return wrong(problem);
  const entries = ledger.get(section) ?? new Map();
  for (const item of ourItems(now, ours)) {
    if (entries.get(item)?.wrote !== "true") return wrong(`${item} is ours, and the ledger does not tell of it`);
  }
  if (then === undefined || ledgerText(now, domain) === ledgerText(then, domain)) return undefined;
  const old = readLedger(then.metadata.annotations ?? {}, domain).ledger.get(section) ?? new Map();
  for (const [item, { wrote, was }] of entries) {
    const known = old.get(item);
    if (known?.wrote !== wrote && itemOf(now, item) !== wrote) return wrong(`${item} stands in the ledger, and is not written`);
    if (known === undefined && was !== itemOf(then, item)) return wrong(`what was there before us is not kept for ${item}`);
  }
  for (const [item, { wrote, was }] of old) {
    if (entries.has(item)) continue;
    const isGivenBack = itemOf(then, item) === wrote && itemOf(now, item) === was;
    const isLeft = itemOf(now, item) === itemOf(then, item);
    if (!isGivenBack && !isLeft) return wrong(`${item} was given up, and is neither as it was nor as we left it`);
  }
  return undefined;
}

/** An item as it is: "true", "false", or undefined where there is none. */
export function itemOf({ spec = {} }: LonghornNode, item: string): string | undefined {
  const [, disk, field = "", tag] = /^disks\/([^/]+)\/(allowScheduling|evictionRequested|tags)(?:\/(.+))?$/.exec(item) ?? [];
  const tagOfNode = /^tags\/(.+)$/.exec(item)?.[1];
  if (tagOfNode !== undefined) return spec.tags?.includes(tagOfNode) === true ? "true" : undefined;
  const fields = disk === undefined ? undefined : spec.disks?.[disk];
  if (fields === undefined) return undefined;
  if (field === "tags") return tag !== undefined && fields.tags?.includes(tag) === true ? "true" : undefined;
  return String((field === "allowScheduling" ? fields.allowScheduling : fields.evictionRequested) ?? false);
}

const section = "longhorn-disks";

function ourItems({ spec = {} }: LonghornNode, ours: OurTags): readonly string[] {
  const ofNode = (spec.tags ?? []).filter((tag) => ours.node.includes(tag)).map((tag) => `tags/${tag}`);
  const ofDisks = Object.entries(spec.disks ?? {}).flatMap(([disk, { tags }]) =>
    (tags ?? []).filter((tag) => ours.disk.includes(tag)).map((tag) => `disks/${disk}/tags/${tag}`),
  );
  return [...ofNode, ...ofDisks];
}

function ledgerText({ metadata }: LonghornNode, domain: string): string | undefined {
  return metadata.annotations?.[`${domain}/owned`];
}

function shown(node: LonghornNode | undefined): unknown {
  return node === undefined ? undefined : { annotations: node.metadata.annotations, spec: node.spec };
}
