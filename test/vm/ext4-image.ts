/** Disk images with an ext4 filesystem, made and read without mounting them, hence without any privilege. */
import { copyFile, mkdir, mkdtemp, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runTool, tryTool } from "./tool.ts";

/** One file for an image: `hostPath` is copied to `guestPath`, an absolute path seen from the image's root. */
export interface ImageFile {
  readonly guestPath: string;
  readonly hostPath: string;
}

export interface ImageContents {
  readonly files?: readonly ImageFile[];
  /** Path in the image → the text of the file, which is made executable. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  /** Path in the image → what the link points to. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Room for the filesystem's own structures on top of the files in a read-only image. */
const overheadBytes = 16 << 20;

/** Writes a new, empty ext4 image of a size; the file is sparse. */
export async function createEmptyImage(image: string, sizeBytes: number): Promise<void> {
  await writeFile(image, "");
  await truncate(image, sizeBytes);
  await runTool("mke2fs", ["-q", "-F", "-t", "ext4", image]);
}

/** Writes an image that holds the given files and nothing else, just big enough, without a journal: it is mounted read-only. */
export async function createFilesImage(image: string, contents: ImageContents): Promise<void> {
  const staging = await mkdtemp(join(tmpdir(), "nodekeeper-image-"));
  try {
    const fileBytes = await stage(staging, contents);
    await writeFile(image, "");
    await truncate(image, Math.ceil(fileBytes * 1.1) + overheadBytes);
    await runTool("mke2fs", ["-q", "-F", "-t", "ext4", "-O", "^has_journal", "-d", staging, image]);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * Brings an image to the state that a boot would find after its machine lost power: the journal is replayed, as mounting does.
 * Throws when the filesystem is damaged beyond that.
 */
export async function replayJournal(image: string): Promise<void> {
  const result = await tryTool("e2fsck", ["-p", image]);
  if (result.exitCode > 1) {
    throw new Error(`${image} is damaged: ${(result.stdout + result.stderr).trim()}`);
  }
}

/** Copies a folder out of an image that no guest uses now. */
export async function copyFromImage(image: string, folder: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const result = await runTool("debugfs", ["-R", `rdump ${folder} ${target}`, image]);
  if (/not found/i.test(result)) {
    throw new Error(`${image} has no ${folder}`);
  }
}

async function stage(staging: string, contents: ImageContents): Promise<number> {
  let bytes = 0;
  for (const folder of contents.folders ?? []) {
    await mkdir(join(staging, folder), { recursive: true });
  }
  for (const { guestPath, hostPath } of contents.files ?? []) {
    await mkdir(dirname(join(staging, guestPath)), { recursive: true });
    await copyFile(hostPath, join(staging, guestPath));
    bytes += (await stat(hostPath)).size;
  }
  for (const [path, text] of Object.entries(contents.scripts ?? {})) {
    await mkdir(dirname(join(staging, path)), { recursive: true });
    await writeFile(join(staging, path), text, { mode: 0o755 });
  }
  for (const [path, target] of Object.entries(contents.links ?? {})) {
    await mkdir(dirname(join(staging, path)), { recursive: true });
    await symlink(target, join(staging, path));
  }
  return bytes;
}
