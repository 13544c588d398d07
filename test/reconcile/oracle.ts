/**
 * What a careful person would allow: follows what agents told, process by process, and judges every write of ours by it. It shares nothing with the
 * controller but the cluster.
 */
import type { LedgerEntry } from "../../collector/src/reconcile/reconciler.ts";
import type { FakeWrite } from "../../collector/src/reconcile/test-support/fake-nodes.ts";
import { minuteMs, type ToldDisks } from "../../collector/src/reconcile/test-support/reconcile-scene.ts";
import type { ClusterNode } from "../../collector/src/state/cluster/cluster-node.ts";

/** So long agents' words of every minute are fresh: three missed ones and half a minute. */
const freshMs = 3.5 * minuteMs;
/** Of the policy that it judges by. */
export const changeMs: number = minuteMs;
export const removeMs: number = 5 * minuteMs;

/** A wish for one item, and since when it holds without a break. */
interface Held {
  readonly value: string | undefined;
  readonly sinceMs: number;
}

/** What somebody wants of one item until a time. */
export interface Personal {
  readonly value: string | undefined;
  readonly untilMs: number;
}

interface Heard {
  lastMs: number;
  readonly items: Map<string, Held>;
}

/** The judge. */
export class Oracle {
  readonly complaints: string[] = [];
  readonly #nowMs: () => number;
  #heard = new Map<string, Heard>();
  #keys: readonly string[];
  #unruledSinceMs = new Map<string, number>();
  /** Overrides, and those of them that were written, by node and key. */
  readonly #personal = new Map<string, Personal>();
  readonly #written = new Map<string, string>();
  /** Whether steps that restrict are done by themselves, and whether anything is. */
  isEnforced = true;
  isPaused = false;
  readonly #restricted: { readonly name: string; readonly atMs: number }[] = [];

  constructor(nowMs: () => number, keys: readonly string[]) {
    this.#nowMs = nowMs;
    this.#keys = keys;
  }

