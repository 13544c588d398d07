/** A program as chaos sees it: it can be killed, stopped and have its clock set by several faults at once, and it must not end by itself. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Program } from "../durability/program.ts";
import type { Victim } from "./faults.ts";
import type { MovingClock } from "./moving-clock.ts";

/** A victim and what became of it. */
export interface WatchedVictim extends Victim, AsyncDisposable {
  /** Ends of its own accord, in words. */
  readonly unexpectedEnds: readonly string[];
  /** Orderly end; its exit code. */
  stop(): Promise<number | string>;
  log(): string;
}

/** What the victim is. */
export interface VictimOptions {
  readonly name: string;
  readonly program: Program;
  readonly clock: MovingClock;
  /** Resolves when a life that began at this place of its log is up; false when it ended before. */
  isUp(logFrom: number): Promise<boolean>;
}

const restartPauseMs = 1_000;

/** Starts it. */
export async function startVictim({ name, program, clock, isUp }: VictimOptions): Promise<WatchedVictim> {
  const unexpectedEnds: string[] = [];
  let isWanted = false;
  let starting: Promise<void> | undefined;

  /** Tries until it is up: a collector whose disk is full cannot be started. */
  async function start(): Promise<void> {
    while (!(await isUp(program.start()))) await sleep(restartPauseMs);
  }

  function noticeEnd(): void {
    const how = program.ended();
    if (isWanted && starting === undefined && how !== undefined) unexpectedEnds.push(`${name} ended with ${how}`);
  }

  const victim: WatchedVictim = {
    name,
    unexpectedEnds,
    async kill() {
      await starting;
      noticeEnd();
      isWanted = false;
      await program.kill();
    },
    async restart() {
      if (isWanted) return; // another fault was faster
      isWanted = true;
      starting = start().finally(() => {
        starting = undefined;
      });
      await starting;
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    setClock: clock.set,
    async stop() {
      await starting;
      noticeEnd();
      isWanted = false;
      return await program.stop();
    },
    log: () => program.log(),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };

  function signal(which: "SIGSTOP" | "SIGCONT"): void {
    const pid = program.pid();
    if (pid !== undefined && program.ended() === undefined) process.kill(pid, which);
  }

  await victim.restart();
  return victim;
}
