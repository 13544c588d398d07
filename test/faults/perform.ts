/**
 * Plays a fault against a running system: the built agent, both its halves, on a scene, and the built collector, as processes of their own whose time
 * passes so many times as fast (hurry.ts). What is seen is what an owner would see: by the API, and by a webhook.
 */
import { existsSync } from "node:fs";
import type { Finding } from "@nodekeeper/shared/api";
import { openHost, probes, runDoctor } from "../../agent/src/doctor.ts";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import { factsOfMachine, tryPolicy } from "../../collector/src/policy/offline.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { agentBundle } from "../durability/agent-process.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Coming, type Fault, secondMs } from "./fault.ts";
import { startMachine } from "./hurried-machine.ts";
import type { Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** How it is played. */
export interface PerformOptions {
  readonly stage: Stage;
  /** Name of the node; by default that of the machine. */
  readonly nodeName?: string;
  /** How long its end is waited for, of real time; what lasts longer is not waited for. */
  readonly patienceMs: number;
  /** More flags for the reporting half of the agent. */
  readonly agentFlags?: readonly string[];
  readonly tell: (line: string) => void;
}

/** What was seen. */
export interface Performance {
  /** Of each finding that was to come, as it fired; undefined where it did not. */
  readonly came: readonly (Finding | undefined)[];
  /** How long after the last act, in the time of the scene. */
  readonly delaysMs: readonly number[];
  /** What people were told, by rule; empty where nobody listens, as with a collector that was given. */
  readonly told: readonly string[];
  /** Whether all of it was over after it was mended; undefined: it was not waited for. */
  readonly isOver: boolean | undefined;
}

/** Whoever is told hears of it within this, of real time. */
const toldMs = 40_000;
const pollMs = 50;
/** What a busy machine may be late, of real time. */
const slackMs = 30_000;

/** Why nothing can be performed here; undefined where it can. */
export function missingForPerformances(): string | undefined {
  return [collectorBundle, agentBundle].some((bundle) => !existsSync(bundle)) ? "not built: pnpm run build" : undefined;
}

/** Why this fault cannot be performed; undefined where it can. */
export function whyNotPerformed({ acts }: Fault): string | undefined {
  const kinds = acts.map(({ agent }) => agent?.kind);
  if (kinds.includes("leaves")) return "only a machine that really goes away says why";
  if (kinds.includes("is-cloned")) return "clones are told apart by their credentials: test/identity/clones.test.ts plays them";
  if (kinds.includes("clock-set")) return "all programs here go by one clock: test/chaos moves that of a collector";
  return undefined;
}

/** Plays it, and puts everything away again. */
export async function perform(fault: Fault, options: PerformOptions): Promise<Performance> {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(await temporaryFolder());
  const { time, collector } = options.stage;
  const machine = parts.use(await startMachine(fault, { ...options, folder, time, collector }));
  const told = (): readonly string[] => options.stage.told?.(machine.name) ?? [];
  const since = (fromMs: number): string => spanText(time.wallMs() - fromMs);

  const known = new Set((await machine.findings()).map(({ id }) => id));
  const before = await labelsOf(machine.scene);
  options.tell(`${machine.name} reports to ${collector.url}; ${known.size} findings were there before`);
  const firstMs = time.wallMs();
  let lastMs = firstMs;
  for (const act of fault.acts) {
    await systemClock.sleep((act.afterMs ?? 0) / time.speed, new AbortController().signal);
    await machine.play(act);
    lastMs = time.wallMs();
    options.tell(`+${since(firstMs)} the machine: ${act.what}`);
  }

  const stages = new Map<string, string>();
  const news = async (): Promise<readonly Finding[]> => {
    const found = (await machine.findings()).filter(({ id }) => !known.has(id));
    for (const { id, state, severity, text, rule, suppressedBy } of found) {
      const stage = `${state} ${severity} ${suppressedBy ?? ""}`;
      if (stages.get(id) === stage) continue;
      stages.set(id, stage);
      const because = suppressedBy === undefined ? "" : " (a consequence)";
      options.tell(`+${since(firstMs)} ${rule} is ${state}, ${severity}${because}: ${text}`);
    }
    return found;
  };
  const eye = fault.probes[0] ?? "system";
  let isRead = false;
  const watchReading = async (): Promise<void> => {
    const atMs = isRead ? Number.NaN : await machine.readAtMs(eye);
    if (!(atMs >= lastMs)) return;
    isRead = true;
    options.tell(`+${spanText(atMs - firstMs)} the probe ${eye} has read it`);
  };
  const fits = (finding: Finding, { rule, text, severity, because }: Coming): boolean =>
    [finding.rule, finding.state, finding.severity].join() === [rule, "firing", severity].join() &&
    (finding.suppressedBy === undefined) === (because === undefined) &&
    text.test(finding.text);
  const delaysMs = fault.comes.map(() => Number.NaN);
  const came: (Finding | undefined)[] = fault.comes.map(() => undefined);
  const longestMs = Math.max(0, ...fault.comes.map(({ withinMs }) => withinMs)) + slackMs * time.speed;
  while (came.includes(undefined) && time.wallMs() - lastMs < longestMs) {
    await watchReading();
    const found = await news();
    for (const [index, coming] of fault.comes.entries()) {
      if (came[index] !== undefined) continue;
      came[index] = found.find((finding) => fits(finding, coming));
      if (came[index] !== undefined) delaysMs[index] = time.wallMs() - lastMs;
    }
    await pause();
  }
  for (const change of differences(before, await labelsOf(machine.scene)))
    options.tell(`+${since(firstMs)} the policy would write ${change}`);
  if (
    options.stage.told !== undefined &&
    fault.comes.some(({ severity, because }) => severity === "high" && because === undefined)
  ) {
    await waitUntil("somebody to be told", toldMs, () => told().length > 0).catch(() => undefined); // the test says it
    for (const line of told()) options.tell(`+${since(firstMs)} people are told: ${line}`);
  }

  await machine.play(fault.mended);
  const mendedMs = time.wallMs();
  options.tell(`+${since(firstMs)} mended: ${fault.mended.what}`);
  const isOver = await over();
  return { came, delaysMs, told: told(), isOver };

  async function over(): Promise<boolean | undefined> {
    if (fault.overWithinMs / time.speed > options.patienceMs) {
      options.tell(`its findings may stand for ${spanText(fault.overWithinMs)} more; this is not waited for`);
      return undefined;
    }
    while (time.wallMs() - mendedMs < fault.overWithinMs + slackMs * time.speed) {
      const open = await news();
      if (!open.some(({ rule }) => fault.comes.some((coming) => coming.rule === rule))) {
        options.tell(`+${since(firstMs)} over, ${since(mendedMs)} after it was mended`);
        return true;
      }
      await pause();
    }
    return false;
  }
}

/** What the built-in policy would write on such a machine, as `nodekeeper policy test` shows it. */
async function labelsOf({ root }: Scene): Promise<ReadonlyMap<string, string>> {
  const host = await openHost(root, systemClock);
  const words = await runDoctor({ host, probes, clock: systemClock, signal: new AbortController().signal });
  const trials = tryPolicy(builtInPolicy, factsOfMachine("node", words, systemClock.wallMs())).filter(
    ({ kind }) => kind === "label",
  );
  return new Map(
    trials.map(({ key, decided }) => [key, decided.kind === "value" ? String(decided.value ?? "none") : "undecided"]),
  );
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...after]
    .filter(([key, value]) => before.get(key) !== value)
    .map(([key, value]) => `${key}: ${before.get(key)} → ${value}`);
}

function spanText(ms: number): string {
  const seconds = Math.max(0, ms) / secondMs;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function pause(): Promise<void> {
  return systemClock.sleep(pollMs, new AbortController().signal);
}
