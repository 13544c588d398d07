/**
 * Programs of the host, run from where its root lies for us: only such as need nothing of the image around them, and such as nobody but root can
 * have changed, since we run them as root.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { AppError } from "@nodekeeper/shared";
import { hostError } from "./host-error.ts";

/** Throws HOST_COMMAND_FAILED where a program of another root would be loaded with our libraries, or is not root's or ours alone. */
export function checkHostProgram(path: string, root: string, ownUid: number): void {
  const file = openSync(path, "r");
  try {
    checkOwner(file, `run ${path}`, ownUid);
    if (root !== "/" && !isStatic(file)) {
      throw new AppError("HOST_COMMAND_FAILED", `did not run ${path}: it needs libraries of the host, which are not here`);
    }
  } finally {
    closeSync(file);
  }
}

/** Throws HOST_COMMAND_FAILED where a library that a program of ours would load as root is not root's or ours alone; hostError where it is not there. */
export function checkHostLibrary(path: string, ownUid: number): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (thrown) {
    throw hostError(thrown, "read", path);
  }
  try {
    checkOwner(file, `load ${path}`, ownUid);
  } finally {
    closeSync(file);
  }
}

function checkOwner(file: number, what: string, ownUid: number): void {
  const { uid, mode } = fstatSync(file);
  if ((uid === 0 || uid === ownUid) && (mode & writableByOthers) === 0) return;
  const why = `others than root can change it (owner ${uid}, mode ${octal(mode)})`;
  throw new AppError("HOST_COMMAND_FAILED", `did not ${what}: ${why}`);
}

const writableByOthers = 0o022;

/** True for an ELF of 64 bits, in this machine's order of bytes, without an interpreter (elf(5)): no program header is PT_INTERP. */
function isStatic(file: number): boolean {
  const header = Buffer.alloc(elfHeaderBytes);
  if (readSync(file, header, 0, elfHeaderBytes, 0) < elfHeaderBytes) return false;
  if (header.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") return false;
  const start = Number(header.readBigUInt64LE(32));
  const size = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  const headers = Buffer.alloc(size * count);
  if (size < 4 || readSync(file, headers, 0, headers.length, start) < headers.length) return false;
  return Array.from({ length: count }, (_, index) => headers.readUInt32LE(index * size)).every(
    (type) => type !== interpreterType,
  );
}

const elfHeaderBytes = 64;
/** PT_INTERP: the loader that finds the libraries of a dynamic program. */
const interpreterType = 3;

function octal(mode: number): string {
  return (mode & 0o7777).toString(8);
}
