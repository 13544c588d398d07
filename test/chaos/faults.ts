/** What happens to a cluster in bad hours, at random times, several at once. Every fault ends what it began. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../durability/random.ts";

/** What faults are done to. */
export interface Targets {
  readonly agents: readonly Victim[];
  readonly collector: Victim;
  readonly groups: readonly { cut(): Promise<void>; mend(): Promise<void> }[];
  readonly disk: { fill(): Promise<void>; free(): Promise<void> };
}

/** A program that can be hurt. */
export interface Victim {
  readonly name: string;
  /** SIGKILL; `restart` brings it back. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT; of one that does not run: nothing. */
  freeze(): void;
  thaw(): void;
  setClock(offsetSeconds: number): void;
}

/** A kind of fault. */
interface Fault {
  readonly name: string;
  /** How often it is chosen, against the others. */
  readonly weight: number;
  /** Does it and takes it back. */
  run(targets: Targets, random: Random): Promise<void>;
}

const hourSeconds = 3_600;

const faults: readonly Fault[] = [
  { name: "an agent is killed", weight: 6, run: (targets, random) => killOne(oneOf(targets.agents, random), random, 3_000) },
  { name: "the collector is killed", weight: 2, run: (targets, random) => killOne(targets.collector, random, 2_000) },
  { name: "an agent is stopped", weight: 3, run: (targets, random) => freezeOne(oneOf(targets.agents, random), random, 15_000) },
  { name: "the collector is stopped", weight: 1, run: (targets, random) => freezeOne(targets.collector, random, 8_000) },
  { name: "a part of the network is cut off", weight: 3, run: partition },
  { name: "the collector's disk is full", weight: 1, run: fillDisk },
  { name: "an agent's clock is set", weight: 2, run: (targets, random) => moveClock(oneOf(targets.agents, random), random) },
  { name: "the collector's clock is set", weight: 1, run: (targets, random) => moveClock(targets.collector, random) },
];

/** Lets faults happen until the time is over and all are taken back. Gives how often each happened. */
export async function haveBadHours(targets: Targets, random: Random, durationMs: number): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>(faults.map(({ name }) => [name, 0]));
  const busy = new Map<string, Promise<void>>();
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    const fault = weighted(random);
    // One of a kind at a time, but for agents: there are many.
    const place = fault.name.startsWith("an agent") ? `${fault.name} ${random.between(0, 1e9)}` : fault.name;
    if (!busy.has(place)) {
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
      busy.set(
        place,
        fault.run(targets, random).finally(() => busy.delete(place)),
      );
    }
    await sleep(random.between(100, 1_500));
  }
  await Promise.all(busy.values());
  return counts;
}

async function killOne(victim: Victim, random: Random, longestMs: number): Promise<void> {
  await victim.kill();
  await sleep(random.between(0, longestMs));
  await victim.restart();
}

async function freezeOne(victim: Victim, random: Random, longestMs: number): Promise<void> {
  victim.freeze();
  await sleep(random.between(500, longestMs));
  victim.thaw();
}

async function partition({ groups }: Targets, random: Random): Promise<void> {
  const group = oneOf(groups, random);
  await group.cut();
  await sleep(random.between(500, 20_000));
  await group.mend();
}

async function fillDisk({ disk }: Targets, random: Random): Promise<void> {
  await disk.fill();
  await sleep(random.between(500, 6_000));
  await disk.free();
}

async function moveClock(victim: Victim, random: Random): Promise<void> {
  victim.setClock(random.between(0, 1) < 0.5 ? -hourSeconds : hourSeconds);
  await sleep(random.between(2_000, 15_000));
  victim.setClock(0);
}

function weighted(random: Random): Fault {
  let left = random.between(
    0,
    faults.reduce((sum, { weight }) => sum + weight, 0),
  );
  for (const fault of faults) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  return oneOf(faults, random);
}

function oneOf<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.trunc(random.between(0, items.length))];
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}
