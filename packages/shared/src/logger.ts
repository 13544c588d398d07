/** Logs are JSON lines on stderr or in a file: constant messages, facts as fields. */
import { type DestinationStream, type LoggerOptions, pino, stdSerializers, stdTimeFunctions } from "pino";
import { AppError } from "./errors.ts";
import { redactLine } from "./redact-line.ts";

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

/** A logger for one program; `name` stands in each line. Time and level are in words. Secrets are cut, by the names of fields and by their form. */
export function createLogger(name: string, level: LogLevel, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    name,
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorFacts },
    hooks: { streamWrite: redactLine },
  };
  return destination === undefined ? pino(options, pino.destination(2)) : pino(options, destination);
}

/** What is known of an error. A stack says nothing where the error is not our own fault. */
function errorFacts(err: unknown): unknown {
  if (err instanceof AppError && err.kind !== "internal") return { code: err.code, message: err.message, ...err.context };
  return err instanceof Error ? stdSerializers.err(err) : err;
}
