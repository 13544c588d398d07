/** Small things that every package shares: no I/O, no decisions about the domain. */
export { assertNever } from "./assert-never.ts";
export { type Backoff, backoffDelayMs, fullJitterDelayMs } from "./backoff.ts";
export { createBatchSize } from "./batch-size.ts";
export { type Clock, createDeadline, type Deadline, systemClock } from "./clock.ts";
export { formatBytes, parseBytes } from "./config/bytes.ts";
export { formatDuration, parseDuration } from "./config/duration.ts";
export { optionsHelp } from "./config/help.ts";
export { didYouMean, nearest } from "./config/nearest.ts";
export {
  type Address,
  addressOption,
  bytesOption,
  choiceOption,
  durationOption,
  integerOption,
  listOption,
  noneOr,
  type Option,
  type OptionSpec,
  optionalOption,
  stringOption,
  switchOption,
} from "./config/option.ts";
export {
  type CommandLine,
  flagOf,
  type Options,
  readCommandLine,
  readOptions,
  renderProblems,
  type Sources,
  type ValuesOf,
  variableOf,
} from "./config/read-options.ts";
export { AppError, type ErrorCode, type ErrorDetails, type ErrorKind, errorCodes, systemErrorCode } from "./errors.ts";
export { type Fields, fieldsAt, isFields, listAt, textAt } from "./fields.ts";
export { inWords } from "./in-words.ts";
export { formatJoinToken, type JoinTokenParts, parseJoinToken } from "./join-token.ts";
export { type ProcessPort, type RunOptions, runUntilSignal } from "./lifecycle.ts";
export { createListeners, type Listeners } from "./listeners.ts";
export { createLogger, type Logger, type LogLevel, logLevels } from "./logger.ts";
export { type LoopOptions, runEvery } from "./loop.ts";
export { isLoopback, loopbackOption } from "./loopback.ts";
export { createMutex, type Mutex } from "./mutex.ts";
export { collectorServerName, defaultAddresses, publicPorts, version, wireVersion } from "./names.ts";
export { isNodeName } from "./node-name.ts";
export { createNotifier, type Notifier } from "./notifier.ts";
export { isPeerId, maximumWatchedPeers, problemOfWatchedPeers } from "./peer-id.ts";
export { shellWord } from "./shell-word.ts";
export { createTurns, type Turns } from "./turns.ts";
