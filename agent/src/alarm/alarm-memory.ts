/** What the alarm remembers over a restart of the agent: that people were told of the outage that lasts. One small file. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isFields, type Logger } from "@nodekeeper/shared";

/** That people know. */
export interface Told {
  /** When they were told, ms since 1970. */
  readonly atMs: number;
  /** False: another machine did it. */
  readonly isOurs: boolean;
}

/** It. */
export interface AlarmMemory {
  /** Undefined: there is no outage that anybody was told of. */
  readonly told: Told | undefined;
  remember(told: Told | undefined): void;
}

/** Opens it. A file that cannot be read or written costs only that a restart may tell twice, and is told once in the log. */
export function openAlarmMemory(path: string, logger: Logger): AlarmMemory {
  let told = read(path);
  let isWarned = false;

  return {
    get told() {
      return told;
    },
    remember(now) {
      told = now;
      try {
        if (now === undefined) return rmSync(path, { force: true });
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        writeFileSync(`${path}.new`, `${JSON.stringify(now)}\n`, { mode: 0o600, flush: true });
        renameSync(`${path}.new`, path);
      } catch (err) {
        if (!isWarned) logger.warn({ err, path }, "what people were told cannot be kept: a restart may tell it twice");
        isWarned = true;
      }
    },
  };
}

function read(path: string): Told | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (!isFields(value)) return undefined;
    const { atMs, isOurs } = value;
    return typeof atMs === "number" && typeof isOurs === "boolean" ? { atMs, isOurs } : undefined;
  } catch {
    return undefined; // there is none, or it was cut off: as if nobody was told
  }
}
