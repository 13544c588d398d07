/**
 * What is being taken away at this moment on other nodes of Longhorn, and is not seen yet: two steps that are harmless each alone may be one too many
 * together. Each is thought through once more beside those, and noted, in one go, before it is sent.
 */
import { AppError, type Clock, type ErrorCode, type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import type { Change } from "../../longhorn/placement.ts";
import { placementOf } from "../../longhorn/placement-of.ts";
import type { LonghornKnowledge, LonghornView } from "../../state/longhorn/longhorn-holder.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { Operation } from "../reconciler.ts";
import { itemOf, type LonghornItem } from "./longhorn-items.ts";
import { losersText, withTaken } from "./restraint.ts";
import { type LonghornDisksSeen, seenItems } from "./see-longhorn-disks.ts";

/** Keeps them. */
export interface Reservations {
  /**
   * Sends what takes something away from a node, and notes it until Longhorn's feed has told of it. Throws CONFLICT where that is too much beside what
   * is under way elsewhere.
   */
  during(operations: readonly Operation[], seen: Pick<LonghornDisksSeen, "node">, send: () => Promise<Fields>): Promise<void>;
}

/** What is known of Longhorn, and when. */
export interface ReservationNeeds {
  readonly longhorn: Omit<LonghornView, "subscribe">;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** None is under way yet. */
export function createReservations({ longhorn, clock }: ReservationNeeds): Reservations {
  let underWay: readonly Reservation[] = [];
  /** Writes of ours that were answered and not told of yet, by node: while there is an old one, the picture is not of now. */
  const untold = new Map<string, { readonly version: number; readonly atMs: number }>();

  function reserve(operations: readonly Operation[], live: LonghornNode): readonly Reservation[] {
    const { name: node, resourceVersion } = live;
    const atMs = clock.monotonicMs();
    const changes = operations.filter(({ before, after }) => after !== before);
    const taken = changes.filter(({ class: of }) => of !== "describe");
    // A disk that is given back must be the one that was found well, too.
    if (changes.some(({ item, class: of }) => of !== "describe" || itemOf(item)?.kind === "switch")) requireTold(live, longhorn);
    if (taken.length > 0) requireFresh(atMs);
    const before = versionOf(resourceVersion);
    const made = taken.flatMap(({ item: text }): readonly Reservation[] => {
      const item = itemOf(text);
      return item === undefined || isEviction(item) ? [] : [{ node, text, item, atMs, before, after: undefined }];
    });
    const again = new Set(changes.map(({ item }) => item));
    underWay = underWay.filter((each) => !isTold(each, longhorn, atMs) && !(each.node === node && again.has(each.text)));
    if (made.length === 0) return made;
    const all = [...underWay, ...made].reduce<Change>((change, each) => withTaken(change, each.node, each.item), {});
    const losers = placementOf(longhorn)?.losersOf(all) ?? [];
    if (losers.length > 0) {
      const text = `with what is taken away elsewhere at this moment, replicas would find too few places: ${losersText(losers)}`;
      throw new AppError("CONFLICT", text);
    }
    underWay = [...underWay, ...made];
    return made;
  }

  function requireFresh(nowMs: number): void {
    for (const [name, { version, atMs }] of untold) {
      const told = longhorn.node(name);
      if (told === undefined || (versionOf(told.resourceVersion) ?? version) >= version) untold.delete(name);
      else if (nowMs - atMs > tellingMs)
        throw new AppError(
          "CONFLICT",
          `the cluster has not told yet what was written on Longhorn's node ${name}: its feed is behind`,
        );
    }
  }

  function replace(made: readonly Reservation[], by: readonly Reservation[]): void {
    if (made.length > 0) underWay = [...underWay.filter((each) => !made.includes(each)), ...by];
  }

  return {
    async during(operations, { node }, send) {
      const made = reserve(operations, node);
      try {
        const after = versionOf(textAt(fieldsAt(await send(), "metadata"), "resourceVersion"));
        if (after !== undefined) untold.set(node.name, { version: after, atMs: clock.monotonicMs() });
        replace(
          made,
          made.map((each) => ({ ...each, after })),
        );
      } catch (thrown) {
        // What nobody answered may have been done.
        if (refusals.has(AppError.from(thrown).code)) replace(made, []);
        throw thrown;
      }
    },
  };
}

interface Reservation {
  readonly node: string;
  readonly text: string;
  readonly item: LonghornItem;
  readonly atMs: number;
  /** Versions of the object before it, and after it where it was answered. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** A feed that follows tells of a write sooner. */
const tellingMs = 2_000;
/** What was not answered was done by then, or never. */
const rememberedMs = 60_000;
/** Answers that say that nothing was written. */
const refusals: ReadonlySet<ErrorCode> = new Set(["CONFLICT", "NOT_FOUND", "PEER_REFUSED", "PEER_BUSY"]);

/** From then on it is in the picture itself, or is not so any more. */
function isTold(each: Reservation, longhorn: Pick<LonghornView, "node">, nowMs: number): boolean {
  const node = longhorn.node(each.node);
  if (node === undefined || isSeen(each.item, node)) return true;
  const { before = 0, after } = each;
  const now = versionOf(node.resourceVersion) ?? 0;
  return after === undefined ? nowMs - each.atMs > rememberedMs && now > before : after > before && now >= after;
}

/** Versions of one object grow with each write; one that is no number is not compared. */
function versionOf(text: string | undefined): number | undefined {
  const version = Number(text ?? "");
  return Number.isSafeInteger(version) ? version : undefined;
}

/** It was decided by what Longhorn's feed tells, and is done on what is: both must say the same of the whole node. */
function requireTold(live: LonghornNode, longhorn: ReservationNeeds["longhorn"]): void {
  const { knowledge } = longhorn;
  if (knowledge.kind !== "known" || knowledge.problem !== undefined)
    throw new AppError("CONFLICT", `nothing is decided by what was true of Longhorn before: ${problemOf(knowledge)}`);
  const told = longhorn.node(live.name);
  if (told === undefined || printOf(told) !== printOf(live))
    throw new AppError("CONFLICT", `the cluster has not told yet how Longhorn's node ${live.name} is by now`);
}

/** What people and we can change of it, and which disks they are. */
function printOf(node: LonghornNode): string {
  const items = [...seenItems(node, new Map())].map(([item, { value }]) => `${item} ${value}`);
  const disks = [...node.disks.values()].map(({ name, path, status }) => `${name} is ${status?.uuid ?? ""} at ${path}`);
  return [node.uid, node.allowScheduling, ...items.sort(), ...disks.sort()].join("\n");
}

function problemOf(knowledge: LonghornKnowledge): string {
  return (knowledge.kind === "absent" ? undefined : knowledge.problem) ?? "it is not known";
}

/** It takes nothing away that was not before. */
function isEviction(item: LonghornItem): boolean {
  return item.kind === "switch" && item.field === "evictionRequested";
}

function isSeen(item: LonghornItem, { tags, disks }: LonghornNode): boolean {
  if (item.kind === "node-tag") return !tags.includes(item.tag);
  const disk = disks.get(item.disk);
  if (item.kind === "disk-tag") return disk?.tags.includes(item.tag) !== true;
  return disk?.allowScheduling !== true;
}
