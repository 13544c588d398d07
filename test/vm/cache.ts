/**
 * A folder outside the repository for things that are slow to make and depend on their inputs alone: the guest's kernel and
 * disk images. An entry's name holds a hash of its inputs, so an entry is never out of date; the oldest of a kind are dropped.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** How many entries of one kind stay: the current one and those of a branch or a Node version one goes back to. */
const keptPerKind = 4;

/** `$NODEKEEPER_TEST_CACHE`, or `~/.cache/nodekeeper-test`. */
export function cacheDirectory(): string {
  return process.env["NODEKEEPER_TEST_CACHE"] ?? join(homedir(), ".cache", "nodekeeper-test");
}

/**
 * The folder of one entry. Where it is not there yet, `build` fills an empty folder that becomes the entry as a whole, so a test
 * that is interrupted leaves no half of one, and two tests that build the same do no harm to each other.
 */
export async function cachedFolder(kind: string, key: string, build: (folder: string) => Promise<void>): Promise<string> {
  const entry = join(cacheDirectory(), kind, key);
  if (await exists(entry)) {
    const now = new Date();
    await utimes(entry, now, now);
    return entry;
  }
  const unfinished = join(cacheDirectory(), "unfinished", randomUUID());
  await mkdir(unfinished, { recursive: true });
  await mkdir(join(cacheDirectory(), kind), { recursive: true });
  try {
    await build(unfinished);
    await rename(unfinished, entry);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(entry))) {
      throw error;
    }
  }
  await dropOldest(kind);
  return entry;
}

/** The entries of a kind, newest use first. Empty when there is none. */
export async function cachedFolders(kind: string): Promise<readonly string[]> {
  const folder = join(cacheDirectory(), kind);
  const names = await readdir(folder).catch(() => []); // no such folder: nothing of this kind was made yet
  const entries = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), usedAt: (await stat(join(folder, name))).mtimeMs })),
  );
  return entries.toSorted((a, b) => b.usedAt - a.usedAt).map((entry) => entry.path);
}

/** SHA-256 over texts and whole files, as 16 hex digits: enough to tell the entries of one machine apart. */
export async function contentKey(texts: readonly string[], files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const text of texts) {
    hash.update(`${text.length}:${text}`);
  }
  for (const file of files) {
    hash.update(`file:${(await stat(file)).size}:`);
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function dropOldest(kind: string): Promise<void> {
  const entries = await cachedFolders(kind);
  await Promise.all(entries.slice(keptPerKind).map((entry) => rm(entry, { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
