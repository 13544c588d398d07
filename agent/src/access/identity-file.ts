/**
 * What a machine outside of the cluster was enrolled with, in one file that nobody else may read: its credential, whom it trusts, and where it dials.
 * `nodekeeper enroll` writes it first; the reporting side keeps it up to date.
 */
import {
  accessSync,
  closeSync,
  constants,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { AppError, isNodeName, systemErrorCode } from "@nodekeeper/shared";
import { parseAddresses } from "./addresses.ts";
import { readAuthorities } from "./authorities.ts";
import { readPrivateFile } from "./read-private-file.ts";

/** What it holds. */
export interface StoredIdentity {
  /** As the collector says; the agent speaks by this name. */
  readonly nodeName: string;
  /** What proves who we are, the newest first. More than one while the collector has not taken the newest yet. */
  readonly credentials: readonly string[];
  /** PEM, one each. */
  readonly caCertificates: readonly string[];
  /** HOST:PORT by which the machine was enrolled, in order. */
  readonly givenAddresses: readonly string[];
  /** HOST:PORT as the collector tells, in order. */
  readonly addresses: readonly string[];
  readonly serverName: string;
}

/** Where it lies unless the agent is told otherwise. */
export const defaultIdentityFile = "/var/lib/nodekeeper/report/identity.json";

/** Reads it; undefined when there is none. Throws CONFIG_INVALID, in words, when it cannot be used. */
export function readIdentity(path: string): StoredIdentity | undefined {
  let text: string;
  try {
    text = readPrivateFile(path, maximumBytes, (stats) => checkOwner(path, stats));
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(thrown) ?? "")) return undefined;
    throw thrown instanceof AppError ? thrown : invalid(path, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
  return parseIdentity(path, text);
}

/**
 * Writes it so that after a crash either the old or the new one is there. As root it is given to the owner of its folder, who reports. What could not
 * be read again is not written: PROTOCOL_VIOLATION.
 */
export function writeIdentity(path: string, identity: StoredIdentity): void {
  const folder = dirname(path);
  const draft = `${path}.new`;
  checkKeepable(identity);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(draft, { force: true }); // of a write that was cut short
    const file = openSync(draft, "wx", 0o600);
    try {
      writeFully(file, Buffer.from(textOfFile(identity)));
      if (process.geteuid?.() === 0) {
        const { uid, gid } = statSync(folder);
        fchownSync(file, uid, gid);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    syncFolder(folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("DIRECTORY_NOT_WRITABLE", `cannot keep the identity in ${path}: ${why}`, { cause });
  }
}

/** Throws PROTOCOL_VIOLATION, in words that quote no secret, when it could not be read again. */
export function checkKeepable(identity: StoredIdentity): void {
  const problem = textOfFile(identity).length > maximumBytes ? "it is too large" : problemOf(identity);
  if (problem !== undefined) throw new AppError("PROTOCOL_VIOLATION", `this is no identity that can be kept: ${problem}`);
}

/** Throws DIRECTORY_NOT_WRITABLE when it could not be written. Leaves nothing but the folder. */
export function checkWritable(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const advice = "run this as root, or choose another file with --identity-file";
    throw new AppError("DIRECTORY_NOT_WRITABLE", `the identity cannot be kept in ${path}: ${why}; ${advice}`, { cause });
  }
}

const format = 1;
/** A credential is no longer than this on the wire. */
const maximumCredentialLength = 16 * 1024;
const maximumCredentials = 3;
/** Of the whole file. */
const maximumBytes = 256 * 1024;

function textOfFile(identity: StoredIdentity): string {
  return `${JSON.stringify({ format, ...identity }, undefined, 2)}\n`;
}

/** Root may be handed what somebody with fewer rights owns; nobody else may. */
function checkOwner(path: string, { uid, mode }: Stats): void {
  const we = process.geteuid?.() ?? 0;
  if (we !== 0 && uid !== we && uid !== 0)
    throw invalid(path, `it belongs to the user ${uid}, and we are ${we}: chown ${we} ${path}`);
  if ((mode & 0o077) !== 0) throw invalid(path, `others may read it (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`);
}

function parseIdentity(path: string, text: string): StoredIdentity {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(path, "it is no JSON", undefined); // the parser's own words would quote what is secret
  }
  if (typeof value !== "object" || value === null || !("format" in value)) throw invalid(path, "it is not of our form");
  if (value.format !== format) throw invalid(path, "it was written by another version of nodekeeper");
  const fields = value as Readonly<Record<string, unknown>>; // an object, as was just seen; each field is looked at below
  const identity: StoredIdentity = {
    nodeName: textOf(fields["nodeName"]),
    credentials: textsOf(fields["credentials"]),
    caCertificates: textsOf(fields["caCertificates"]),
    givenAddresses: textsOf(fields["givenAddresses"]),
    addresses: textsOf(fields["addresses"]),
    serverName: textOf(fields["serverName"]),
  };
  const problem = problemOf(identity);
  if (problem !== undefined) throw invalid(path, problem);
  return identity;
}

/** Why it could not be used, in words that quote no secret; undefined when it can. */
function problemOf(identity: StoredIdentity): string | undefined {
  const { nodeName, serverName, credentials, caCertificates, givenAddresses, addresses } = identity;
  if (!isNodeName(nodeName)) return "it has no name of a node";
  if (!isServerName(serverName)) return "it has no name that a certificate could bear";
  if (credentials.length === 0 || credentials.length > maximumCredentials || !credentials.every(isCredential))
    return "it has no credential that could be shown";
  if (caCertificates.length === 0) return "it has no certificate of an authority";
  try {
    readAuthorities(caCertificates.join("\n"));
    parseAddresses([...givenAddresses, ...addresses]);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Of a machine, or its address. */
function isServerName(text: string): boolean {
  return /^[A-Za-z0-9:][A-Za-z0-9_.:-]{0,252}$/.test(text);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** What a header of HTTP can carry. */
function isCredential(text: string): boolean {
  return text.length <= maximumCredentialLength && /^[\x21-\x7e]+$/.test(text);
}

function invalid(path: string, problem: string, cause?: unknown): AppError {
  return new AppError("CONFIG_INVALID", `the identity in ${path} cannot be used: ${problem}`, { cause });
}

/** A full disk may take only a part, and say nothing. */
function writeFully(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
