/** Lets days pass in the house: agents, cluster, absences, faults and ends of the collector in their order, and writes down what came of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Notice, Snapshot } from "../../collector/src/notify/notice.ts";
import type { Finding } from "../../packages/shared/src/api/index.ts";
import { type CollectorCore, type PlannedStep, startCore } from "./collector-core.ts";
import { type Fault, isMendedByRestart } from "./faults.ts";
import { House } from "./house.ts";
import { type Absence, absencesOf, collectorEndsOf, dayMs, hourMs, minuteMs, weekStartMs } from "./life.ts";
import { type MachineName, theMachines } from "./machines.ts";
import { SimulatedAgent } from "./simulated-agent.ts";
import { settle, WeekClock } from "./week-clock.ts";

/** What to let pass. */
export interface WeekOptions {
  readonly days: number;
  readonly seed: number;
  readonly faults?: readonly Fault[];
}

/** A finding that began to fire, became louder, or ended. */
export interface Turn {
  readonly atMs: number;
  readonly what: "fires" | "changes" | "resolved";
  readonly finding: Finding;
}

/** What people were told. */
export interface Telling {
  readonly atMs: number;
  /** firing, worse, resolved, advice … */
  readonly telling: string;
  readonly finding: Snapshot;
}

/** What came of it. */
export interface WeekRecord {
  readonly told: readonly Telling[];
  /** In order, of findings that are not consequences of another. */
  readonly turns: readonly Turn[];
  /** Open findings that fire and are no consequence, at the worst moment after the first hour. */
  readonly mostOpen: readonly Finding[];
  /** Steps of class restrict or move that were planned, each once. */
  readonly restricts: readonly PlannedStep[];
  readonly troubles: readonly string[];
  readonly counts: { readonly reports: number; readonly observations: number; readonly restarts: number; readonly plans: number };
}

