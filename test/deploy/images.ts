/**
 * The images of deploy/containers, built here by buildah as they are built for a release, from a base of Debian's packages instead of a registry's.
 * Layers and finished images are kept in the tests' cache; an image is built again when a file that goes into it has changed.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../architecture/sources.ts";
import { cacheDirectory, cachedFolder, contentKey } from "../vm/cache.ts";
import { findTool } from "../vm/tool.ts";
import type { ImageConfig } from "./runtime-spec.ts";

/** What is built. */
export type ImageName = "agent" | "collector";
export type Architecture = "amd64" | "arm64";

/** A built image. */
export interface Image {
  /** Folder with its files. */
  readonly rootfs: string;
  readonly config: ImageConfig;
  /** Digests of its layers' contents. */
  readonly layers: readonly string[];
}

/** The cold build of one image takes minutes where the machine is busy. */
export const imageBuildLimitMs = 900_000;

/** Why no image can be built here, in words; undefined where one can. */
export function missingForImages(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64" || process.geteuid?.() !== 0)
    return "images are built as root on x86-64 Linux";
  const missing = ["buildah", "mmdebstrap", "runc"].filter((tool) => findTool(tool) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")} (Debian: apt-get install ${missing.join(" ")})`;
}

/** The image, from the cache where its files have not changed. */
export async function builtImage(name: ImageName, architecture: Architecture = "amd64"): Promise<Image> {
  const folder = await cachedFolder(`image-${name}-${architecture}`, await imageKey(), async (target) => {
    await buildInto(target, { name, architecture, store: join(cacheDirectory(), "buildah"), isCached: true });
  });
  return await readImage(folder);
}

/** The image built from nothing, beside whatever was built before. */
export async function builtAnew(name: ImageName, architecture: Architecture, folder: string): Promise<Image> {
  const store = join(folder, "buildah");
  try {
    await buildInto(folder, { name, architecture, store, isCached: false });
    return await readImage(folder);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

interface Build {
  readonly name: ImageName;
  readonly architecture: Architecture;
  /** Folder of buildah's own. */
  readonly store: string;
  readonly isCached: boolean;
}

async function buildInto(target: string, { name, architecture, store, isCached }: Build): Promise<void> {
  const where = ["--root", join(store, "store"), "--runroot", join(store, "run"), "--storage-driver", "overlay"];
  const buildah = (...argv: readonly string[]): Promise<string> => run("buildah", [...where, ...argv]);
  if (isCached) await boundStore(store);
  const base = await baseImage();
  const tag = `nodekeeper-${name}-${architecture}`;
  await buildah("pull", "--quiet", `oci-archive:${base}:base`).then((id) =>
    buildah("tag", id.trim(), "localhost/nodekeeper-base"),
  );
  const ca = "/etc/ssl/certs/ca-certificates.crt";
  await buildah(
    ...[
      "build",
      "--isolation",
      "chroot",
      "--timestamp",
      "0",
      "--platform",
      `linux/${architecture}`,
      "--target",
      name,
      "--tag",
      tag,
    ],
    ...(isCached ? ["--layers"] : ["--no-cache"]),
    ...["--build-arg", "BUILDPLATFORM=linux/amd64", "--build-arg", "BASE=localhost/nodekeeper-base", "--pull=never"],
    ...(existsSync(ca) ? ["--secret", `id=ca,src=${ca}`] : []),
    ...["--file", join(repositoryRoot, "deploy/containers/Containerfile"), repositoryRoot],
  );
  const container = (await buildah("from", "--pull=never", tag)).trim();
  const mounted = (await buildah("mount", container)).trim();
  await run("cp", ["--archive", mounted, join(target, "rootfs")]);
  await buildah("rm", container);
  await writeFile(join(target, "image.json"), await buildah("inspect", "--type", "image", tag));
}

/** Every build leaves layers, and buildah forgets none by itself: when there are too many, all go. What was killed left its filesystems mounted. */
async function boundStore(store: string): Promise<void> {
  if (!existsSync(store)) return;
  const sizeMiB = Number.parseInt(await run("du", ["--summarize", "--one-file-system", "--block-size=1M", store]), 10);
  if (sizeMiB <= maximumStoreMiB) return;
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const mount of mounts.filter((path) => path.startsWith(`${store}/`)).toReversed()) await run("umount", [mount]);
  await rm(store, { recursive: true, force: true });
}

const maximumStoreMiB = 12 * 1024;

/** Debian with what the build installs in it anyway, as an archive of an image. */
async function baseImage(): Promise<string> {
  const packages = "ca-certificates,nodejs,npm";
  const folder = await cachedFolder("image-base", await contentKey(["trixie", packages], []), async (target) => {
    const tar = join(target, "base.tar");
    await run("mmdebstrap", ["--quiet", "--variant=apt", `--include=${packages}`, "trixie", tar]);
    const store = join(target, "buildah");
    const where = ["--root", join(store, "store"), "--runroot", join(store, "run"), "--storage-driver", "overlay"];
    const container = (await run("buildah", [...where, "from", "scratch"])).trim();
    await run("buildah", [...where, "add", "--quiet", container, tar, "/"]);
    await run("buildah", [...where, "commit", "--quiet", "--rm", container, `oci-archive:${join(target, "base.oci")}:base`]);
    await Promise.all([rm(tar), rm(store, { recursive: true, force: true })]);
  });
  return join(folder, "base.oci");
}

/** Of all that the build is given: the files that git knows or would know, as .containerignore lets them through. */
async function imageKey(): Promise<string> {
  const roots = ["agent", "collector", "deploy/containers", "docs", "packages", "proto", "test/package.json", "LICENSE"];
  const singles = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "tsconfig.base.json", ".containerignore"];
  const git = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...roots, ...singles];
  const names = execFileSync("git", git, { cwd: repositoryRoot, encoding: "utf8", maxBuffer: 1 << 26 }).split("\0");
  const files = names.filter(
    (name) => name !== "" && !/\.test\.(?:tsx?|mjs)$/.test(name) && existsSync(join(repositoryRoot, name)),
  );
  return await contentKey(
    files,
    files.map((name) => join(repositoryRoot, name)),
  );
}

async function readImage(folder: string): Promise<Image> {
  // buildah inspect
  const { OCIv1 } = JSON.parse(await readFile(join(folder, "image.json"), "utf8")) as {
    readonly OCIv1: { readonly config: ImageConfig; readonly rootfs: { readonly diff_ids: readonly string[] } };
  };
  return { rootfs: join(folder, "rootfs"), config: OCIv1.config, layers: OCIv1.rootfs.diff_ids };
}

async function run(program: string, argv: readonly string[]): Promise<string> {
  const options = { timeout: imageBuildLimitMs, maxBuffer: 64 << 20, cwd: "/" };
  const { stdout } = await promisify(execFile)(program, argv, options).catch((thrown: Error & { stdout?: string }) => {
    throw new Error(`${thrown.message}\n${(thrown.stdout ?? "").slice(-4_000)}`, { cause: thrown });
  });
  return stdout;
}
