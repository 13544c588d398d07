/** Small things that every package shares: no I/O, no decisions about the domain. */
export { assertNever } from "./assert-never.ts";
export { type Backoff, backoffDelayMs } from "./backoff.ts";
export { type Clock, createDeadline, type Deadline, systemClock } from "./clock.ts";
export { AppError, type ErrorCode, type ErrorDetails, type ErrorKind, errorCodes, systemErrorCode } from "./errors.ts";
export { type ProcessPort, type RunOptions, runUntilSignal } from "./lifecycle.ts";
export { createLogger, type Logger, type LogLevel, logLevels } from "./logger.ts";
export { type LoopOptions, runEvery } from "./loop.ts";
export { defaultAddresses, version, wireVersion } from "./names.ts";
