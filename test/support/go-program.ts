/**
 * Programs that are Go modules, built from a small module of ours that pins their versions. A build takes minutes, so what comes of one is kept
 * outside of the repository: see test/vm/cache.ts.
 */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cachedFolder, contentKey } from "../vm/cache.ts";
import { findTool } from "../vm/tool.ts";

/** What is built. */
export interface GoProgram {
  /** Of the program's file. */
  readonly name: string;
  /** A folder with go.mod and go.sum, in which the package can be built. */
  readonly moduleFolder: string;
  /** Path of the package, e.g. tailscale.com/cmd/tailscaled. */
  readonly package: string;
  /** More arguments of `go build`. */
  readonly flags?: readonly string[];
  /** More variables for it. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A cold build on two busy cores, with what it has to download. */
const buildTimeoutMs = 15 * 60_000;

/** Where the built program lies: from the cache, where it was built of the same before. Throws what Go says where it cannot be built. */
export async function builtGoProgram(program: GoProgram): Promise<string> {
  const { name, moduleFolder, flags = [], variables = {} } = program;
  const sources = (await readdir(moduleFolder))
    .filter((file) => /\.(?:go|mod|sum)$/.test(file))
    .map((file) => join(moduleFolder, file));
  const compiler = (await goOutput(["version"], moduleFolder)).trim();
  const key = await contentKey([compiler, program.package, ...flags, JSON.stringify(variables)], sources.sort());
  // A kind for each, so that one program's builds never crowd out another's.
  const folder = await cachedFolder(`go-${name}`, key, async (unfinished) => {
    await goOutput(["build", "-trimpath", ...flags, "-o", join(unfinished, name), program.package], moduleFolder, variables);
  });
  return join(folder, name);
}

/** What `go` prints, run in a folder. Throws its last words where it fails. */
export function goOutput(
  argv: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const go = findTool("go");
  if (go === undefined) throw new Error("go is not installed");
  const options = { cwd: folder, env: { ...process.env, ...variables }, timeout: buildTimeoutMs, maxBuffer: 64 << 20 };
  return new Promise((resolve, reject) => {
    execFile(go, argv, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`go ${argv.join(" ")} failed: ${stderr.trim().slice(-1000) || error.message}`));
    });
  });
}