  /** A new process knows nothing. */
  restarted(): void {
    this.#heard = new Map();
    this.#unruledSinceMs = new Map();
    this.ruled(this.#keys);
  }

  /** The policy has rules for these disks. */
  ruled(keys: readonly string[]): void {
    const before = this.#unruledSinceMs;
    const unruled = ["a", "b"].filter((key) => !keys.includes(key));
    this.#keys = keys;
    this.#unruledSinceMs = new Map(unruled.map((key) => [key, before.get(key) ?? this.#nowMs()]));
  }

  /** Somebody wants an item so; undefined: not any more. */
  overridden(name: string, key: string, personal: Personal | undefined): void {
    if (personal === undefined) this.#personal.delete(`${name} ${key}`);
    else this.#personal.set(`${name} ${key}`, personal);
  }

  /** Disks that are not told of are gone where the list is complete, and else not known; undefined: reading failed. */
  told(name: string, disks: ToldDisks | undefined, isComplete: boolean): void {
    const nowMs = this.#nowMs();
    const before = this.#heard.get(name);
    const known = before !== undefined && nowMs - before.lastMs <= freshMs ? before.items : new Map<string, Held>();
    const items = new Map<string, Held>();
    for (const key of ["a", "b"]) {
      if (disks === undefined || (disks[key] === undefined && !isComplete)) continue;
      const held = known.get(key);
      items.set(key, held !== undefined && held.value === disks[key] ? held : { value: disks[key], sinceMs: nowMs });
    }
    this.#heard.set(name, { lastMs: nowMs, items });
  }

  /** Judges a write of ours. */
  judge(before: ClusterNode, { labels }: FakeWrite): void {
    if (this.isPaused) this.#complain(before.name, "it was written while it was paused");
    for (const [label, after] of labels) {
      const key = label.slice(2);
      if (label !== `d/${key}` || !["a", "b"].includes(key)) this.#complain(before.name, `${label} is not ours`);
      const value = before.labels[label];
      if (after === value) continue; // only the claim on it
      if (this.#judgePersonal(before, label, after)) continue;
      const wrote = ledgerOf(before).get(label)?.wrote;
      const isWanted = after !== undefined && this.#fresh(before.name)?.get(key)?.value === after;
      if (after === undefined || (isReturn(before, label, after) && !isWanted)) this.#judgeRemoval(before, key);
      else this.#judgeValue(before, key, after, value !== undefined && wrote !== undefined && wrote !== after);
    }
  }

  /** What a person wants is done at once, and so is the way back from what was written for it, if it is known where that leads. */
  #judgePersonal(before: ClusterNode, label: string, after: string | undefined): boolean {
    const key = label.slice(2);
    const place = `${before.name} ${key}`;
    const personal = this.#personal.get(place);
    if (personal !== undefined && personal.untilMs > this.#nowMs()) {
      const isGone = after === undefined || isReturn(before, label, after);
      if (personal.value === undefined ? !isGone : after !== personal.value)
        this.#complain(before.name, `${key} became ${after}, and somebody wants ${personal.value}`);
      if (personal.value !== undefined) this.#written.set(place, personal.value);
      return true;
    }
    const written = this.#written.get(place);
    this.#written.delete(place);
    if (written === undefined || written !== before.labels[label]) return false;
    const held = this.#fresh(before.name)?.get(key);
    const isUnruled = !this.#keys.includes(key);
    if (!isUnruled && held === undefined) this.#complain(before.name, `${key} went back though nothing was known`);
    return isUnruled || held?.value === after || held?.value === undefined;
  }

  #judgeRemoval(node: ClusterNode, key: string): void {
    const { name } = node;
    this.#countRestricted(node, key);
    const unruledForMs = this.#nowMs() - (this.#unruledSinceMs.get(key) ?? Number.POSITIVE_INFINITY);
    if (unruledForMs >= removeMs) return;
    const held = this.#fresh(name)?.get(key);
    if (held === undefined) this.#complain(name, `${key} was removed though nothing was known`);
    else if (held.value !== undefined) this.#complain(name, `${key} was removed though it is there`);
    else if (this.#nowMs() - held.sinceMs < removeMs) this.#complain(name, `${key} was removed before its time`);
  }

  #judgeValue(node: ClusterNode, key: string, after: string, isChange: boolean): void {
    const { name } = node;
    const held = this.#fresh(name)?.get(key);
    if (held?.value !== after) this.#complain(name, `${key} was set to ${after}, and nobody says so`);
    if (!this.#keys.includes(key)) this.#complain(name, `${key} was set without a rule`);
    if (!isChange) return;
    this.#countRestricted(node, key);
    if (held !== undefined && this.#nowMs() - held.sinceMs < changeMs) this.#complain(name, `${key} was changed before its time`);
  }

  #countRestricted({ name, isCordoned }: ClusterNode, key: string): void {
    if (isCordoned) this.#complain(name, `${key} was taken away during maintenance`);
    if (!this.isEnforced) this.#complain(name, `${key} was taken away, which nobody approved`);
    const atMs = this.#nowMs();
    this.#restricted.push({ name, atMs });
    const lately = new Set(this.#restricted.filter((each) => each.atMs > atMs - 10 * minuteMs).map((each) => each.name));
    if (lately.size > 1) this.#complain(name, `${[...lately].join(", ")} were restricted within ten minutes`);
  }

  #fresh(name: string): ReadonlyMap<string, Held> | undefined {
    const heard = this.#heard.get(name);
    return heard !== undefined && this.#nowMs() - heard.lastMs <= freshMs ? heard.items : undefined;
  }

  #complain(name: string, what: string): void {
    this.complaints.push(`${new Date(this.#nowMs()).toISOString()} ${name}: ${what}`);
  }
}

/** Whether it is what was there before our first write. */
function isReturn(node: ClusterNode, label: string, after: string): boolean {
  const entry = ledgerOf(node).get(label);
  return entry !== undefined && entry.was === after && entry.wrote === node.labels[label];
}

function ledgerOf(node: ClusterNode): ReadonlyMap<string, LedgerEntry> {
  return new Map(JSON.parse(node.annotations["d/owned"] ?? "[]") as [string, LedgerEntry][]); // the fake reconciler wrote it
}
