/**
 * The one error class and the table of all codes. A code is stable for ever: it stands on the wire (Failure.code), in the API and
 * in logs. A test holds this table against docs/errors.md.
 */

/** Whose fault it is: the operator's configuration, the node, another service, the wire, who asks, or our own invariant. */
export type ErrorKind = "config" | "host" | "peer" | "protocol" | "identity" | "internal";

/** Every code with its kind, and whether the same attempt may succeed later without anyone's help. */
export const errorCodes = {
  /** The configuration has problems; all of them are in the message. */
  CONFIG_INVALID: { kind: "config", transient: false },
  /** An address is in use by another program. */
  ADDRESS_IN_USE: { kind: "config", transient: false },
  /** A directory that we must write cannot be written. */
  DIRECTORY_NOT_WRITABLE: { kind: "config", transient: false },

  /** A file of the host is not there though it must be. */
  HOST_FILE_MISSING: { kind: "host", transient: false },
  /** The host refused for lack of privilege. */
  HOST_PERMISSION_DENIED: { kind: "host", transient: false },
  /** Reading from the host failed for another reason (EIO, EINVAL …). */
  HOST_READ_FAILED: { kind: "host", transient: true },
  /** A file of the host is larger than a file of its kind may be. */
  HOST_FILE_TOO_LARGE: { kind: "host", transient: false },
  /** The host's answer is not in the form that we know. */
  HOST_ANSWER_MALFORMED: { kind: "host", transient: false },
  /** A program that the probe needs is not installed. */
  HOST_COMMAND_MISSING: { kind: "host", transient: false },
  /** The program ran past its time and was killed. */
  HOST_COMMAND_TIMEOUT: { kind: "host", transient: true },
  /** The program ended with an error. */
  HOST_COMMAND_FAILED: { kind: "host", transient: true },
  /** The program printed more than we take. */
  HOST_OUTPUT_TOO_LARGE: { kind: "host", transient: false },
  /** A device hung before and is left alone for a while. */
  HOST_QUARANTINED: { kind: "host", transient: true },
  /** The question makes no sense for this host, e.g. a live question to a recorded tree. */
  HOST_NOT_SUPPORTED: { kind: "host", transient: false },
  /** A mount did not answer in time. */
  HOST_MOUNT_NOT_RESPONDING: { kind: "host", transient: true },
  /** A whole probe ran past its time. */
  PROBE_TIMEOUT: { kind: "host", transient: true },

  /** A GPU is on the bus, and no driver that could read it is loaded. */
  GPU_DRIVER_MISSING: { kind: "host", transient: false },
  /** The GPU's driver in the kernel and its library are of two versions: it was upgraded, and the machine not restarted. */
  GPU_DRIVER_MISMATCH: { kind: "host", transient: false },
  /** The GPU's driver refused us for lack of privilege. */
  GPU_PERMISSION_DENIED: { kind: "host", transient: false },
  /** The GPU does not answer on the bus any more: it has fallen off. */
  GPU_LOST: { kind: "host", transient: false },
  /** The GPU's driver could not say it otherwise; the message has its own words. */
  GPU_READ_FAILED: { kind: "host", transient: true },
  /** The GPU's driver does not tell us of all processes that use it, and will not as the agent is installed. */
  GPU_PROCESSES_HIDDEN: { kind: "host", transient: false },
  /** Ollama listens on the loopback address only: nobody else can reach it. */
  OLLAMA_LOOPBACK_ONLY: { kind: "host", transient: false },

  /** Another service could not be reached. */
  PEER_UNREACHABLE: { kind: "peer", transient: true },
  /** Another service answered with an error. */
  PEER_REFUSED: { kind: "peer", transient: false },
  /** Another service cannot do it at this moment, by its own words, and will shortly. */
  PEER_BUSY: { kind: "peer", transient: true },

  /** A message breaks the protocol. */
  PROTOCOL_VIOLATION: { kind: "protocol", transient: false },
  /** The other side speaks a revision that we do not. */
  PROTOCOL_VERSION: { kind: "protocol", transient: false },
  /** A message is larger than allowed. */
  PROTOCOL_TOO_LARGE: { kind: "protocol", transient: false },

  /** Nobody said who asks, and it must be known. */
  IDENTITY_MISSING: { kind: "identity", transient: false },
  /** What was shown as proof of who asks is not known, revoked, used up, or not for us. */
  IDENTITY_REFUSED: { kind: "identity", transient: false },
  /** What was shown as proof of who asks is past its time. */
  IDENTITY_EXPIRED: { kind: "identity", transient: false },
  /** An agent speaks for another node than the one that it proved to be. */
  IDENTITY_MISMATCH: { kind: "identity", transient: false },
  /** Two machines show one identity at the same time. */
  IDENTITY_CLONED: { kind: "identity", transient: false },
  /** Who asks cannot be verified now, e.g. because the cluster's keys were not read yet. */
  IDENTITY_UNVERIFIABLE: { kind: "identity", transient: true },
  /** Who asks is known, and may not do this. */
  FORBIDDEN: { kind: "identity", transient: false },
  /** Too many requests in too short a time. */
  RATE_LIMITED: { kind: "identity", transient: true },
  /** The certificate of the other side is not one that we trust. */
  TLS_UNTRUSTED: { kind: "peer", transient: false },

  /** The request to the API is not valid. */
  REQUEST_INVALID: { kind: "protocol", transient: false },
  /** The API has no such thing. */
  NOT_FOUND: { kind: "protocol", transient: false },
  /** The API is read with GET and HEAD only. */
  METHOD_NOT_ALLOWED: { kind: "protocol", transient: false },
  /** The request comes from another site, or calls the collector by a name that is not its own. */
  ORIGIN_REFUSED: { kind: "protocol", transient: false },
  /** The address speaks WebSocket only. */
  UPGRADE_REQUIRED: { kind: "protocol", transient: false },
  /** What was asked cannot be done as things are; the message says why. */
  CONFLICT: { kind: "protocol", transient: false },
  /** The collector serves as many clients as it may. */
  OVERLOADED: { kind: "protocol", transient: true },
  /** The collector is not ready; the reasons are in the message. */
  NOT_READY: { kind: "internal", transient: true },

  /** The database is damaged, or it is not ours. */
  STORE_CORRUPT: { kind: "host", transient: false },
  /** The disk under the database is full. */
  STORE_FULL: { kind: "host", transient: true },
  /** The database failed otherwise. */
  STORE_FAILED: { kind: "host", transient: true },
  /** The database was written by a newer nodekeeper. */
  STORE_TOO_NEW: { kind: "config", transient: false },
  /** Another collector holds the database. */
  STORE_IN_USE: { kind: "config", transient: false },

  /** The vault of keys and credentials is not in a form that we know. It is left as it is. */
  VAULT_MALFORMED: { kind: "config", transient: false },
  /** The vault of keys and credentials cannot be read or written now. */
  VAULT_UNAVAILABLE: { kind: "host", transient: true },

  /** The operation was ended on purpose. */
  ABORTED: { kind: "internal", transient: true },
  /** We broke our own rules: a bug. */
  INTERNAL: { kind: "internal", transient: false },
} as const;

/** A code of the table. */
export type ErrorCode = keyof typeof errorCodes;

/** What an AppError may carry besides code and message. */
export interface ErrorDetails {
  readonly cause?: unknown;
  /** Facts for the log; never secrets. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An error that says what was attempted, on what, why it failed and, where that is known, what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "AppError";
    this.code = code;
    this.context = details.context ?? {};
  }

  get kind(): ErrorKind {
    return errorCodes[this.code].kind;
  }

  get isTransient(): boolean {
    return errorCodes[this.code].transient;
  }

  /** Any thrown thing as an AppError: an AppError stays, an abort becomes ABORTED, the rest gets the fallback's code. */
  static from(thrown: unknown, fallback: ErrorCode = "INTERNAL"): AppError {
    if (thrown instanceof AppError) return thrown;
    if (thrown instanceof Error && thrown.name === "AbortError") return new AppError("ABORTED", "aborted", { cause: thrown });
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new AppError(fallback, message, { cause: thrown });
  }
}

/** The code of a Node error (ENOENT …), or undefined. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