/** Lets it pass. */
export async function liveThrough({ days, seed, faults = [] }: WeekOptions): Promise<WeekRecord> {
  const directory = mkdtempSync(join(tmpdir(), "nodekeeper-week-"));
  try {
    return await live(directory, days, seed, faults);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Something that happens at a time. */
interface Event {
  readonly atMs: number;
  readonly run: () => Promise<void> | void;
}

const clusterMs = 30_000;
/** Rarer than in the house, where it happens many times a second: what is not written is what a kill takes. */
const commitMs = 3 * minuteMs;
const planMs = 15 * minuteMs;
/** A collector that was killed is there again after so long, and agents come back within some seconds more. */
const awayMs = 12_000;

async function live(directory: string, days: number, seed: number, faults: readonly Fault[]): Promise<WeekRecord> {
  const random = randomFrom(seed);
  const clock = new WeekClock(weekStartMs);
  const house = new House();
  const endMs = weekStartMs + days * dayMs;
  const turns: Turn[] = [];
  const told: Telling[] = [];
  const restricts = new Map<string, PlannedStep>();
  const troubles: string[] = [];
  const counts = { reports: 0, observations: 0, restarts: 0, plans: 0 };
  const known = new Map<string, Finding>();
  const off = new Set<MachineName>();
  const silent = new Set<MachineName>();
  const agents = new Map(theMachines().map((machine) => [machine.name, new SimulatedAgent(machine, weekStartMs, random)]));
  let mostOpen: readonly Finding[] = [];
  let committing: ReturnType<CollectorCore["commit"]> | undefined;
  let core: CollectorCore | undefined = await begin();

  async function begin(): Promise<CollectorCore> {
    const onNotice = ({ items }: Notice): void => {
      for (const { telling, finding } of items) told.push({ atMs: clock.wallMs(), telling, finding });
    };
    const started = await startCore({ directory, house, clock, onNotice });
    started.findings.subscribe((changed) => {
      for (const finding of changed) note(finding);
    });
    await settle();
    await started.written();
    return started;
  }

  function note(finding: Finding): void {
    const before = known.get(finding.id);
    const isTold = (each: Finding | undefined): boolean => each?.state === "firing" && each.suppressedBy === undefined;
    if (finding.state === "resolved") known.delete(finding.id);
    else known.set(finding.id, finding);
    const atMs = clock.wallMs();
    if (finding.state === "resolved" && finding.firingSince !== undefined) turns.push({ atMs, what: "resolved", finding });
    else if (isTold(finding) && !isTold(before)) turns.push({ atMs, what: "fires", finding });
    else if (isTold(finding) && before?.severity !== finding.severity) turns.push({ atMs, what: "changes", finding });
  }

  async function connect(agent: SimulatedAgent): Promise<void> {
    if (core !== undefined) agent.greeted(await core.connect(agent.hello()));
  }

  function leave(agent: SimulatedAgent, goodbye: Absence["goodbye"]): void {
    if (agent.isConnected) core?.disconnect(agent.hello(), goodbye);
    agent.isConnected = false;
  }

  async function runAgent(agent: SimulatedAgent): Promise<void> {
    const nowMs = clock.wallMs();
    agent.observe(nowMs, off);
    if (!agent.isConnected && core !== undefined && !cutOff.has(agent.name)) await connect(agent);
    if (!agent.isConnected || core === undefined) return;
    const report = agent.report(nowMs);
    if (report === undefined) return;
    counts.reports += 1;
    counts.observations += report.observations.length;
    for (const probe of core.take(agent.hello(), report)) agent.neededFull(probe);
  }

  /** What was begun the last time is acknowledged now; meanwhile the disk had time. */
  async function commit(): Promise<void> {
    for (const [name, sequences] of (await committing) ?? []) agentOf(name).acknowledged(sequences);
    committing = core?.commit();
  }

  function plan(): void {
    if (core === undefined) return;
    counts.plans += 1;
    const steps = core.plan();
    for (const step of steps) {
      if (step.class !== "describe")
        restricts.set(`${step.node} ${step.reconciler} ${step.item} ${step.kind} ${step.after}`, step);
    }
    if (clock.wallMs() < weekStartMs + hourMs) house.label(core.world, core.cluster);
    const open = core.findings.all().filter(({ state, suppressedBy }) => state === "firing" && suppressedBy === undefined);
    if (clock.wallMs() >= weekStartMs + hourMs && open.length > mostOpen.length) mostOpen = open;
  }

  function agentOf(name: string): SimulatedAgent {
    const agent = [...agents.values()].find((each) => each.name === name);
    if (agent === undefined) throw new Error(`there is no machine ${name}`);
    return agent;
  }

  const cutOff = new Set<MachineName>();
  const oneTime: readonly Event[] = [
    ...absencesOf(days, random).flatMap((absence): readonly Event[] => [
      { atMs: absence.fromMs, run: () => depart(absence) },
      { atMs: absence.untilMs, run: () => comeBack(absence) },
    ]),
    ...faults.flatMap((fault): readonly Event[] => [
      { atMs: fault.fromMs, run: () => breakDown(fault) },
      { atMs: fault.untilMs, run: () => mend(fault) },
    ]),
    ...collectorEndsOf(days).flatMap(({ atMs, how }): readonly Event[] => [
      { atMs, run: () => endCollector(how) },
      { atMs: atMs + awayMs, run: startCollector },
    ]),
  ].toSorted((a, b) => a.atMs - b.atMs);

  function depart({ machine, goodbye, kind }: Absence): void {
    const agent = agentOf(machine);
    leave(agent, goodbye);
    if (kind === "off") off.add(machine);
    if (kind === "cut") cutOff.add(machine);
    else silent.add(machine);
  }

  function comeBack({ machine, goodbye, kind }: Absence): void {
    const agent = agentOf(machine);
    off.delete(machine);
    silent.delete(machine);
    cutOff.delete(machine);
    if (goodbye === "upgrade") agent.upgrade();
    if (goodbye === "shutdown" || goodbye === "reboot") agent.boot(clock.wallMs());
    else if (kind !== "cut") agent.restart(clock.wallMs());
  }

  function breakDown(fault: Fault): void {
    const agent = agentOf(fault.machine);
    agent.fault = fault;
    if (fault.kind === "silence") depart({ ...fault, goodbye: undefined, kind: "off" });
  }

  function mend(fault: Fault): void {
    const agent = agentOf(fault.machine);
    agent.fault = undefined;
    if (fault.kind === "silence") comeBack({ ...fault, goodbye: "reboot", kind: "off" });
    if (!isMendedByRestart(fault)) return;
    leave(agent, "reboot");
    agent.boot(clock.wallMs());
  }

  async function endCollector(how: "kill" | "stop"): Promise<void> {
    const ending = core;
    core = undefined;
    await committing;
    committing = undefined;
    for (const agent of agents.values()) agent.isConnected = false;
    troubles.push(...(ending?.troubles ?? []));
    counts.restarts += 1;
    await (how === "kill" ? ending?.kill() : ending?.stop());
  }

  async function startCollector(): Promise<void> {
    core = await begin();
  }

  /** Its API stands still without both of etcd's members. */
  function hearCluster(): void {
    if (core !== undefined && !off.has("neko") && !off.has("neko2")) house.hear(core.cluster, core.longhorn, clock.wallMs(), off);
  }

  const regular = [
    { everyMs: clusterMs, nextMs: weekStartMs + 1_000, run: hearCluster },
    { everyMs: commitMs, nextMs: weekStartMs + 2_000, run: commit },
    { everyMs: planMs, nextMs: weekStartMs + 3_000, run: plan },
  ];
  let next = 0;
  for (;;) {
    const happening = oneTime[next];
    const due = [...regular].sort((a, b) => a.nextMs - b.nextMs)[0];
    const agent = [...agents.values()].filter(({ name }) => !silent.has(name)).sort((a, b) => a.nextMs - b.nextMs)[0];
    const atMs = Math.min(happening?.atMs ?? endMs, due?.nextMs ?? endMs, agent?.nextMs ?? endMs);
    if (atMs >= endMs) break;
    await clock.advanceTo(atMs);
    if (happening?.atMs === atMs) {
      next += 1;
      await happening.run();
    } else if (due?.nextMs === atMs) {
      due.nextMs += due.everyMs;
      await due.run();
    } else if (agent !== undefined) await runAgent(agent);
    await settle();
    await core?.written();
  }
  troubles.push(...(core?.troubles ?? []));
  await committing;
  await core?.stop();
  return { told, turns, mostOpen, restricts: [...restricts.values()], troubles, counts };
}

/** The generator "mulberry32". */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
