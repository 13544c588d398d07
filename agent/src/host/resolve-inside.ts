/**
 * Symbolic links, followed inside a root: an absolute link leads into the root, and ".." never leaves it. The kernel does this only for "/",
 * so for any other root each component is looked at by itself.
 */
import { lstatSync, promises, readlinkSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@nodekeeper/shared";

/** Where a host path really lies, as a host path again; the last component need not exist. Never waits for the disk to answer. */
export async function resolveInside(root: string, path: string): Promise<string> {
  const walk = walkPath(path);
  let step = walk.next();
  while (step.done !== true) step = walk.next(await readLink(join(root, step.value)));
  return step.value;
}

/** The same at once, for filesystems that lie in memory. */
export function resolveInsideSync(root: string, path: string): string {
  const walk = walkPath(path);
  let step = walk.next();
  while (step.done !== true) step = walk.next(readLinkSync(join(root, step.value)));
  return step.value;
}

/** As many links as the kernel follows (path_resolution(7)). */
const maximumLinks = 40;

/** Asks for the link text of each component (undefined: no link) and returns the path without links. */
function* walkPath(path: string): Generator<string, string, string | undefined> {
  const pending = path.split("/").reverse();
  const resolved: string[] = [];
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      resolved.pop();
      continue;
    }
    const target: string | undefined = yield `/${[...resolved, name].join("/")}`;
    if (target === undefined) {
      resolved.push(name);
      continue;
    }
    if (++links > maximumLinks) throw new AppError("HOST_READ_FAILED", `cannot resolve ${path}: more than ${maximumLinks} links`);
    if (target.startsWith("/")) resolved.length = 0;
    pending.push(...target.split("/").reverse());
  }
  return `/${resolved.join("/")}`;
}

async function readLink(path: string): Promise<string | undefined> {
  try {
    return await promises.readlink(path);
  } catch (thrown) {
    return noLink(thrown);
  }
}

function readLinkSync(path: string): string | undefined {
  try {
    // Cheaper than asking readlink first: most components are no links, and a thrown error costs more than a stat.
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
  } catch (thrown) {
    return noLink(thrown);
  }
}

/** No link (EINVAL), not there (ENOENT, ENOTDIR): opening it will tell. Anything else is a reason to stop here. */
function noLink(thrown: unknown): undefined {
  const errno = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (errno === "EINVAL" || errno === "ENOENT" || errno === "ENOTDIR") return undefined;
  throw thrown;
}
