/**
 * Whether a machine boots again and again: three boots within half an hour, of which the last has not lasted for half an hour yet. By what the
 * machine keeps of its boots (boot_history) and by what this process saw of them, since newer systems keep no such list that can be read. Pure.
 */
import { Outcome } from "@nodekeeper/proto";
import type { NodeState } from "./node-state.ts";
import { type SubjectState, subjectKey } from "./subject-state.ts";

/** A loop. */
export interface RebootLoop {
  /** When its boots began, by the collector's clock, newest first. */
  readonly startedAtMs: readonly number[];
  /** How many of those before the last ended without a shutdown: power, crash, reset; undefined where nobody wrote it down. */
  readonly abruptCount: number | undefined;
  /** For how long it runs now, as of its last word; undefined where it did not say so yet. */
  readonly uptimeMs: number | undefined;
}

/** What it is told by. */
export type BootFacts = Pick<NodeState, "probes" | "bootId" | "bootsSeen" | "clockSkewMs" | "connection" | "lastContactAtMs">;

/** So many boots … */
const loopBoots = 3;
/** … within so long are a loop, and after so long without another it is over. */
const loopWithinMs = 30 * 60_000;
/**
 * The last boot of the list is the one that runs where it began about when that did: a clock that is not set yet when it is written down is off by what
 * a machine without one of its own saved last. Else the list is of long ago, or its times are nothing to go by.
 */
const clockToleranceMs = 3_600_000;

/**
 * True from the third boot within half an hour until it runs for half an hour, as it says itself: while it is silent nothing ends. False where
 * nothing is known. Decisions are made anew when the finding of reboot-loop is resolved, which is at the same moment: uptime alone is a number.
 */
export function isInRebootLoop(node: BootFacts, nowMs: number): boolean {
  return rebootLoopOf(node, nowMs) !== undefined;
}

/** The loop; undefined: there is none, or nothing is known. */
export function rebootLoopOf(node: BootFacts, nowMs: number): RebootLoop | undefined {
  const uptimeMs = uptimeOf(node, nowMs);
  if (uptimeMs !== undefined && uptimeMs >= loopWithinMs) return undefined;
  const candidates = [toldBoots(node, uptimeMs), seenBoots(node)].map((boots) => recent(boots));
  const loop = candidates.find((boots) => boots.length >= loopBoots);
  if (loop === undefined) return undefined;
  const ends = loop.slice(1).map(({ wasShutDown }) => wasShutDown);
  const abruptCount = ends.includes(undefined) ? undefined : ends.filter((wasShutDown) => wasShutDown === false).length;
  return { startedAtMs: loop.map(({ atMs }) => atMs), abruptCount, uptimeMs };
}

interface StartedBoot {
  readonly atMs: number;
  readonly wasShutDown: boolean | undefined;
}

/** Those of the half hour before the last one began. */
function recent(boots: readonly StartedBoot[]): readonly StartedBoot[] {
  const [last] = boots;
  return last === undefined ? [] : boots.filter(({ atMs }) => last.atMs - atMs <= loopWithinMs);
}

/** As the machine keeps them. Those that it told in the boot before count too, with the one that runs now and of which it did not say anything yet. */
function toldBoots(node: BootFacts, uptimeMs: number | undefined): readonly StartedBoot[] {
  const { value, outcome } = subjectOf(node, "boot_history") ?? {};
  if (value?.case !== "bootHistory" || outcome !== Outcome.OK || node.clockSkewMs === undefined) return [];
  const skewMs = node.clockSkewMs;
  const told = value.value.boots.flatMap(({ startedAtUnixMs, wasShutDown }) =>
    startedAtUnixMs === undefined ? [] : [{ atMs: Number(startedAtUnixMs) - skewMs, wasShutDown }],
  );
  const [last] = told;
  if (!isOfThisBoot(node)) {
    const [seen] = node.bootsSeen;
    return seen === undefined || seen.bootId !== node.bootId ? [] : [{ atMs: seen.atMs, wasShutDown: undefined }, ...told];
  }
  if (last === undefined || uptimeMs === undefined) return [];
  return Math.abs(node.lastContactAtMs - uptimeMs - last.atMs) <= clockToleranceMs ? told : [];
}

function seenBoots({ bootsSeen }: BootFacts): readonly StartedBoot[] {
  return bootsSeen.map(({ atMs }) => ({ atMs, wasShutDown: undefined }));
}

/** By its own word of it, up to its last word of anything; until then, by when its agent came. */
function uptimeOf(node: BootFacts, nowMs: number): number | undefined {
  const system = subjectOf(node, "operating_system");
  const seconds = system?.samples.get("uptime_seconds");
  if (isOfThisBoot(node) && seconds !== undefined && system?.samplesAtMs !== undefined) {
    return seconds * 1_000 + Math.max(0, node.lastContactAtMs - system.samplesAtMs);
  }
  const [seen] = node.bootsSeen;
  if (seen === undefined || seen.bootId !== node.bootId || node.connection.kind !== "connected") return undefined;
  return Math.max(0, Math.min(nowMs, node.lastContactAtMs) - seen.atMs);
}

/** False where what is known of the system was said in an earlier boot. */
function isOfThisBoot(node: BootFacts): boolean {
  const value = subjectOf(node, "operating_system")?.value;
  const told = value?.case === "operatingSystem" ? value.value.bootId : "";
  return told !== "" && (node.bootId === "" || told === node.bootId);
}

function subjectOf({ probes }: BootFacts, kind: string): SubjectState | undefined {
  return probes.get("system")?.subjects.get(subjectKey(kind, ""));
}
