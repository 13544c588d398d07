/** An error for the person at the terminal: one sentence of what is wrong, what to do, and an exit code. Never a stack trace. */
import { exitCodes } from "./exit-codes.mjs";

export class Failure extends Error {
  /**
   * @param {number} exitCode from exitCodes
   * @param {string} message whole sentences: what is wrong, and what to do
   * @param {string} [details] lines to show above the message, such as a compiler's output
   */
  constructor(exitCode, message, details) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
    this.details = details;
  }
}

/**
 * Prints an error of any kind to stderr.
 *
 * @param {unknown} error
 * @returns {number} the exit code for it
 */
export function reportFailure(error) {
  const failure = error instanceof Failure ? error : failureFromSystemError(error);
  if (failure.details !== undefined) console.error(failure.details);
  console.error(`nodekeeper: ${failure.message}`);
  if (process.env["NODEKEEPER_DEBUG"] !== undefined && error instanceof Error) console.error(error.stack);
  return failure.exitCode;
}

/**
 * Whether an error is Node's own report of a failed system call with one of these codes.
 *
 * @param {unknown} error
 * @param {...string} codes such as ENOENT
 * @returns {boolean}
 */
export function isSystemError(error, ...codes) {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
function failureFromSystemError(error) {
  const message = error instanceof Error ? error.message : String(error);
  const path = error instanceof Error && "path" in error ? String(error.path) : "a file";
  if (isSystemError(error, "ENOSPC", "EDQUOT")) return diskFull(path);
  if (isSystemError(error, "EACCES", "EPERM", "EROFS")) return notWritable(path);
  return new Failure(exitCodes.failed, `Unexpected error: ${message}. (NODEKEEPER_DEBUG=1 shows where.)`);
}

/**
 * @param {string} path
 * @returns {Failure}
 */
export function diskFull(path) {
  return new Failure(exitCodes.diskFull, `The disk is full (writing ${path}). Free about 1 GB there, then run this again.`);
}

/**
 * @param {string} path
 * @returns {Failure}
 */
export function notWritable(path) {
  return new Failure(
    exitCodes.notWritable,
    `${path} cannot be written. Give your user write access to it, or use a folder (for the clone, for HOME) of your own.`,
  );
}
