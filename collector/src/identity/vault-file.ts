/**
 * The vault as a file of its owner's alone. It is replaced whole: a crash leaves the old one or the new one. The collector alone writes it; another
 * one that appears in its place, from a backup say, is taken if it is good, and never overwritten unseen.
 */
import type { BigIntStats } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, type Clock, createListeners, createMutex, type Logger, runEvery, systemErrorCode } from "@nodekeeper/shared";
import { emptyVault, type Vault, type VaultContents } from "./vault.ts";
import { maximumVaultBytes, parseVault, renderVault } from "./vault-contents.ts";

/** Where it is, and what it needs. */
export interface VaultFileOptions {
  /** Its folder is there already. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The vault, watched until it is disposed. */
export interface VaultFile extends Vault, AsyncDisposable {
  /** Why it is not well, one reason a line; empty when it is. */
  problems(): readonly string[];
}

/** How often it is looked whether the file is another. */
const watchMs = 10_000;
const ownerOnly = 0o600;
const othersBits = 0o077n;

/** Reads the file; one that is not there is an empty vault, which is written with its first change. Throws VAULT_MALFORMED or VAULT_UNAVAILABLE. */
export async function openVaultFile({ path, clock, random, logger }: VaultFileOptions): Promise<VaultFile> {
  const listeners = createListeners<VaultContents>();
  const oneByOne = createMutex();
  const stopping = new AbortController();
  const first = await readVault(path);
  let contents = first?.contents ?? emptyVault;
  let stamp = first?.stamp;
  let problem: string | undefined;

  const watch = { clock, random, signal: stopping.signal, intervalMs: () => watchMs, firstDelayMs: watchMs };
  const watching = runEvery(watch, () =>
    oneByOne(refresh).then(
      () => {
        problem = undefined;
      },
      (err) => {
        const error = AppError.from(err, "VAULT_UNAVAILABLE");
        if (problem !== error.message) logger.error({ err }, "the vault is not in order, what was read before stays in force");
        problem = error.message;
      },
    ),
  );

  return {
    get contents() {
      return contents;
    },
    update: (change) =>
      oneByOne(async () => {
        await refresh();
        const wanted = change(contents);
        if (wanted === contents) return contents;
        stamp = await writeVault(path, wanted);
        contents = wanted;
        listeners.tell(contents);
        return contents;
      }),
    onChanged: listeners.add,
    problems: () => (problem === undefined ? [] : [problem]),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
      await oneByOne(async () => undefined);
    },
  };

  /** Takes the file if it is another. One that is gone changes nothing: what is held comes back with the next change. */
  async function refresh(): Promise<void> {
    const found = await readVault(path, stamp);
    if (found === "same" || (found === undefined && stamp === undefined)) return;
    if (found === undefined) {
      stamp = undefined;
      logger.warn({ path }, "the vault's file is gone, what was in it stays in force and is written with the next change");
      return;
    }
    stamp = found.stamp;
    if (renderVault(found.contents) === renderVault(contents)) return; // only touched
    logger.warn({ path }, "the vault's file was replaced by somebody else, and taken");
    contents = found.contents;
    listeners.tell(contents);
  }
}

/** Undefined when there is none. */
async function readVault(path: string): Promise<{ readonly contents: VaultContents; readonly stamp: string } | undefined>;
async function readVault(
  path: string,
  known: string | undefined,
): Promise<{ readonly contents: VaultContents; readonly stamp: string } | "same" | undefined>;
async function readVault(path: string, known?: string) {
  try {
    await using file = await open(path, "r");
    const stat = await file.stat({ bigint: true });
    if (stampOf(stat) === known) return "same";
    if (!stat.isFile()) throw new AppError("VAULT_MALFORMED", `the vault ${path} is no file`);
    if ((stat.mode & othersBits) !== 0n) throw tooOpen(path, stat.mode);
    if (stat.size > maximumVaultBytes)
      throw new AppError("VAULT_MALFORMED", `the vault ${path} is larger than ${maximumVaultBytes} bytes`);
    return { contents: parseVault(await file.readFile("utf8"), path), stamp: stampOf(stat) };
  } catch (thrown) {
    if (systemErrorCode(thrown) === "ENOENT") return undefined;
    if (thrown instanceof AppError) throw thrown;
    throw unavailable(`the vault ${path} cannot be read`, thrown);
  }
}

async function writeVault(path: string, contents: VaultContents): Promise<string> {
  const text = renderVault(contents);
  const temporary = `${path}.new`;
  try {
    await rm(temporary, { force: true }); // of a collector that crashed
    await using file = await open(temporary, "wx", ownerOnly);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
    await using folder = await open(dirname(path), "r");
    await folder.sync();
    return stampOf(await file.stat({ bigint: true }));
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined); // the error that counts is the first
    throw unavailable(`the vault ${path} cannot be written`, thrown);
  }
}

/** Another file, or the same one written anew, has another. */
function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(" ");
}

function tooOpen(path: string, mode: bigint): AppError {
  const rights = (mode & 0o777n).toString(8).padStart(4, "0");
  return new AppError(
    "VAULT_UNAVAILABLE",
    `the vault ${path} has keys in it, and others than its owner may use it (${rights}): chmod 600 ${path}`,
  );
}

function unavailable(what: string, cause: unknown): AppError {
  return new AppError("VAULT_UNAVAILABLE", `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
