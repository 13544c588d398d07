/** Logs are JSON lines on stderr or in a file: constant messages, facts as fields. */
import { type DestinationStream, pino, stdSerializers } from "pino";
import { AppError } from "./errors.ts";

/** The part of pino that the house uses, so that tests can give their own. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  fatal(facts: object, message: string): void;
  child(bindings: Record<string, unknown>): Logger;
}

/** Levels, quietest last: debug = each round, info = state changed, warn = someone should look, error = we failed. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** All levels, for configuration. */
export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

/** A logger for one program; `name` stands in each line. Fields named like secrets are redacted. */
export function createLogger(name: string, level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    name,
    level,
    serializers: { err: errorFacts },
    redact: ["*.token", "*.secret", "*.password", "*.authorization", "token", "secret", "password"],
  };
  return destination === undefined ? pino(options, pino.destination(2)) : pino(options, destination);
}

/** What is known of an error. A stack says nothing where the error is not our own fault. */
function errorFacts(err: unknown): unknown {
  if (err instanceof AppError && err.kind !== "internal") return { code: err.code, message: err.message, ...err.context };
  return err instanceof Error ? stdSerializers.err(err) : err;
}
